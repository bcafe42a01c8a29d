// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where things are and who signed them: URLs, paths inside the project, OpenPGP fingerprints.

use std::fmt;

use ashlar_tree::TreePath;

use crate::code::Code;
use crate::error::Invalid;

/// A plain http or https URL of one file or folder. Nothing here trusts the host: bytes are checked by digest.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Url(String);

impl Url {
    /// Checks `text`.
    ///
    /// # Errors
    /// Without `http://` or `https://` and a host, or with spaces, credentials, or a fragment.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong =
            |reason: &str| Err(Invalid::new(Code::Url, format!("{text:?} is no usable URL: {reason}")));
        let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
            return wrong("it does not begin with https:// or http://");
        };
        if text.chars().any(|c| c.is_whitespace() || c.is_control() || "\"<>\\^`{|}".contains(c)) {
            return wrong("it holds a character that URLs cannot hold");
        }
        if text.contains('#') {
            return wrong("it has a fragment, which no server ever sees");
        }
        let host = rest.split(['/', '?']).next().unwrap_or_default();
        if host.contains('@') {
            return wrong("it holds a user name or a password");
        }
        if host.is_empty() || host.starts_with(':') {
            return wrong("it has no host");
        }
        Ok(Self(text.to_owned()))
    }

    /// The URL as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last segment of its path, without a query: the name a download gets. `None` for a folder.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        let path = self.0.split_once("://")?.1.split('?').next()?;
        let (_, name) = path.rsplit_once('/')?;
        (!name.is_empty()).then_some(name)
    }
}

/// A path of a file or folder inside a project, relative to the folder of its `ashlar.toml`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProjectPath(TreePath);

impl ProjectPath {
    /// Checks `text`.
    ///
    /// # Errors
    /// If it is absolute, leaves the project, or is not in its shortest form.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        tree_path(text).map(Self)
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The path as a path in the tree of the checkout.
    #[must_use]
    pub const fn as_tree_path(&self) -> &TreePath {
        &self.0
    }
}

/// Reads a path inside some tree, with a message of ours.
pub(crate) fn tree_path(text: &str) -> Result<TreePath, Invalid> {
    TreePath::parse(text).map_err(|cause| {
        let reason = match cause {
            ashlar_tree::TreeError::Path { reason, .. } => reason.to_owned(),
            other => other.to_string(),
        };
        Invalid::new(Code::Path, format!("{text:?} is no path here: {reason}"))
    })
}

/// Reads a path pattern inside some tree, with a message of ours.
pub(crate) fn pattern(text: &str) -> Result<ashlar_tree::Pattern, Invalid> {
    if text.split('/').any(|segment| segment == "..") {
        let message = format!("{text:?} is no path pattern: it has a segment `..`");
        return Err(Invalid::new(Code::Pattern, message));
    }
    ashlar_tree::Pattern::parse(text).map_err(|cause| {
        Invalid::new(Code::Pattern, format!("{text:?} is no path pattern: {}", cause.reason))
            .help("`*` stays within a folder, `**` crosses folders: `usr/lib/*.so.*`, `usr/share/**`")
    })
}

/// The fingerprint of an OpenPGP primary key: 40 hexadecimal digits (version 4), or 64 (version 6, RFC 9580 §5.5.4.3).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Checks `text`; blanks between groups of digits are allowed, as tools print them.
    ///
    /// # Errors
    /// If other characters or another number of digits remain. Short key ids are refused: they can be forged.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let digits: String = text.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_uppercase()).collect();
        if matches!(digits.len(), 40 | 64) && digits.chars().all(|c| c.is_ascii_hexdigit()) {
            return Ok(Self(digits));
        }
        Err(Invalid::new(Code::Fingerprint, format!("{text:?} is no OpenPGP fingerprint"))
            .help("write the 40 hexadecimal digits of the primary key; a short key id can be forged"))
    }

    /// The digits in upper case, without blanks.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! shown_as_text {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.as_str())
            }
        }
    )*};
}

shown_as_text!(Url, ProjectPath, Fingerprint);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_hide_something_are_refused() {
        assert_eq!(Url::parse("https://a.example/x/y.tar.xz?z").unwrap().file_name(), Some("y.tar.xz"));
        assert_eq!(Url::parse("https://a.example/x/").unwrap().file_name(), None);
        assert_eq!(Url::parse("https://a.example").unwrap().file_name(), None);
        for bad in [
            "",
            "ftp://a.example/x",
            "file:///etc/passwd",
            "https://",
            "https:///x",
            "https://user:secret@a.example/x",
            "https://a.example/x y",
            "https://a.example/x#y",
            "https://a.example/\nx",
        ] {
            assert!(Url::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn short_key_ids_can_be_forged_and_are_refused() {
        let spaced = "4CB5 0190 207B 4758 A3F7  3A79 6ED0 E7B8 2643 E131";
        assert_eq!(Fingerprint::parse(spaced).unwrap().as_str(), "4CB50190207B4758A3F73A796ED0E7B82643E131");
        for bad in ["", "2643E131", "6ED0E7B82643E131", "0x4CB50190207B4758A3F73A796ED0E7B82643E131"] {
            assert!(Fingerprint::parse(bad).is_err(), "{bad:?}");
        }
    }
}
