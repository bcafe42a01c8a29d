// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar check`: everything that can be judged without network.

use ashlar_plan::LOCK_ANEW;
use ashlar_recipe::load_project;
use serde_json::json;

use crate::arguments::Global;
use crate::failure::{Failure, Kind, Outcome};
use crate::session::{project_root, read_lock};
use crate::surroundings;
use crate::terminal::Terminal;

pub(crate) fn run(global: &Global, terminal: &Terminal) -> Result<Outcome, Failure> {
    let root = project_root(global)?;
    let recipes = match load_project(&root) {
        Ok(recipes) => recipes,
        Err(ashlar_recipe::RecipeError::Invalid { diagnostics }) if terminal.json() => {
            terminal.result_json(&json!({"findings": diagnostics.to_json()}))?;
            return Ok(Outcome(Kind::Finding));
        }
        Err(other) => return Err(other.into()),
    };
    let dates = recipes.check_dates(i64::try_from(surroundings::now()).unwrap_or(i64::MAX));
    let stale = match read_lock(&root)? {
        Some(lock) => ashlar_lock::stale(&recipes, &root, &lock),
        None if recipes.seeds().archive.is_some() => vec!["there is no ashlar.lock".to_owned()],
        None => Vec::new(),
    };
    if terminal.json() {
        terminal.result_json(&json!({"findings": dates.to_json(), "stale": stale}))?;
    } else {
        if !dates.is_empty() {
            terminal.note(dates.render(false).trim_end());
        }
        for line in &stale {
            terminal.note(&format!("ashlar.lock is stale: {line}"));
        }
        if !stale.is_empty() {
            terminal.note(&format!("help: {LOCK_ANEW}"));
        }
    }
    if !dates.is_empty() || !stale.is_empty() {
        return Ok(Outcome(Kind::Finding));
    }
    if !terminal.json() {
        terminal.result(&format!(
            "{} recipes and {} images are in order",
            recipes.recipes().count(),
            recipes.images().count()
        ))?;
    }
    Ok(Outcome::DONE)
}
