// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar man`: the manual pages, one a command, as they stand in docs/man.

use std::path::Path;

use clap::CommandFactory as _;

use crate::arguments::Arguments;
use crate::failure::{Failure, Outcome};
use crate::terminal::Terminal;

pub(crate) fn run(terminal: &Terminal, folder: &Path) -> Result<Outcome, Failure> {
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder))
        .map_err(|cause| {
            Failure::surroundings(format!("write the pages to {}: {cause}", folder.display()))
        })?;
    terminal.note(&format!(
        "the pages are in {}; `man -l` shows one, MANPATH takes folders of sections",
        folder.display()
    ));
    Ok(Outcome::DONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::fs;

    fn pages(folder: &Path) -> BTreeMap<String, String> {
        let entries = fs::read_dir(folder).unwrap_or_else(|cause| panic!("{}: {cause}", folder.display()));
        let page = |entry: fs::DirEntry| {
            (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
        };
        entries.map(|entry| page(entry.unwrap())).collect()
    }

    #[test]
    fn the_pages_of_the_docs_are_what_this_command_writes() {
        let folder = tempfile::tempdir().unwrap();
        run(&Terminal::new(false, true), folder.path()).unwrap();
        let fresh = pages(folder.path());
        assert!(fresh.len() > 10 && fresh.contains_key("ashlar-why.1"), "{:?}", fresh.keys());
        let written = pages(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/man"));
        let names = |pages: &BTreeMap<String, String>| pages.keys().cloned().collect::<Vec<_>>();
        assert_eq!(
            names(&written),
            names(&fresh),
            "run `just docs`, and remove pages of commands that are gone"
        );
        for (name, page) in &fresh {
            assert!(written[name] == *page, "docs/man/{name} is stale; run `just docs`");
        }
    }
}
