// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar diff`: two releases, taken apart and compared; what may differ is one list, in `ashlar-release-bundle`.

use std::path::Path;

use ashlar_release_bundle::diff::{
    JsonDecoder, KeyValueDecoder, NewcDecoder, Outcome as Found, Report, Side, UkiDecoder, compare,
};
use serde_json::json;

use crate::failure::{Failure, Kind, Outcome};
use crate::terminal::Terminal;

pub(crate) fn run(terminal: &Terminal, first: &Path, second: &Path) -> Result<Outcome, Failure> {
    let report = compare(
        &Side::of_directory(first)?,
        &Side::of_directory(second)?,
        &[&JsonDecoder, &KeyValueDecoder, &NewcDecoder, &UkiDecoder],
    )?;
    show(terminal, &report)?;
    Ok(Outcome(if report.is_equal() { Kind::Done } else { Kind::Unexpected }))
}

fn show(terminal: &Terminal, report: &Report) -> Result<(), Failure> {
    if terminal.json() {
        let entries: Vec<_> = report
            .entries()
            .iter()
            .map(|entry| json!({"path": entry.path, "outcome": words(&entry.outcome), "differs": entry.outcome.is_difference()}))
            .collect();
        return terminal.result_json(&json!({"entries": entries, "equal": report.is_equal()}));
    }
    let identical = report.entries().iter().filter(|entry| entry.outcome == Found::Identical).count();
    for entry in report.entries().iter().filter(|entry| entry.outcome != Found::Identical) {
        terminal.result(&format!("{}: {}", entry.path, words(&entry.outcome)))?;
    }
    terminal.result(&format!(
        "{identical} parts are identical, {} differ beyond what a signature makes differ",
        report.differences().count()
    ))
}

fn words(outcome: &Found) -> String {
    match outcome {
        Found::Identical => "identical".to_owned(),
        Found::Excluded { reason, pattern } => format!("differs as it may: {reason:?} ({pattern})"),
        Found::Differs { offset } => format!("differs at byte {offset}"),
        Found::OnlyInFirst => "only in the first".to_owned(),
        Found::OnlyInSecond => "only in the second".to_owned(),
        Found::Order => "the same parts in another order".to_owned(),
        Found::Undecodable { reason } => format!("could not be taken apart: {reason}"),
    }
}
