// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar lock`: judges trust, resolves, and writes ashlar.lock.

use std::collections::BTreeMap;

use ashlar_plan::Lockfile;
use serde_json::json;

use crate::arguments::Global;
use crate::failure::{Failure, Kind, Outcome};
use crate::session::{LOCK_FILE, Session, read_lock, write_project_file};
use crate::surroundings;
use crate::terminal::Terminal;

pub(crate) fn run(
    global: &Global,
    terminal: &Terminal,
    what: &[String],
    check: bool,
) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let previous = read_lock(&session.root)?;
    if check {
        let stale = match &previous {
            Some(lock) => ashlar_lock::stale(&session.recipes, &session.root, lock),
            None => vec!["there is no ashlar.lock".to_owned()],
        };
        for line in &stale {
            terminal.result(line)?;
        }
        return Ok(if stale.is_empty() { Outcome::DONE } else { Outcome(Kind::Finding) });
    }
    for name in what {
        let known = session.recipes.seeds().sets.keys().any(|set| set.as_str() == name)
            || session.recipes.recipes().any(|recipe| recipe.name.as_str() == name);
        if !known {
            return Err(Failure::Usage {
                message: format!("lock {name:?}: there is no such seed set or recipe"),
                help: Some("`ashlar lock` without a name locks everything".to_owned()),
            });
        }
    }
    let now = surroundings::now();
    let mirrors = session.mirror_bases(now);
    let locker = session.locker(&mirrors, now);
    let locked = locker.lock(previous.as_ref(), what)?;
    let changes = changes(previous.as_ref().unwrap_or(&Lockfile::default()), &locked.lock);
    write_project_file(&session.root, LOCK_FILE, &locked.lock.to_text()?)?;
    if terminal.json() {
        terminal.result_json(&json!({"changes": changes}))?;
    } else {
        for change in &changes {
            terminal.result(change)?;
        }
        terminal.note(&format!(
            "ashlar.lock: {} packages, {} source files, {} Go module files, {} changes",
            locked.lock.packages.len(),
            locked.lock.files.len(),
            locked.lock.modules.len(),
            changes.len()
        ));
    }
    Ok(Outcome::DONE)
}

/// What the new lock changes, one line for each package, file, module and epoch.
fn changes(before: &Lockfile, after: &Lockfile) -> Vec<String> {
    let packages = |lock: &Lockfile| -> BTreeMap<String, String> {
        let named = lock.packages.values().map(|package| {
            (format!("package {}", package.name), format!("{} ({})", package.version, package.digest))
        });
        let files = lock
            .files
            .values()
            .map(|file| (format!("source {}", file.file), format!("{} ({})", file.version, file.digest)));
        let modules = lock.modules.values().map(|module| {
            let name = format!("module {}@{} {}", module.module, module.version, module.kind.as_str());
            (name, format!("{} ({})", module.h1, module.digest))
        });
        let epochs =
            lock.epochs.iter().map(|(recipe, epoch)| (format!("epoch of {recipe}"), epoch.to_string()));
        named.chain(files).chain(modules).chain(epochs).collect()
    };
    let (before, after) = (packages(before), packages(after));
    let mut lines = Vec::new();
    for (name, value) in &after {
        match before.get(name) {
            None => lines.push(format!("+ {name} {value}")),
            Some(old) if old != value => lines.push(format!("~ {name} {old} → {value}")),
            Some(_) => {}
        }
    }
    lines.extend(
        before
            .iter()
            .filter(|(name, _)| !after.contains_key(*name))
            .map(|(name, value)| format!("- {name} {value}")),
    );
    lines
}
