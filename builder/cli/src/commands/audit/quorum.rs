// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The word of other rebuilders, in place of a rebuild. They say it of one checkout, so this one has to be that: otherwise their word
//! would stand for a source that whoever audits never saw.

use std::fs;
use std::path::{Path, PathBuf};

use ashlar_release_audit::{About, Report, quorum};
use ashlar_release_bundle::read_regular;
use serde_json::json;

use super::show_differences;
use crate::arguments::{AuditArguments, Global};
use crate::commands::verify::kind;
use crate::failure::{Failure, Kind, Outcome};
use crate::release::{Published, Stated, trusted_keys};
use crate::session::Session;
use crate::terminal::Terminal;

pub(super) fn by_quorum(
    global: &Global,
    terminal: &Terminal,
    asked: &AuditArguments,
    verified: &Report,
    needed: usize,
) -> Result<Outcome, Failure> {
    let paths = files(&asked.statements.clone().unwrap_or_default())?;
    let statements: Vec<Vec<u8>> = paths.iter().map(|path| statement_bytes(path)).collect();
    let published = Published::open(&asked.directory)?.judged(verified)?;
    let rebuilders = trusted_keys(&asked.rebuilder)?;
    let manifest = &published.manifest;
    let about = About {
        release: manifest.release(),
        manifest_sha256: published.manifest_sha256,
        checkout: manifest.head().checkout,
    };
    let result = quorum(&statements, needed, &rebuilders, &about);
    let session = Session::open(global, terminal)?;
    let differences = Stated::of(&session, manifest.head())?.differences(manifest);
    if terminal.json() {
        terminal.result_json(&json!({"verify": verified, "quorum": result, "differences": differences}))?;
    } else {
        for refused in &result.refused {
            let path = paths.get(refused.statement).map(|path| path.display().to_string());
            terminal.result(&format!("{}: does not count: {}", path.unwrap_or_default(), refused.why))?;
        }
        show_differences(terminal, &differences)?;
        let said = format!(
            "{} of {} rebuilders say that a rebuild was identical",
            result.accepted.len(),
            result.needed
        );
        terminal.result(&match differences.len() {
            0 => said,
            more => format!("not this release: {more} findings beside the statements; {said}"),
        })?;
    }
    let stands = result.reached && differences.is_empty();
    Ok(Outcome(if stands { kind(verified) } else { Kind::Finding }))
}

/// What lies in `folder`, sorted.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |cause: std::io::Error| Failure::Usage {
        message: format!("read {}: {cause}", folder.display()),
        help: None,
    };
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// A statement's bytes; what is no regular file of a sensible size is an empty statement, which is refused with its name.
fn statement_bytes(path: &Path) -> Vec<u8> {
    const LIMIT: u64 = 1 << 20;
    read_regular(path, LIMIT).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_socket_a_link_and_a_file_without_end_among_the_statements_are_empty_statements() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["a-good", "b-endless", "c-link", "d-socket"];
        let [good, endless, link, socket] = names.map(|name| folder.path().join(name));
        fs::write(&good, "{}").unwrap();
        fs::File::create(&endless).unwrap().set_len(1 << 40).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        let listener = UnixListener::bind(&socket).unwrap();
        let paths = files(folder.path()).unwrap();
        assert_eq!(paths, [good, endless, link, socket]);
        let read: Vec<Vec<u8>> = paths.iter().map(|path| statement_bytes(path)).collect();
        drop(listener);
        assert_eq!(read, [b"{}".to_vec(), vec![], vec![], vec![]]);
    }
}
