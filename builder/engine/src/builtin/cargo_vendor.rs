// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `cargo-vendor@1`: crate archives to a directory as `cargo vendor` makes it.
//!
//! Inputs: one archive for each crate, named `<name>-<version>`. Each becomes a folder of that name with `.cargo-checksum.json`
//! (`{"files":{},"package":"<sha256>"}`: cargo checks the package digest against the lock, and files only where they are listed).
//! `config.toml` beside them redirects the registry there, for `CARGO_HOME` or `--config`.

use ashlar_tree::Tree;

use super::Inputs;
use super::crate_archive::{self, Stop};
use crate::EngineError;

/// The most that a crate may unpack to.
const LIMIT: u64 = 1 << 30;

/// What tells cargo to look here and nowhere else. The folder is where a source of the recipe appears.
const CONFIG: &str =
    "[source.crates-io]\nreplace-with = \"vendored\"\n\n[source.vendored]\ndirectory = \".\"\n";

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let mut tree = Tree::new();
    for (name, digest) in inputs.sources() {
        let result = crate_archive::read(name, inputs.open_source(digest)?, LIMIT, |file| {
            let node = inputs.file(&file.content, file.executable)?;
            inputs.put(&mut tree, &file.path, node)
        });
        result.map_err(|stop| match stop {
            Stop::Archive(reason) => inputs.wrong(format!("crate {name}: {reason}")),
            Stop::Visitor(cause) => cause,
        })?;
        let checksum = format!("{{\"files\":{{}},\"package\":\"{digest}\"}}");
        let node = inputs.file(checksum.as_bytes(), false)?;
        inputs.put(&mut tree, &format!("{name}/.cargo-checksum.json"), node)?;
    }
    let node = inputs.file(CONFIG.as_bytes(), false)?;
    inputs.put(&mut tree, "config.toml", node)?;
    Ok(tree)
}
