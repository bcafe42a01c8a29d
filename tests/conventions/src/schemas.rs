// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `docs/schema/*.json` is what `ashlar schema` prints.

use std::fs;

use ashlar_recipe::{SchemaKind, schema};
use serde_json::Value;

use crate::repository::root;

fn fresh(written: &str, kind: SchemaKind) -> Result<(), String> {
    let written: Value = serde_json::from_str(written).map_err(|error| error.to_string())?;
    if written == schema(kind) { Ok(()) } else { Err("it is another".to_owned()) }
}

#[test]
fn the_schemas_of_the_docs_are_fresh() {
    for kind in SchemaKind::ALL {
        let path = format!("docs/schema/{kind}.json");
        let written = fs::read_to_string(root().join(&path)).unwrap_or_default();
        if let Err(problem) = fresh(&written, *kind) {
            panic!("{path}: {problem}; run `ashlar schema {kind} > {path}`");
        }
    }
}

#[test]
fn a_stale_schema_is_found() {
    for kind in SchemaKind::ALL {
        let mut value = schema(*kind);
        assert_eq!(fresh(&value.to_string(), *kind), Ok(()));
        value["title"] = Value::from("planted");
        assert!(fresh(&value.to_string(), *kind).is_err());
        assert!(fresh("", *kind).is_err());
    }
}
