// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `cargo-vendor@1`: crate archives to a directory as `cargo vendor` makes it.
//!
//! Inputs: one archive for each crate, named `<name>-<version>`. Each becomes a folder of that name with `.cargo-checksum.json`
//! (`{"files":{},"package":"<sha256>"}`: cargo checks the package digest against the lock, and files only where they are listed).
//! `config.toml` beside them redirects the registry there, for `CARGO_HOME` or `--config`.

use std::io::Read as _;

use ashlar_tree::{Node, Tree};
use flate2::read::GzDecoder;

use super::Inputs;
use crate::EngineError;

/// The most that a crate may unpack to.
const LIMIT: u64 = 1 << 30;

/// What tells cargo to look here and nowhere else. The folder is where a source of the recipe appears.
const CONFIG: &str =
    "[source.crates-io]\nreplace-with = \"vendored\"\n\n[source.vendored]\ndirectory = \".\"\n";

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let mut tree = Tree::new();
    for (name, digest) in inputs.sources() {
        let wrong = |reason: String| inputs.wrong(format!("crate {name}: {reason}"));
        let mut archive = tar::Archive::new(GzDecoder::new(inputs.open_source(digest)?).take(LIMIT + 1));
        for entry in archive.entries().map_err(|cause| wrong(cause.to_string()))? {
            let mut entry = entry.map_err(|cause| wrong(cause.to_string()))?;
            let bytes = entry.path_bytes().into_owned();
            let path =
                std::str::from_utf8(&bytes).map_err(|_| wrong("a path is not UTF-8".to_owned()))?.to_owned();
            let kind = entry.header().entry_type();
            if kind.is_dir() || matches!(kind, tar::EntryType::XGlobalHeader) {
                continue;
            }
            if !kind.is_file() {
                return Err(wrong(format!("{path} is neither file nor directory")));
            }
            if path.strip_prefix(name).is_none_or(|rest| !rest.starts_with('/')) {
                return Err(wrong(format!("{path} lies outside of {name}/")));
            }
            let executable = entry.header().mode().is_ok_and(|mode| mode & 0o100 != 0);
            let mut content = Vec::new();
            entry.read_to_end(&mut content).map_err(|cause| wrong(cause.to_string()))?;
            let node = inputs.file(&content, executable)?;
            if matches!(tree.get(&inputs.path(&path)?), Some(Node::File { .. })) {
                return Err(wrong(format!("{path} is there twice")));
            }
            inputs.put(&mut tree, &path, node)?;
        }
        if archive.into_inner().limit() == 0 {
            return Err(wrong(format!("it unpacks to more than {} MiB", LIMIT >> 20)));
        }
        let checksum = format!("{{\"files\":{{}},\"package\":\"{digest}\"}}");
        let node = inputs.file(checksum.as_bytes(), false)?;
        inputs.put(&mut tree, &format!("{name}/.cargo-checksum.json"), node)?;
    }
    let node = inputs.file(CONFIG.as_bytes(), false)?;
    inputs.put(&mut tree, "config.toml", node)?;
    Ok(tree)
}
