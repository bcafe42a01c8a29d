// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Paths that strangers give us: relative, without anything that could lead elsewhere.

/// Why a path is refused; completes "the path …".
pub(crate) fn check_relative(path: &str) -> Result<(), &'static str> {
    if path.is_empty() {
        return Err("is empty");
    }
    if path.starts_with('/') {
        return Err("is absolute");
    }
    if path.chars().any(char::is_control) {
        return Err("holds a control character");
    }
    for segment in path.split('/') {
        match segment {
            "" => return Err("has an empty segment"),
            "." => return Err("has the segment `.`"),
            ".." => return Err("has the segment `..`"),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traversal_and_ambiguity_are_refused() {
        for path in ["", "/", "/a", "a//b", "a/", "./a", "a/./b", "..", "a/../b", "a/..", "a\nb", "a\0b"] {
            assert!(check_relative(path).is_err(), "{path:?}");
        }
        for path in ["a", "a/b", "...", "a..b", "é/x y", "a\\b"] {
            assert!(check_relative(path).is_ok(), "{path:?}");
        }
    }
}
