// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar bump`: rewrites a recipe for another version of what it builds.

use ashlar_compare::hunks;
use ashlar_recipe::{Recipe, RecipeError};
use serde_json::{Value, json};

use crate::arguments::{BumpArguments, Global};
use crate::bump::{Bump, Network, licences};
use crate::failure::{Failure, Outcome};
use crate::session::{Session, read_lock, write_project_file};
use crate::surroundings;
use crate::terminal::Terminal;

/// Lines of the difference that are shown; no recipe's is longer.
const LINES: usize = 400;

pub(crate) fn run(global: &Global, terminal: &Terminal, asked: &BumpArguments) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let recipe = session.recipes.find_recipe(&asked.recipe)?;
    let folder = session.recipes.origin(&recipe.name).map_or("", |origin| origin.folder.as_str());
    let document = session.recipes.recipe_document(&recipe.name).filter(|_| folder.is_empty());
    let document = document.ok_or_else(|| Failure::Usage {
        message: format!("rewrite the recipe {}, which is of another project", recipe.name),
        help: Some(format!(
            "run it there: `ashlar --project {folder} bump {} {}`",
            recipe.name, asked.version
        )),
    })?;
    let previous = read_lock(&session.root)?;
    let now = surroundings::now();
    let mirrors = session.mirror_bases(now);
    let locker = session.locker(&mirrors, now);
    let upstream = Network { locker: &locker, previous: previous.as_ref() };
    let mut bump = Bump::of(recipe, document, &asked.version, &upstream)?;
    let changed = licences::changes(recipe, &bump.replaced, &upstream);
    if asked.accept_licences {
        match changed {
            Ok(changed) => bump.notes.extend(changed.iter().map(|one| format!("accepted: {one}"))),
            Err(failure) => bump.notes.push(format!("accepted: {failure}")),
        }
    } else {
        licences::refuse(recipe, &asked.version, &changed?)?;
    }
    let before = document.file();
    let after = bump.rewritten(document)?;
    // What would not be read afterwards is not written.
    Recipe::parse(after.clone())
        .map_err(|diagnostics| RecipeError::Invalid { diagnostics: Box::new(diagnostics) })?;
    let write = !asked.dry_run && before.text() != after.text();
    if write {
        write_project_file(&session.root, before.path(), after.text())?;
    }
    if terminal.json() {
        let changes: Vec<Value> =
            bump.changes.iter().map(|(key, text)| json!({"key": key, "value": text})).collect();
        terminal.result_json(&json!({
            "recipe": recipe.name.as_str(), "from": recipe.version, "to": asked.version, "file": before.path(),
            "written": write, "changes": changes, "notes": bump.notes,
        }))?;
        return Ok(Outcome::DONE);
    }
    if before.text() == after.text() {
        terminal.result(&format!(
            "{} is as it should be for {}: nothing changes",
            before.path(),
            asked.version
        ))?;
    } else {
        terminal.result(&format!("--- {0}\n+++ {0}", before.path()))?;
        hunks(before.text(), after.text(), LINES).lines.iter().try_for_each(|line| terminal.result(line))?;
    }
    for note in &bump.notes {
        terminal.note(&format!("note: {note}"));
    }
    if write {
        terminal.note(&format!("help: run `ashlar lock {0}`, then `ashlar build {0}`", recipe.name));
    } else if asked.dry_run {
        terminal.note("nothing was written");
    }
    Ok(Outcome::DONE)
}
