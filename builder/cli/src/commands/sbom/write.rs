// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar sbom export` and `ashlar sbom merge`: documents made from documents, and what got lost on the way.

use ashlar_compare::escaped;
use ashlar_sbom::{Document, Format, Inventory, Note, Reading, Tool, Unsaid, merge, unsaid, write};
use serde_json::{Map, Value, json};

use super::{failure, tell_notes};
use crate::arguments::{Global, WrittenArguments};
use crate::failure::{Failure, Outcome};
use crate::output_file;
use crate::sbom::{Subject, notes_json};
use crate::terminal::Terminal;

pub(super) fn export(
    global: &Global,
    terminal: &Terminal,
    what: &str,
    format: Format,
    asked: &WrittenArguments,
) -> Result<Outcome, Failure> {
    let found = Subject::read(global, terminal, what)?;
    tell_notes(terminal, &found.place, &found.reading.notes);
    written(terminal, &found.reading, format, asked)
}

/// All others put into the first.
pub(super) fn merged(
    global: &Global,
    terminal: &Terminal,
    what: &[String],
    format: Format,
    asked: &WrittenArguments,
) -> Result<Outcome, Failure> {
    let mut readings = Vec::new();
    let mut notes = Vec::new();
    for what in what {
        let found = Subject::read(global, terminal, what)?;
        tell_notes(terminal, &found.place, &found.reading.notes);
        notes.extend(found.reading.notes.clone());
        readings.push(found.reading);
    }
    let inventories: Vec<Inventory> = readings.iter().map(|reading| reading.inventory.clone()).collect();
    let first = readings
        .into_iter()
        .next()
        .ok_or_else(|| Failure::Usage { message: "join documents: none is named".to_owned(), help: None })?;
    let root = first.inventory.components().get(first.inventory.root()).cloned();
    let root = root.ok_or_else(|| Failure::surroundings("find the root of the first document"))?;
    let inventory = merge(root, &inventories).map_err(|cause| failure(&cause))?;
    written(terminal, &Reading { inventory, notes, ..first }, format, asked)
}

fn written(
    terminal: &Terminal,
    reading: &Reading,
    format: Format,
    asked: &WrittenArguments,
) -> Result<Outcome, Failure> {
    let author = asked.author.clone().or_else(|| reading.author.clone()).ok_or_else(|| Failure::Usage {
        message: format!("write it as {format}: its author is not known, and has to stand in it"),
        help: Some("name one by `--author \"Organization: NAME\"`".to_owned()),
    })?;
    let tool = Tool { name: "ashlar".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() };
    let (document, made_up) = Document::made_from(reading, author, tool);
    let bytes = write(format, &document, &reading.inventory).map_err(|cause| failure(&cause))?;
    tell_notes(terminal, &document.name, &made_up);
    let lost = lost(format, &reading.inventory);
    for (what, count) in &lost {
        terminal.note(&format!("note: {format} cannot say: {} ({count})", what.text()));
    }
    match &asked.out {
        None => terminal.result(String::from_utf8_lossy(&bytes).trim_end())?,
        Some(path) => {
            output_file::write(path, "the document", &bytes)?;
            if terminal.json() {
                terminal.result_json(&as_json(&lost, &[reading.notes.as_slice(), &made_up].concat()))?;
            } else {
                let (count, path) = (reading.inventory.components().len(), path.display().to_string());
                terminal.note(&format!("{}: {format}, {count} components", escaped(&path)));
            }
        }
    }
    Ok(Outcome::DONE)
}

/// What of an inventory a format leaves out, and how often. Both SPDX formats hold all of it.
fn lost(format: Format, inventory: &Inventory) -> Vec<(Unsaid, usize)> {
    match format {
        Format::Spdx23 | Format::Spdx301 => Vec::new(),
        Format::CycloneDx16 => unsaid(inventory).into_iter().collect(),
    }
}

fn as_json(lost: &[(Unsaid, usize)], notes: &[Note]) -> Value {
    let unsaid: Map<String, Value> =
        lost.iter().map(|(what, count)| (what.text().to_owned(), json!(count))).collect();
    json!({"unsaid": unsaid, "notes": notes_json(notes)})
}
