// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar shell`: the same sandbox that a recipe is built in, for a person.

use ashlar_engine::{Room, Surroundings};
use ashlar_plan::Action;
use ashlar_sandbox::{Console, Limits};

use crate::arguments::Global;
use crate::failure::{Failure, Kind, Outcome};
use crate::session::{Goal, Session, helper};
use crate::terminal::Terminal;

pub(crate) fn run(global: &Global, terminal: &Terminal, recipe: &str) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let recipe = session.recipes.find_recipe(recipe)?;
    let planned = session.plan(&[Goal::Recipe(recipe)], &[])?;
    let surroundings = Surroundings::usual(session.jobs);
    let derivation = session.with_engine(&planned.catalog, surroundings.clone(), |engine| {
        engine.prepare(&planned.graph, planned.goals[0]).map_err(Failure::Build)
    })?;
    let Action::Sandboxed(action) = &derivation.action else {
        return Err(Failure::Usage {
            message: format!("enter {}: nothing runs for it", recipe.name),
            help: None,
        });
    };
    let label = derivation.label.as_str();
    let room = Room::prepare(&session.store, label, action, &surroundings, &Limits::default())
        .map_err(|error| Failure::Build(vec![error]))?;
    terminal.note(
        "the steps are files in /steps; run them with: for s in /steps/*.sh; do /bin/sh -eu \"$s\"; done",
    );
    let outcome = ashlar_sandbox::run(&room.shell_spec(), &helper(), Console::Terminal, &session.cancel)?;
    room.remove(label).map_err(|error| Failure::Build(vec![error]))?;
    for attempt in &outcome.network {
        terminal.note(&format!(
            "a build would have failed here: {} tried to reach {}",
            attempt.program, attempt.address
        ));
    }
    Ok(if outcome.success() { Outcome::DONE } else { Outcome(Kind::Finding) })
}
