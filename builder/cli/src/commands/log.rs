// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar log`: the log of a recipe's build as its inputs stand now.

use crate::arguments::Global;
use crate::failure::{Failure, Outcome};
use crate::session::{Goal, Session};
use crate::terminal::Terminal;

pub(crate) fn run(global: &Global, terminal: &Terminal, recipe: &str) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let recipe = session.recipes.find_recipe(recipe)?;
    let planned = session.plan(&[Goal::Recipe(recipe)], &[])?;
    let built = session.with_engine(&planned.catalog, ashlar_engine::Surroundings::usual(1), |engine| {
        engine.identity_of(&planned.graph, planned.goals[0]).map_err(|error| Failure::Build(vec![error]))
    })?;
    let Some(id) = built else {
        return Err(Failure::Finding {
            message: format!("find a log of {}: its inputs are not built yet", recipe.name),
            help: Some(format!("run `ashlar build {}`", recipe.name)),
        });
    };
    let path = session.store.log_path(id);
    let text = std::fs::read(&path).map_err(|cause| Failure::Finding {
        message: format!("read the log {}: {cause}", path.display()),
        help: Some(format!(
            "run `ashlar build {}`; a result that came from another store has no log here",
            recipe.name
        )),
    })?;
    terminal.result(String::from_utf8_lossy(&text).trim_end())?;
    Ok(Outcome::DONE)
}
