// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar graph`: what a recipe or image is made of, as a picture, with the critical path. Nothing is built.

use ashlar_record::{BuildRecord, durations};
use ashlar_store::Store;

use crate::arguments::{Global, GraphArguments};
use crate::failure::{Failure, Outcome};
use crate::outlook::Outlook;
use crate::picture::{Folding, Picture, Times, dot, svg};
use crate::session::Session;
use crate::terminal::Terminal;

pub(crate) fn run(global: &Global, terminal: &Terminal, asked: &GraphArguments) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let goal = session.goal(&asked.what)?;
    let planned = session.plan(std::slice::from_ref(&goal), &[])?;
    let outlook = Outlook::of(&session.store, &planned.graph, &planned.goals)?;
    let folding = if asked.all { Folding::Nothing } else { Folding::People };
    let picture = Picture::of(&planned.graph, &planned.goals, &outlook, &times(&session.store)?, folding);
    if terminal.json() {
        terminal.result_json(&picture.to_json())?;
    } else if asked.svg {
        terminal.result(svg(&picture).trim_end())?;
    } else {
        terminal.result(&dot(&picture))?;
    }
    Ok(Outcome::DONE)
}

/// How long nodes took when they were last built. A record that cannot be read, such as one of a build that goes on, says nothing.
fn times(store: &Store) -> Result<Times, Failure> {
    let records = store.records()?.into_iter().filter_map(|path| std::fs::read(path).ok());
    let records: Vec<BuildRecord> = records.filter_map(|bytes| BuildRecord::read(&bytes).ok()).collect();
    Ok(durations(&records))
}
