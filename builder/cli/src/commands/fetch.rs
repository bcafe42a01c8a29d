// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar fetch`: brings sources into the store, so that a build needs no network.

use serde_json::json;

use crate::arguments::Global;
use crate::failure::{Failure, Outcome};
use crate::session::{Goal, Session};
use crate::terminal::Terminal;

pub(crate) fn run(global: &Global, terminal: &Terminal, what: &[String]) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let all: Vec<&str> = session.recipes.seeds().sets.keys().map(|set| set.as_str()).collect();
    let (mut sets, names): (Vec<&str>, Vec<&str>) =
        what.iter().map(String::as_str).partition(|name| all.contains(name));
    let mut goals = names.iter().map(|name| session.goal(name)).collect::<Result<Vec<_>, _>>()?;
    if what.is_empty() {
        sets = all;
        goals.extend(session.recipes.images().map(Goal::Image));
        goals.extend(session.recipes.recipes().map(Goal::Recipe));
    }
    let planned = session.plan(&goals, &sets)?;
    let (total, fetched) = session.fetch(&planned)?;
    if terminal.json() {
        terminal.result_json(&json!({"sources": total, "fetched": fetched}))?;
    } else {
        terminal.result(&format!("{total} sources are in the store, {fetched} fetched now"))?;
    }
    Ok(Outcome::DONE)
}
