// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A file that a command was told to write: as a whole or not at all, for it may be looked at.

use std::path::Path;

use crate::failure::Failure;

/// Writes `bytes`, which messages call `what`, to `path`.
pub(crate) fn write(path: &Path, what: &str, bytes: &[u8]) -> Result<(), Failure> {
    let wrong =
        |cause: std::io::Error| Failure::surroundings(format!("write {what} to {}: {cause}", path.display()));
    let name = path.file_name().ok_or_else(|| Failure::Usage {
        message: format!("write {what} to {}: that is no name of a file", path.display()),
        help: None,
    })?;
    let mut unfinished = name.to_owned();
    unfinished.push(".new");
    let unfinished = path.with_file_name(unfinished);
    std::fs::write(&unfinished, bytes).map_err(wrong)?;
    std::fs::rename(&unfinished, path).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_replaces_another_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.html");
        for page in ["one", "two"] {
            write(&path, "the page", page.as_bytes()).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), page);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(matches!(write(Path::new("/"), "it", b"x"), Err(Failure::Usage { .. })));
    }
}
