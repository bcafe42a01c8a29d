// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What came of a comparison.

use std::fmt;

/// Why something may differ between two releases of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A signature of a module, by an ephemeral key.
    ModuleSignature,
    /// The ephemeral certificate, or the place that the kernel holds it in.
    Certificate,
    /// Something that a person's or a ceremony's key says of the release.
    Statement,
    /// The version, or the release id that it is part of.
    Version,
    /// A function of parts of other files: it may differ only where something of the release does.
    Derived,
    /// How the other parts of the same file are written down, with its checksums: it may differ only where one of them does.
    Encoding,
    /// A file that a release may carry or not, whose content is given by its name: it may be missing, and not differ.
    Carried,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ModuleSignature => "module signature",
            Self::Certificate => "certificate",
            Self::Statement => "statement",
            Self::Version => "version",
            Self::Derived => "derived",
            Self::Encoding => "encoding",
            Self::Carried => "carried",
        })
    }
}

/// What a comparison of one file or part gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The same bytes.
    Identical,
    /// Other bytes, which may differ.
    Excluded {
        /// Why they may.
        reason: Reason,
        /// The pattern of the exclusion.
        pattern: &'static str,
    },
    /// Other bytes.
    Differs {
        /// The first byte that differs, or the length of the shorter one.
        offset: u64,
    },
    /// The second release has no such file or part.
    OnlyInFirst,
    /// The first release has no such file or part.
    OnlyInSecond,
    /// The same parts in another order.
    Order,
    /// A decoder should know it, but could not take it apart; so nothing in it was compared.
    Undecodable {
        /// What the decoder says.
        reason: String,
    },
}

impl Outcome {
    /// Whether this is a difference that nothing excuses.
    #[must_use]
    pub const fn is_difference(&self) -> bool {
        !matches!(self, Self::Identical | Self::Excluded { .. })
    }
}

/// One file or part, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path of the file; names of parts behind it, with `!` before each.
    pub path: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// Everything that was compared, in order of paths. A file that was taken apart stands there by its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub(crate) entries: Vec<Entry>,
}

impl Report {
    /// All entries.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The differences that nothing excuses; the first is the one to look at.
    pub fn differences(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.outcome.is_difference())
    }

    /// Whether the two releases are of one source: nothing differs but what may.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.differences().next().is_none()
    }
}
