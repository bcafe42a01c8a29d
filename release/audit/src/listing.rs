// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What lies in a folder that a stranger made: files, folders, and what should be neither.
//!
//! Nothing is followed and nothing is opened here: a symlink could lead out of the folder, and a pipe would make the
//! reader wait for ever. Depth and number are bounded, so that a folder cannot keep the auditor busy without end.

use std::fs;
use std::path::Path;

/// A release has two levels; a third is looked into only to name what lies there.
const MAX_DEPTH: usize = 3;
/// 65536 signatures, sources, extensions and the rest.
const MAX_ENTRIES: usize = 200_000;

/// What something in the folder is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A regular file of this size.
    File(u64),
    /// A folder.
    Directory,
    /// Something that no release has, and why.
    Wrong(String),
}

/// One thing in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Relative path with `/`; `.` for the folder itself.
    pub(crate) path: String,
    pub(crate) what: What,
}

/// Lists everything below `directory`, in byte order.
pub(crate) fn list(directory: &Path) -> Vec<Entry> {
    let mut found = Vec::new();
    match fs::symlink_metadata(directory) {
        Ok(metadata) if metadata.is_dir() => descend(directory, "", 1, &mut found),
        Ok(_) => push(&mut found, ".".to_owned(), What::Wrong("it is no folder".to_owned())),
        Err(error) => push(&mut found, ".".to_owned(), unreadable(&error)),
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn push(found: &mut Vec<Entry>, path: String, what: What) {
    found.push(Entry { path, what });
}

fn unreadable(error: &std::io::Error) -> What {
    What::Wrong(format!("it cannot be read: {error}"))
}

fn descend(directory: &Path, prefix: &str, depth: usize, found: &mut Vec<Entry>) {
    let own = if prefix.is_empty() { ".".to_owned() } else { prefix.trim_end_matches('/').to_owned() };
    let children = match fs::read_dir(directory) {
        Ok(children) => children,
        Err(error) => return push(found, own, unreadable(&error)),
    };
    for child in children {
        if found.len() >= MAX_ENTRIES {
            let reason = format!("it holds more than {MAX_ENTRIES} files; the rest was not looked at");
            return push(found, own, What::Wrong(reason));
        }
        let child = match child {
            Ok(child) => child,
            Err(error) => return push(found, own, unreadable(&error)),
        };
        let name = child.file_name();
        let Some(name) = name.to_str() else {
            push(found, format!("{prefix}{}", name.to_string_lossy()), wrong("its name is not UTF-8"));
            continue;
        };
        let path = format!("{prefix}{name}");
        let metadata = match fs::symlink_metadata(child.path()) {
            Ok(metadata) => metadata,
            Err(error) => {
                push(found, path, unreadable(&error));
                continue;
            }
        };
        let kind = metadata.file_type();
        if kind.is_file() {
            push(found, path, What::File(metadata.len()));
        } else if kind.is_symlink() {
            push(found, path, wrong("it is a symlink; a release holds regular files only"));
        } else if !kind.is_dir() {
            push(found, path, wrong("it is no regular file"));
        } else if depth >= MAX_DEPTH {
            push(found, path, wrong("it is a folder deeper than any of a release"));
        } else {
            push(found, path.clone(), What::Directory);
            descend(&child.path(), &format!("{path}/"), depth + 1, found);
        }
    }
}

fn wrong(reason: &str) -> What {
    What::Wrong(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(entries: &[Entry], path: &str) -> What {
        entries.iter().find(|entry| entry.path == path).unwrap().what.clone()
    }

    #[test]
    fn a_symlink_a_socket_and_a_deep_folder_are_never_followed() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("a"), "12").unwrap();
        fs::create_dir_all(root.join("b/c/d/e")).unwrap();
        std::os::unix::fs::symlink("/", root.join("link")).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
        let entries = list(root);
        drop(socket);
        assert_eq!(what(&entries, "a"), What::File(2));
        assert_eq!(what(&entries, "b/c"), What::Directory);
        for path in ["b/c/d", "link", "socket"] {
            assert!(matches!(what(&entries, path), What::Wrong(_)), "{path}");
        }
        assert!(!entries.iter().any(|entry| entry.path.starts_with("link/") || entry.path == "b/c/d/e"));
    }

    #[test]
    fn a_folder_that_is_missing_or_a_symlink_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path(), &link).unwrap();
        for path in [folder.path().join("absent"), link] {
            let entries = list(&path);
            assert_eq!(entries.len(), 1);
            assert!(matches!(what(&entries, "."), What::Wrong(_)));
        }
    }
}
