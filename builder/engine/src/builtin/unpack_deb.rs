// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `unpack-deb@1`: one Debian package to the tree of its files. No maintainer script is run.
//!
//! Arguments: `package`, `version`, `architecture`, which the package must state of itself. Modes become 0755 or 0644: setuid programs
//! of the seed have no use in a sandbox of one user. Manual pages, translations and most documentation stay behind, because
//! no build reads them and they would be half of all files; copyright files come along.

use ashlar_debian::{DebEntry, DebIdentity, DebKind, DebianError, Limits, Version, read_deb};
use ashlar_tree::{Node, Tree, TreePath};

use super::Inputs;
use crate::EngineError;

/// Folders that no build reads.
const LEFT_BEHIND: [&str; 6] = [
    "usr/share/doc/",
    "usr/share/man/",
    "usr/share/info/",
    "usr/share/locale/",
    "usr/share/lintian/",
    "usr/share/doc-base/",
];

/// Carries either kind of error out of the archive reader.
enum Stop {
    Archive(DebianError),
    Engine(EngineError),
}

impl From<DebianError> for Stop {
    fn from(cause: DebianError) -> Self {
        Self::Archive(cause)
    }
}

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let Some((_, digest)) = inputs.sources().next() else { return Err(inputs.wrong("it has no package")) };
    let name = inputs.string("package")?.to_owned();
    let version = inputs.string("version")?.parse::<Version>().map_err(|cause| inputs.failed(&cause))?;
    let expected =
        DebIdentity { name: name.clone(), version, architecture: inputs.string("architecture")?.to_owned() };
    let file = inputs.open_source(digest)?;
    let mut tree = Tree::new();
    let result = read_deb(&name, file, &Limits::default(), Some(&expected), |entry| {
        add(inputs, &mut tree, entry).map_err(Stop::Engine)
    });
    match result {
        Ok(_) => Ok(tree),
        Err(Stop::Archive(cause)) => Err(inputs.failed(&cause)),
        Err(Stop::Engine(cause)) => Err(cause),
    }
}

fn add(inputs: &Inputs<'_>, tree: &mut Tree, entry: DebEntry<'_>) -> Result<(), EngineError> {
    let is_copyright = entry.path.starts_with("usr/share/doc/") && entry.path.ends_with("/copyright");
    if !is_copyright && LEFT_BEHIND.iter().any(|folder| entry.path.starts_with(folder)) {
        return Ok(());
    }
    let path = inputs.path(&merged(&entry.path))?;
    let node = match entry.kind {
        DebKind::Directory => Node::directory(),
        DebKind::File { executable, content, .. } => {
            let (blob, size) = inputs.stored(inputs.store().add_reader(content, executable))?;
            Node::file(blob, size, executable)
        }
        DebKind::Symlink { target } => Node::symlink(target),
        DebKind::Hardlink { target } => {
            let target = inputs.path(&merged(&target))?;
            tree.get(&target).cloned().ok_or_else(|| {
                inputs.wrong(format!("{path} is a hardlink to {target}, which was left behind"))
            })?
        }
    };
    insert(inputs, tree, path, node)
}

/// Debian 13 is usr-merged, but some packages still ship below the old names, through which dpkg would follow the links of base-files.
fn merged(path: &str) -> String {
    let old = ["bin/", "sbin/", "lib/", "lib64/"].iter().any(|top| path.starts_with(top));
    if old { format!("usr/{path}") } else { path.to_owned() }
}

fn insert(inputs: &Inputs<'_>, tree: &mut Tree, path: TreePath, node: Node) -> Result<(), EngineError> {
    // A package of the old layout says that `lib` is a directory; the link of base-files stands there.
    if node.is_directory() && ["bin", "sbin", "lib", "lib64"].contains(&path.as_str()) {
        return Ok(());
    }
    tree.insert(path, node).map_err(|cause| inputs.failed(&cause))
}
