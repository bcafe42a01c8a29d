// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar sbom show`: the components, as a table, as JSON, or as a page.

use std::collections::BTreeMap;
use std::path::Path;

use ashlar_sbom::{ComponentId, page};

use super::{failure, tell_notes};
use crate::arguments::Global;
use crate::failure::{Failure, Outcome};
use crate::output_file;
use crate::sbom::{OwnedPaths, Subject, cell, components, document_json, links};
use crate::terminal::Terminal;

/// How many bytes each component brings; of a document alone nothing is known of that.
fn sizes(subject: &Subject) -> Result<BTreeMap<ComponentId, u64>, Failure> {
    let Subject::Holder(holder, _) = subject else { return Ok(BTreeMap::new()) };
    // A folder with documents need not have a root.
    let Some(owned) = OwnedPaths::find(subject)? else { return Ok(BTreeMap::new()) };
    Ok(owned.sizes(&holder.sizes(owned.paths())?))
}

pub(super) fn run(
    global: &Global,
    terminal: &Terminal,
    what: &str,
    html: Option<&Path>,
) -> Result<Outcome, Failure> {
    let subject = Subject::find(global, terminal, what)?;
    let found = subject.document()?;
    let inventory = &found.reading.inventory;
    if let Some(path) = html {
        let page = page(&found.reading, &sizes(&subject)?).map_err(|cause| failure(&cause))?;
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
    let (format, count) = (cell(&found.reading.stated), inventory.components().len());
    terminal.note(&format!("{}: {format}, {count} components{files}", cell(&found.place)));
    Ok(Outcome::DONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sbom::{Holder, samples};

    #[test]
    fn a_list_of_files_may_be_absent_and_not_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, bytes: &[u8]| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        };
        write("os.spdx.json", &samples::document("1.2.5"));
        let subject = Subject::Holder(Holder::Folder(folder.path().to_owned()), "os".to_owned());
        assert_eq!(sizes(&subject).unwrap(), BTreeMap::new());
        write("usr/share/spdx/os-files.spdx.json", &samples::file_list("1.2.5"));
        write("usr/lib/libc.so", b"12345");
        assert!(sizes(&subject).unwrap().values().any(|size| *size == 5));
        write("usr/share/spdx/os-files.spdx.json", b"{");
        let failure = sizes(&subject).unwrap_err();
        assert!(failure.to_string().contains("os-files.spdx.json"), "{failure}");
    }
}
