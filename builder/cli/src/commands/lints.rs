// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar lints`: the rules for what recipes install.

use ashlar_recipe::{Rule, rules_reference};
use serde_json::{Value, json};

use crate::failure::{Failure, Outcome};
use crate::terminal::Terminal;

pub(crate) fn run(terminal: &Terminal) -> Result<Outcome, Failure> {
    if terminal.json() {
        let rules: Vec<Value> = Rule::ALL.iter().map(|rule| as_json(*rule)).collect();
        terminal.result_json(&json!(rules))?;
    } else {
        terminal.result(rules_reference().trim_end())?;
    }
    Ok(Outcome::DONE)
}

/// One rule for programs.
pub(super) fn as_json(rule: Rule) -> Value {
    json!({
        "rule": rule.id(),
        "severity": rule.severity().as_str(),
        "summary": rule.summary(),
        "why": rule.why(),
        "next": rule.next(),
        "has_exceptions": rule.has_exceptions(),
    })
}
