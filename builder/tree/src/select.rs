// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Path patterns, by which a recipe shares what it installed out to its outputs.
//!
//! Shell-like: `*` and `?` stay within a segment, `**` crosses segments, `[..]` and `{a,b}` as usual. A pattern that names a
//! directory does not take what lies below it; write `dir/**`.

use std::fmt;
use std::sync::OnceLock;

use globset::{Glob, GlobBuilder, GlobMatcher};

use crate::TreePath;

/// A text that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("take {pattern:?} as a path pattern: {reason}")]
pub struct PatternError {
    /// The text.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A checked path pattern.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    glob: Glob,
    /// Made at the first question: most patterns of a project are never asked, and making one costs more than reading it.
    matcher: OnceLock<GlobMatcher>,
}

impl Pattern {
    /// Checks `text`.
    ///
    /// # Errors
    /// [`PatternError`] if it is empty, absolute, or no glob.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let wrong = |reason: String| PatternError { pattern: text.to_owned(), reason };
        if text.is_empty() {
            return Err(wrong("it is empty".into()));
        }
        if text.starts_with('/') {
            return Err(wrong("paths in a tree are relative; write it without the leading slash".into()));
        }
        let glob = GlobBuilder::new(text)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|cause| wrong(cause.kind().to_string()))?;
        Ok(Self { text: text.to_owned(), glob, matcher: OnceLock::new() })
    }

    /// Whether the pattern takes `path`.
    #[must_use]
    pub fn matches(&self, path: &TreePath) -> bool {
        self.matcher.get_or_init(|| self.glob.compile_matcher()).is_match(path.as_str())
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_segments() {
        let cases = [
            ("usr/lib/*.so", "usr/lib/a.so", true),
            ("usr/lib/*.so", "usr/lib/x/a.so", false),
            ("usr/**", "usr/lib/x/a.so", true),
            ("usr/**", "usr", false),
            ("**", "usr", true),
            ("**/*.a", "usr/lib/c.a", true),
            ("usr/{bin,sbin}/*", "usr/sbin/nft", true),
            ("usr/lib/lib?.so", "usr/lib/libc.so", true),
        ];
        for (pattern, path, expected) in cases {
            let path = TreePath::parse(path).unwrap();
            assert_eq!(Pattern::parse(pattern).unwrap().matches(&path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for bad in ["", "/usr/*", "usr/[", "usr/{a"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }
}
