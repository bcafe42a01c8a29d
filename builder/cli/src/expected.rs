// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar.expected`: the digests that the locked inputs give, for each image and platform.
//!
//! ```toml
//! version = 1
//! [image.qemu.x86_64-linux]
//! "recipe musl:runtime" = "<tree digest>"
//! "image qemu:out" = "<tree digest>"
//! "root hash" = "<dm-verity root hash>"
//! ```
//!
//! Every clone on every machine is thereby a reproducibility test, and a diff of the file shows what a change really touches.

use std::collections::BTreeMap;
use std::path::Path;

use ashlar_engine::Built;
use ashlar_plan::{Graph, NodeId};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::session::write_project_file;

const FILE: &str = "ashlar.expected";
const VERSION: u32 = 1;
/// The key of the root hash, which is no artifact but what a booted image says of itself.
pub(crate) const ROOT_HASH: &str = "root hash";

/// Digests by artifact.
pub(crate) type Digests = BTreeMap<String, String>;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    image: BTreeMap<String, BTreeMap<String, Digests>>,
}

/// The artifacts of an image that are worth a line: everything that was compiled or assembled. What was merely unpacked is in the lock.
pub(crate) fn digests(graph: &Graph, goal: NodeId, built: &Built) -> Digests {
    let mut digests = Digests::new();
    for id in graph.needed(&[goal]) {
        let key = &graph.node(id).key;
        if !key.starts_with("recipe ") && !key.starts_with("image ") {
            continue;
        }
        for (port, tree) in built.trees.iter().filter(|(port, _)| port.node == id) {
            digests.insert(format!("{key}:{}", port.output), tree.to_string());
        }
    }
    digests
}

/// What differs, as lines; empty if `found` is what is expected, `None` if nothing is. What begins with `left_out` was not built, and
/// is not expected.
pub(crate) fn compare(
    root: &Path,
    image: &str,
    platform: &str,
    found: &Digests,
    left_out: Option<&str>,
) -> Result<Option<Vec<String>>, Failure> {
    let mut file = read(root)?;
    let expected = file.image.get_mut(image).and_then(|platforms| platforms.remove(platform));
    Ok(expected.map(|mut expected| {
        expected.retain(|name, _| left_out.is_none_or(|left_out| !name.starts_with(left_out)));
        changes(&expected, found)
    }))
}

/// All that is expected of an image.
pub(crate) fn stated(root: &Path, image: &str, platform: &str) -> Result<Digests, Failure> {
    let file = read(root)?;
    Ok(file.image.get(image).and_then(|platforms| platforms.get(platform)).cloned().unwrap_or_default())
}

/// The expected root hash of an image.
pub(crate) fn root_hash(root: &Path, image: &str, platform: &str) -> Result<Option<String>, Failure> {
    let file = read(root)?;
    Ok(file.image.get(image).and_then(|platforms| platforms.get(platform)?.get(ROOT_HASH).cloned()))
}

/// Makes `found` the expectation.
pub(crate) fn accept(root: &Path, image: &str, platform: &str, found: &Digests) -> Result<(), Failure> {
    let mut file = read(root)?;
    file.version = VERSION;
    file.image.entry(image.to_owned()).or_default().insert(platform.to_owned(), found.clone());
    let text =
        toml::to_string(&file).map_err(|cause| Failure::surroundings(format!("write {FILE}: {cause}")))?;
    let text = format!(
        "# Written by `ashlar build --accept`: what the locked inputs give, on every machine.\n{text}"
    );
    write_project_file(root, FILE, &text)
}

fn read(root: &Path) -> Result<File, Failure> {
    let wrong = |reason: String| Failure::Finding {
        message: format!("read {FILE}: {reason}"),
        help: Some(
            "take it from the version control again, or delete it and write it with `ashlar build --accept`"
                .to_owned(),
        ),
    };
    match std::fs::read_to_string(root.join(FILE)) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            Ok(File { version: VERSION, ..File::default() })
        }
        Err(cause) => Err(Failure::surroundings(format!("read {FILE}: {cause}"))),
        Ok(text) => {
            let file: File = toml::from_str(&text).map_err(|cause| wrong(cause.to_string()))?;
            if file.version == VERSION {
                Ok(file)
            } else {
                Err(wrong(format!("it has version {}, this tool reads {VERSION}", file.version)))
            }
        }
    }
}

fn changes(expected: &Digests, found: &Digests) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, digest) in expected {
        match found.get(name) {
            None => lines.push(format!("- {name}")),
            Some(other) if other != digest => lines.push(format!("~ {name}: expected {digest}, got {other}")),
            Some(_) => {}
        }
    }
    lines.extend(found.keys().filter(|name| !expected.contains_key(*name)).map(|name| format!("+ {name}")));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(entries: &[(&str, &str)]) -> Digests {
        entries.iter().map(|(name, digest)| ((*name).to_owned(), (*digest).to_owned())).collect()
    }

    #[test]
    fn what_is_accepted_is_expected_and_every_difference_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let first = digests(&[("recipe musl:runtime", "1"), ("recipe old:runtime", "2"), (ROOT_HASH, "3")]);
        assert_eq!(compare(root, "qemu", "x86_64-linux", &first, None).unwrap(), None);
        accept(root, "qemu", "x86_64-linux", &first).unwrap();
        accept(root, "node", "x86_64-linux", &digests(&[(ROOT_HASH, "9")])).unwrap();
        assert_eq!(compare(root, "qemu", "x86_64-linux", &first, None).unwrap(), Some(vec![]));
        assert_eq!(root_hash(root, "qemu", "x86_64-linux").unwrap().unwrap(), "3");
        let second = digests(&[("recipe musl:runtime", "7"), ("recipe new:runtime", "2"), (ROOT_HASH, "3")]);
        let lines = compare(root, "qemu", "x86_64-linux", &second, None).unwrap().unwrap();
        assert_eq!(
            lines,
            ["~ recipe musl:runtime: expected 1, got 7", "- recipe old:runtime", "+ recipe new:runtime"]
        );
        let lines = compare(root, "qemu", "x86_64-linux", &second, Some("recipe old:")).unwrap().unwrap();
        assert_eq!(lines, ["~ recipe musl:runtime: expected 1, got 7", "+ recipe new:runtime"]);
    }

    #[test]
    fn a_file_of_another_version_is_not_guessed_at() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "version = 2\n").unwrap();
        assert!(root_hash(folder.path(), "qemu", "x").is_err());
    }
}
