// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `lint@1`: an output and its declared closure to what breaks rules in it (`ashlar-lint`, docs/lints.md).
//!
//! Inputs: `self`; `sibling …`, the other outputs of the recipe; and one for each output of the declared closure, by its name.
//! Arguments: `recipe`, `output`, `declared` (the closure's names that the recipe itself lists), `sources` (names), `epoch`,
//! `exceptions` and `attributes` (path → why). It does not fail on what it finds: that is `lint-gate`'s. The result is two files:
//! `lint.json`, all that was found, and `closure.json`, for each input what is needed from it.

use std::collections::BTreeMap;

use ashlar_lint::{Exception, Question, judge};
use ashlar_recipe::Rule;
use ashlar_tree::{Pattern, Tree, TreePath};
use serde_json::{Value, json};

use super::Inputs;
use crate::EngineError;

/// The file with all that was found.
pub(super) const REPORT: &str = "lint.json";
/// The file with what is needed of each output of the closure.
pub(super) const CLOSURE: &str = "closure.json";

const SELF: &str = "self";
const SIBLING: &str = "sibling ";

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let mut closure = inputs.trees()?;
    let own = closure.remove(SELF).ok_or_else(|| inputs.wrong("there is no input `self`"))?;
    let siblings: Vec<Tree> =
        closure.extract_if(.., |name, _| name.starts_with(SIBLING)).map(|(_, tree)| tree).collect();
    let question = Question {
        recipe: inputs.string("recipe")?,
        output: inputs.string("output")?,
        own: &own,
        siblings: siblings.iter().collect(),
        closure: &closure,
        declared: inputs.strings("declared")?,
        sources: inputs.strings("sources")?,
        epoch: inputs.number("epoch")?,
        attributes: attributes(inputs)?,
        exceptions: inputs
            .array("exceptions")?
            .iter()
            .map(|value| exception(inputs, value))
            .collect::<Result<_, _>>()?,
    };
    let judgement = judge(&question, |blob| inputs.blob(blob))?;
    let report = judgement.report.to_json().map_err(|cause| inputs.failed(&cause))?;
    let mut tree = inputs.one_file(REPORT, report.as_bytes())?;
    let closure = inputs.file(format!("{}\n", json!(judgement.uses)).as_bytes(), false)?;
    inputs.put(&mut tree, CLOSURE, closure)?;
    Ok(tree)
}

fn attributes(inputs: &Inputs<'_>) -> Result<BTreeMap<TreePath, String>, EngineError> {
    let why = |because: Value| {
        because.as_str().map(str::to_owned).ok_or_else(|| inputs.wrong("an attribute says no reason"))
    };
    inputs
        .object("attributes")?
        .into_iter()
        .map(|(path, because)| Ok((inputs.path(&path)?, why(because)?)))
        .collect()
}

fn exception(inputs: &Inputs<'_>, value: &Value) -> Result<Exception, EngineError> {
    let id = inputs.text(value, "rule")?;
    let rule = Rule::find(&id).ok_or_else(|| inputs.wrong(format!("there is no rule {id:?}")))?;
    let mut patterns = Vec::new();
    for path in inputs.field(value, "paths")?.as_array().into_iter().flatten() {
        let pattern = Pattern::parse(path.as_str().unwrap_or_default());
        patterns.push(pattern.map_err(|cause| inputs.wrong(cause.to_string()))?);
    }
    Ok(Exception { rule, patterns, because: inputs.text(value, "because")? })
}
