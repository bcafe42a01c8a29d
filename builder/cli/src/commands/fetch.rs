// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar fetch`: brings sources into the store, so that a build needs no network.

use serde_json::json;

use crate::arguments::Global;
use crate::failure::{Failure, Outcome};
use crate::session::{Goal, Session};
use crate::terminal::Terminal;

pub(crate) fn run(global: &Global, terminal: &Terminal, what: &[String]) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let mut goals = Vec::new();
    for name in what {
        goals.push(session.goal(name)?);
    }
    if what.is_empty() {
        goals.extend(session.recipes.images().map(Goal::Image));
        goals.extend(session.recipes.recipes().map(Goal::Recipe));
    }
    let sets: Vec<String> = session.recipes.seeds().sets.keys().map(ToString::to_string).collect();
    let tools: Vec<&str> =
        if what.is_empty() { sets.iter().map(String::as_str).collect() } else { Vec::new() };
    let planned = session.plan(&goals, &tools)?;
    let (total, fetched) = session.fetch(&planned)?;
    if terminal.json() {
        terminal.result_json(&json!({"sources": total, "fetched": fetched}))?;
    } else {
        terminal.result(&format!("{total} sources are in the store, {fetched} fetched now"))?;
    }
    Ok(Outcome::DONE)
}
