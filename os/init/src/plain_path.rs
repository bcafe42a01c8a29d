// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Paths that declared files may name.

/// Whether `path` is absolute and has no part that could lead elsewhere.
pub(crate) fn is_plain(path: &str) -> bool {
    path.strip_prefix('/').is_some_and(|path| path.split('/').all(|part| !matches!(part, "" | "." | "..")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_traversal_is_not_plain() {
        for path in ["/a", "/usr/lib/x.ko", "/.a", "/..a", "/a b"] {
            assert!(is_plain(path), "{path}");
        }
        for path in ["", "/", "a", "//", "//a", "/a/", "/a//b", "/.", "/a/.", "/..", "/a/../b", "../a"] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
