// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Inputs without effect: the recipe is built once more without each, and an input is not used where build and tests succeed
//! and every output is the same. It is an experiment, not a guess (docs/design/lints.md).

use std::collections::BTreeMap;

use ashlar_digest::TreeDigest;
use ashlar_engine::{Built, EngineError, Silent, Surroundings};
use ashlar_lint::{Finding, Report};
use ashlar_plan::NodeId;
use ashlar_recipe::{DeclaredInput, Recipe, Rule};

use crate::failure::Failure;
use crate::session::{Goal, Planned, Session};

/// Builds `recipe` without each of its inputs.
pub(super) fn report(session: &Session<'_>, recipe: &Recipe) -> Result<Report, Failure> {
    let mut planned = session.plan(&[Goal::Recipe(recipe)], &[])?;
    let node = planned.graph.find(&format!("recipe {}", recipe.name));
    let node = node.ok_or_else(|| Failure::Finding {
        message: format!("find recipe {} in its plan", recipe.name),
        help: None,
    })?;
    planned.goals = vec![node];
    let whole = outputs(&session.build_in(&planned, Surroundings::usual(session.jobs))?, node);
    let mut report = Report { output: recipe.name.to_string(), ..Report::default() };
    for input in recipe.declared_inputs() {
        session.terminal.note(&format!("building recipe {} without {input}", recipe.name));
        if without(session, recipe, &input)?.is_some_and(|outputs| outputs == whole) {
            report.findings.push(Finding {
                rule: Rule::InputsUsed,
                subject: input.to_string(),
                message: "without it the build and its tests succeed and give the same bytes".to_owned(),
            });
        }
    }
    Ok(report)
}

/// The outputs of `recipe` without `input`; `None` if its own steps or tests fail then. That what it needs cannot be built,
/// or the sandbox does not start, says nothing of the input.
fn without(
    session: &Session<'_>,
    recipe: &Recipe,
    input: &DeclaredInput,
) -> Result<Option<BTreeMap<String, TreeDigest>>, Failure> {
    let planned = session.plan_without(recipe, input)?;
    let Some(node) = planned.goals.first().copied() else { return Ok(None) };
    session.with_engine(&planned.catalog, Surroundings::usual(session.jobs), |engine| {
        engine.prepare(&planned.graph, node).map_err(Failure::Build)?;
        // That it fails is the usual answer, and nobody's trouble.
        engine.events = &Silent;
        match engine.build(&planned.graph, &[node]) {
            Ok(built) => Ok(Some(outputs(&built, node))),
            Err(errors) if errors.iter().all(|error| is_an_answer(error, &planned, node)) => Ok(None),
            Err(errors) => Err(Failure::Build(errors)),
        }
    })
}

fn is_an_answer(error: &EngineError, planned: &Planned, node: NodeId) -> bool {
    match error {
        EngineError::Build { label, .. } | EngineError::Result { label, .. } => {
            *label == planned.graph.node(node).key
        }
        _ => false,
    }
}

fn outputs(built: &Built, node: NodeId) -> BTreeMap<String, TreeDigest> {
    let own = built.trees.iter().filter(|(port, _)| port.node == node);
    own.map(|(port, tree)| (port.output.clone(), *tree)).collect()
}
