// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `docs/recipe-format.md` names every key and every fault.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ashlar_recipe::{Code, SchemaKind, rules_reference, schema, steps_reference};
use serde_json::Value;

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)).unwrap()
}

fn page() -> String {
    document("recipe-format.md")
}

#[test]
fn the_reference_of_typed_steps_is_the_written_one() {
    assert_eq!(document("steps.md"), steps_reference(), "run `just docs`");
}

#[test]
fn the_reference_of_rules_is_the_written_one() {
    assert_eq!(document("lints.md"), rules_reference(), "run `just docs`");
}

#[test]
fn every_fault_is_listed_with_its_meaning() {
    let rows: Vec<String> =
        Code::ALL.iter().map(|code| format!("| `{}` | {} |\n", code.as_str(), code.meaning())).collect();
    let table = rows.concat();
    assert!(page().ends_with(&table), "the last table of docs/recipe-format.md should be:\n{table}");
}

fn collect_keys(schema: &Value, keys: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get("properties") {
                keys.extend(properties.keys().cloned());
            }
            map.values().for_each(|value| collect_keys(value, keys));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_keys(item, keys)),
        _ => {}
    }
}

#[test]
fn every_key_is_described() {
    let page = page() + &document("steps.md");
    for kind in SchemaKind::ALL {
        let mut keys = BTreeSet::new();
        collect_keys(&schema(*kind), &mut keys);
        assert!(keys.len() > 5, "{kind}");
        for key in keys {
            let forms = [
                format!("{key} = "),
                format!("`{key}`"),
                format!("[{key}"),
                format!(".{key}]"),
                format!("{key}, "),
                format!("{key} }}"),
            ];
            assert!(forms.iter().any(|form| page.contains(form)), "docs lack `{key}` of {kind}");
        }
    }
}
