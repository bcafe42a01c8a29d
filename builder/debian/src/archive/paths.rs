// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which paths an archive may hold, one after the other.
//!
//! The rules make the meaning of an archive independent of the order of unpacking: no path twice, and none below
//! anything but a directory. A member below a symbolic link of the same archive would land where the link points.

use std::collections::BTreeMap;

use crate::ArchiveProblem;
use crate::path::check_relative;

/// What a path of the archive is so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// A directory that some member lies in and that has not been a member itself.
    Implied,
    Directory,
    File,
    Symlink,
}

/// All paths of one archive up to now.
#[derive(Debug, Default)]
pub(super) struct Paths(BTreeMap<String, Seen>);

impl Paths {
    /// Adds a member.
    pub(super) fn add(&mut self, path: &str, what: Seen) -> Result<(), ArchiveProblem> {
        for (end, _) in path.match_indices('/') {
            let parent = &path[..end];
            match self.0.get(parent) {
                Some(Seen::Directory | Seen::Implied) => {}
                Some(_) => return Err(ArchiveProblem::ThroughNonDirectory(parent.to_owned())),
                None => {
                    self.0.insert(parent.to_owned(), Seen::Implied);
                }
            }
        }
        match self.0.insert(path.to_owned(), what) {
            None => Ok(()),
            Some(Seen::Implied) if what == Seen::Directory => Ok(()),
            Some(_) => Err(ArchiveProblem::Duplicate),
        }
    }

    /// Checks that `target` is a file of the archive, unpacked already.
    pub(super) fn check_hardlink(&self, target: &str) -> Result<(), ArchiveProblem> {
        if self.0.get(target) == Some(&Seen::File) {
            return Ok(());
        }
        Err(ArchiveProblem::LinkTarget {
            target: target.to_owned(),
            reason: "is not an earlier file of the archive",
        })
    }
}

/// The path of a member without `./`. `None` for the root itself.
pub(super) fn member_path(raw: &[u8], is_directory: bool) -> Result<Option<String>, ArchiveProblem> {
    let text = std::str::from_utf8(raw).map_err(|_| ArchiveProblem::Path("is not UTF-8"))?;
    let text = text.strip_prefix("./").unwrap_or(text);
    let text = if is_directory { text.strip_suffix('/').unwrap_or(text) } else { text };
    if is_directory && (text == "." || (text.is_empty() && raw == b"./")) {
        return Ok(None);
    }
    check_relative(text).map_err(ArchiveProblem::Path)?;
    Ok(Some(text.to_owned()))
}

/// The target of a symbolic link at `path`. It may be absolute (it means the root of the tree that it is unpacked to)
/// and may lead nowhere, but not climb above the root.
pub(super) fn symlink_target(path: &str, raw: &[u8]) -> Result<String, ArchiveProblem> {
    let target = String::from_utf8_lossy(raw).into_owned();
    let fail = |reason| Err(ArchiveProblem::LinkTarget { target: target.clone(), reason });
    if std::str::from_utf8(raw).is_err() {
        return fail("is not UTF-8");
    }
    if target.is_empty() {
        return fail("is empty");
    }
    if target.chars().any(char::is_control) {
        return fail("holds a control character");
    }
    let mut depth = if target.starts_with('/') { 0 } else { path.matches('/').count() };
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return fail("climbs above the root"),
            },
            _ => depth += 1,
        }
    }
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_no_member() {
        assert_eq!(member_path(b"./", true), Ok(None));
        assert_eq!(member_path(b".", true), Ok(None));
        assert_eq!(member_path(b"./usr/", true), Ok(Some("usr".into())));
        assert_eq!(member_path(b"usr/bin/x", false), Ok(Some("usr/bin/x".into())));
        for (path, is_directory) in
            [(&b"./"[..], false), (b"usr/", false), (b"", true), (b"/", true), (b".//", true)]
        {
            assert!(member_path(path, is_directory).is_err(), "{path:?}");
        }
    }

    #[test]
    fn links_may_point_anywhere_below_the_root() {
        for (path, target) in [
            ("usr/bin/x", "../lib/y"),
            ("a", "/etc/alternatives/a"),
            ("usr/x", "../../x/.."),
            ("a/b/c", "../.."),
        ] {
            let climbs = target == "../../x/..";
            assert_eq!(symlink_target(path, target.as_bytes()).is_err(), climbs, "{path} to {target}");
        }
        for target in [&b""[..], b"..", b"/../etc", b"x/../../y", b"a\nb", b"\xff"] {
            assert!(symlink_target("a", target).is_err(), "{target:?}");
        }
    }
}
