// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The shape of typed steps, made from the table that they are read by.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::step::{Parameter, ParameterKind, Presence, StepKind};

/// One of the kinds that `ashlar steps` lists.
pub(super) struct TypedStep;

impl JsonSchema for TypedStep {
    fn schema_name() -> Cow<'static, str> {
        "TypedStep".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let kinds: Vec<Value> = StepKind::ALL.into_iter().map(kind).collect();
        schemars::json_schema!({ "anyOf": kinds })
    }
}

fn kind(kind: StepKind) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for parameter in kind.parameters() {
        properties.insert(parameter.name.to_owned(), value(parameter));
        if parameter.presence == Presence::Required {
            required.push(parameter.name);
        }
    }
    let table = json!({
        "type": "object",
        "description": kind.summary(),
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "properties": {kind.name(): table},
        "required": [kind.name()],
        "additionalProperties": false,
    })
}

fn value(parameter: &Parameter) -> Value {
    let mut shape = match parameter.kind {
        ParameterKind::Folder | ParameterKind::Path | ParameterKind::Source | ParameterKind::Word => {
            json!({"type": "string"})
        }
        ParameterKind::Mode => json!({"type": "string", "pattern": "^(0[0-7]{3}|[0-7]{3})$"}),
        ParameterKind::Sources | ParameterKind::Words => {
            json!({"type": "array", "items": {"type": "string"}})
        }
        ParameterKind::Number { least, most } => {
            json!({"type": "integer", "minimum": least, "maximum": most})
        }
        ParameterKind::Flag => json!({"type": "boolean"}),
    };
    shape["description"] = parameter.summary.into();
    shape
}
