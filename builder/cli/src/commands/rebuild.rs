// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar rebuild`: one recipe built again from the same inputs, held against what the store has of it; where it differs, in what and why.
//! `ashlar reproduce` builds all that it needs again too, in other surroundings.

use ashlar_compare::Bounds;
use ashlar_digest::TreeDigest;
use ashlar_engine::Surroundings;
use serde_json::{Map, json};

use crate::arguments::Global;
use crate::artifact::{store_side, unreadable};
use crate::failure::{Failure, Kind, Outcome};
use crate::nondeterminism::Cause;
use crate::session::{Goal, Session};
use crate::shifted_clock;
use crate::terminal::Terminal;

pub(crate) fn run(global: &Global, terminal: &Terminal, recipe: &str) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let recipe = session.recipes.find_recipe(recipe)?;
    let planned = session.plan(&[Goal::Recipe(recipe)], &[])?;
    let node = planned.goals[0];
    // The first build, where there was none.
    let built = session.build(&planned)?;
    let surroundings = Surroundings::usual(session.jobs);
    let (derivation, again) = session.with_engine(&planned.catalog, surroundings, |engine| {
        let derivation = engine.prepare(&planned.graph, node).map_err(Failure::Build)?;
        let again = engine.again(&derivation).map_err(|error| Failure::Build(vec![error]))?;
        Ok((derivation, again))
    })?;
    let id =
        derivation.id().map_err(|cause| Failure::surroundings(format!("compute the derivation: {cause}")))?;
    let mut json = Map::new();
    let mut differing = 0;
    for (output, second) in &again {
        let name = format!("{}:{output}", recipe.name);
        let first = built
            .tree(node, output)
            .ok_or_else(|| Failure::surroundings(format!("find {name} of the first build")))?;
        let mut entry =
            json!({"first": first.to_string(), "second": second.to_string(), "equal": first == *second});
        if first != *second {
            differing += 1;
            entry["difference"] = show(&session, terminal, &name, first, *second)?;
        }
        json.insert(output.clone(), entry);
    }
    let cause = if differing == 0 {
        None
    } else {
        Some(Cause::of_node(&session, &planned, node, &shifted_clock::library(&session)?)?)
    };
    if terminal.json() {
        terminal.result_json(&json!({
            "derivation": id.to_string(),
            "equal": differing == 0,
            "outputs": json,
            "cause": cause.as_ref().map(Cause::json),
        }))?;
    } else if differing == 0 {
        let noun = if again.len() == 1 { "output" } else { "outputs" };
        terminal.result(&format!(
            "{} is the same again: {} {noun} of derivation {id}",
            recipe.name,
            again.len()
        ))?;
    } else {
        let all = again.len();
        terminal.result(&format!(
            "{} is not the same again: of derivation {id}, {differing} of {all} outputs differ",
            recipe.name
        ))?;
        for line in cause.iter().flat_map(Cause::lines) {
            terminal.result(&line)?;
        }
    }
    Ok(Outcome(if differing == 0 { Kind::Done } else { Kind::Unexpected }))
}

fn show(
    session: &Session<'_>,
    terminal: &Terminal,
    name: &str,
    first: TreeDigest,
    second: TreeDigest,
) -> Result<serde_json::Value, Failure> {
    let side = |digest| Ok::<_, Failure>(store_side(&session.store, name, session.store.get_tree(digest)?));
    let bounds = Bounds::default();
    let found = ashlar_compare::compare(&side(first)?, &side(second)?, &bounds).map_err(unreadable)?;
    if !terminal.json() {
        terminal.result(&format!("{name} differs: {first} and {second}"))?;
        found.lines(&bounds).iter().try_for_each(|line| terminal.result(&format!("  {line}")))?;
    }
    Ok(found.to_json())
}
