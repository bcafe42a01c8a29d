// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar sbom show`: the components, as a table, as JSON, or as a page.

use std::path::Path;

use ashlar_sbom::page;

use super::{failure, tell_notes};
use crate::arguments::Global;
use crate::failure::{Failure, Outcome};
use crate::output_file;
use crate::sbom::{Subject, cell, components, document_json, links};
use crate::terminal::Terminal;

pub(super) fn run(
    global: &Global,
    terminal: &Terminal,
    what: &str,
    html: Option<&Path>,
) -> Result<Outcome, Failure> {
    let found = Subject::read(global, terminal, what)?;
    let inventory = &found.reading.inventory;
    if let Some(path) = html {
        let page = page(&found.reading).map_err(|cause| failure(&cause))?;
        output_file::write(path, "the page", page.as_bytes())?;
    }
    if terminal.json() {
        terminal.result_json(&document_json(&found.reading))?;
    } else if html.is_none() {
        components(inventory).iter().try_for_each(|line| terminal.result(line))?;
        let links = links(inventory);
        if !links.is_empty() {
            terminal.result("")?;
            links.iter().try_for_each(|line| terminal.result(line))?;
        }
    }
    tell_notes(terminal, &found.place, &found.reading.notes);
    let files = match inventory.files().len() {
        0 => String::new(),
        files => format!(" and {files} files"),
    };
    let (format, count) = (found.reading.format, inventory.components().len());
    terminal.note(&format!("{}: {format}, {count} components{files}", cell(&found.place)));
    Ok(Outcome::DONE)
}
