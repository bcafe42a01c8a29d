// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A copy of a checkout, as a clone has it.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

/// What a clone does not have: what was built, and version control's own. A *file* `.git` belongs to a working tree of another clone.
const NOT_COPIED: [&str; 3] = ["target", ".git", "releases"];

/// Copies the checkout `from` to the folder `to`, which is made, without what was made in it.
///
/// # Errors
/// Where the disk fails.
pub fn copy_checkout(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if NOT_COPIED.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if kind.is_dir() {
            copy_checkout(&entry.path(), &target)?;
        } else if kind.is_symlink() {
            symlink(fs::read_link(entry.path())?, target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
