// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar store`: check, clean, and find the store.

use ashlar_store::{CheckMode, ExclusiveStore, Keep, Roots};
use serde_json::json;

use crate::arguments::{Global, StoreCommand};
use crate::failure::{Failure, Kind, Outcome};
use crate::session::{open_store, store_path};
use crate::terminal::Terminal;

/// Build records that cleaning leaves: the newest.
const RECORDS_KEPT: usize = 100;

pub(crate) fn run(global: &Global, terminal: &Terminal, command: &StoreCommand) -> Result<Outcome, Failure> {
    match command {
        StoreCommand::Path => {
            terminal.result(&store_path(global)?.display().to_string())?;
            Ok(Outcome::DONE)
        }
        StoreCommand::Check { quick, repair } => check(global, terminal, *quick, *repair),
        StoreCommand::Gc => collect(global, terminal),
    }
}

fn check(global: &Global, terminal: &Terminal, quick: bool, repair: bool) -> Result<Outcome, Failure> {
    let mode = if quick { CheckMode::Quick } else { CheckMode::Full };
    let wait = || terminal.note("waiting: another process uses the store");
    let (report, repaired) = if repair {
        let store = ExclusiveStore::open(&store_path(global)?, wait)?;
        let report = store.check(mode, &|_| {})?;
        let repaired = store.repair(&report)?;
        (report, Some(repaired))
    } else {
        (open_store(global, terminal)?.check(mode, &|_| {})?, None)
    };
    let problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    if terminal.json() {
        terminal.result_json(&json!({"blobs": report.blobs, "bytes": report.bytes, "trees": report.trees, "realisations": report.realisations, "problems": problems}))?;
    } else {
        for problem in &problems {
            terminal.result(problem)?;
        }
        terminal.result(&format!(
            "{} blobs of {} MB, {} trees, {} realisations: {}",
            report.blobs,
            report.bytes >> 20,
            report.trees,
            report.realisations,
            if report.is_clean() { "clean".to_owned() } else { format!("{} problems", problems.len()) }
        ))?;
    }
    if let Some(repaired) = repaired {
        terminal.note(&format!(
            "{} files moved aside, {} checkouts removed",
            repaired.quarantined.len(),
            repaired.checkouts.len()
        ));
        return Ok(Outcome::DONE);
    }
    if !report.is_clean() {
        terminal.note(
            "help: `ashlar store check --repair` moves what is damaged aside, so that it is made again",
        );
    }
    Ok(if report.is_clean() { Outcome::DONE } else { Outcome(Kind::Finding) })
}

fn collect(global: &Global, terminal: &Terminal) -> Result<Outcome, Failure> {
    let store = ExclusiveStore::open(&store_path(global)?, || {
        terminal.note("waiting: another process uses the store");
    })?;
    let freed =
        store.collect_garbage(&Roots::default(), Keep { records: RECORDS_KEPT, ..Keep::default() })?;
    if terminal.json() {
        terminal.result_json(
            &json!({"bytes": freed.bytes, "files": freed.files, "checkouts": freed.checkouts}),
        )?;
    } else {
        terminal.result(&format!(
            "{} MB in {} files and {} checkouts removed",
            freed.bytes >> 20,
            freed.files,
            freed.checkouts
        ))?;
    }
    Ok(Outcome::DONE)
}
