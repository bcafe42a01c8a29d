// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar steps`: the kinds of typed steps and what each takes.

use ashlar_recipe::{Parameter, Presence, StepKind, steps_reference};
use serde_json::{Value, json};

use crate::failure::{Failure, Outcome};
use crate::terminal::Terminal;

pub(crate) fn run(terminal: &Terminal) -> Result<Outcome, Failure> {
    if terminal.json() {
        let kinds = StepKind::ALL.map(|kind| {
            let parameters: Vec<Value> = kind.parameters().iter().map(parameter).collect();
            json!({"name": kind.name(), "summary": kind.summary(), "parameters": parameters})
        });
        terminal.result_json(&json!(kinds))?;
    } else {
        terminal.result(steps_reference().trim_end())?;
    }
    Ok(Outcome::DONE)
}

fn parameter(parameter: &Parameter) -> Value {
    let default = match parameter.presence {
        Presence::Required => Value::Null,
        Presence::Default(values) => json!(values),
    };
    json!({
        "name": parameter.name,
        "takes": parameter.kind.words(),
        "default": default,
        "summary": parameter.summary,
    })
}
