// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Paths in a tree: relative, UTF-8, without `.`, `..` or empty segments. Ordered by bytes.

use std::fmt;
use std::str::FromStr;

use crate::TreeError;

/// A path in a tree, such as `usr/bin/init`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(String);

impl TreePath {
    /// Checks `path`.
    ///
    /// # Errors
    /// [`TreeError::Path`] for an empty or absolute path, an empty, `.` or `..` segment, or a NUL or newline.
    pub fn parse(path: &str) -> Result<Self, TreeError> {
        let wrong = |reason| Err(TreeError::Path { path: path.to_owned(), reason });
        if path.is_empty() {
            return wrong("it is empty");
        }
        if path.starts_with('/') {
            return wrong("it is absolute; write it without the leading slash");
        }
        if path.ends_with('/') {
            return wrong("it ends with a slash");
        }
        if path.contains('\0') || path.contains('\n') {
            return wrong("it holds a NUL or a newline");
        }
        for segment in path.split('/') {
            match segment {
                "" => return wrong("it has an empty segment"),
                "." | ".." => return wrong("it has a segment `.` or `..`"),
                _ => {}
            }
        }
        Ok(Self(path.to_owned()))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The directory it lies in; `None` at the top.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(parent, _)| Self(parent.to_owned()))
    }

    /// The last segment.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit_once('/').map_or(self.0.as_str(), |(_, name)| name)
    }

    /// `child` below this path. `child` may have several segments.
    ///
    /// # Errors
    /// [`TreeError::Path`] if the result is no path.
    pub fn join(&self, child: &str) -> Result<Self, TreeError> {
        Self::parse(&format!("{}/{child}", self.0))
    }

    /// `other` moved below this path; it cannot fail, for both are paths.
    #[must_use]
    pub fn append(&self, other: &Self) -> Self {
        Self(format!("{}/{}", self.0, other.0))
    }

    /// What remains of the path below `prefix`, if it lies there.
    #[must_use]
    pub fn strip_prefix(&self, prefix: &Self) -> Option<Self> {
        self.0.strip_prefix(prefix.as_str())?.strip_prefix('/').map(|rest| Self(rest.to_owned()))
    }

    /// All ancestors, nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> + use<> {
        std::iter::successors(self.parent(), Self::parent)
    }
}

impl FromStr for TreePath {
    type Err = TreeError;

    fn from_str(text: &str) -> Result<Self, TreeError> {
        Self::parse(text)
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_tree_are_refused() {
        for bad in
            ["", "/", "/etc", "a//b", "a/", "./a", "a/./b", "..", "../a", "a/..", "a/../b", "a\0b", "a\nb"]
        {
            assert!(TreePath::parse(bad).is_err(), "{bad:?}");
        }
        for good in ["a", "a/b", "a/..b", "a/b..", "...", "a b", "é/ü"] {
            assert_eq!(TreePath::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn a_prefix_is_whole_segments() {
        let path = TreePath::parse("usr/lib/x").unwrap();
        assert_eq!(path.strip_prefix(&TreePath::parse("usr").unwrap()).unwrap().as_str(), "lib/x");
        assert_eq!(path.strip_prefix(&TreePath::parse("us").unwrap()), None);
        assert_eq!(path.strip_prefix(&path), None);
        let ancestors: Vec<String> = path.ancestors().map(|path| path.to_string()).collect();
        assert_eq!(ancestors, ["usr/lib", "usr"]);
    }
}
