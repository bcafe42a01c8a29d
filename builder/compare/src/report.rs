// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What came of a comparison, as values.

use crate::text::Hunks;

/// How much is looked into and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Files of an artifact or archive whose contents are taken apart; of the others only the sizes are told.
    pub contents: usize,
    /// The most bytes of a file of an artifact that is read; of a larger one only the sizes are told.
    pub largest: u64,
    /// Paths shown as lines.
    pub paths: usize,
    /// Lines of text shown of one file.
    pub lines: usize,
    /// Sections, or members, shown of one file.
    pub parts: usize,
    /// The most bytes that a compressed file is unpacked to, with all that is unpacked from it in turn; one that holds more is compared
    /// as it is.
    pub unpacked: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { contents: 200, largest: 1 << 30, paths: 40, lines: 40, parts: 12, unpacked: 1 << 30 }
    }
}

/// Two artifacts, or two archives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What differs, in byte order of paths.
    pub entries: Vec<Entry>,
    /// How many paths are the same in both.
    pub same: usize,
    /// Whether members that both have stand in another order. Trees have none.
    pub reordered: bool,
}

impl Comparison {
    /// Whether nothing differs.
    #[must_use]
    pub const fn is_same(&self) -> bool {
        self.entries.is_empty() && !self.reordered
    }
}

/// A path at which something differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path in the artifact; of the second member of one name in an archive, with `#2` behind it.
    pub path: String,
    /// In which ways; never empty.
    pub changes: Vec<Change>,
}

/// One way in which something differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Only the second has it.
    Added {
        /// What it is, such as `file, 12 bytes`.
        what: String,
    },
    /// Only the first has it.
    Removed {
        /// What it was.
        what: String,
    },
    /// Something that is said of it: type, mode, owner, target, an attribute, a time.
    Fact {
        /// What.
        what: String,
        /// In the first; `None` if it says nothing.
        before: Option<String>,
        /// In the second.
        after: Option<String>,
    },
    /// Its content.
    Content(Content),
}

/// Two contents that differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Bytes of the first.
    pub before: u64,
    /// Bytes of the second.
    pub after: u64,
    /// Where.
    pub detail: Detail,
}

/// Where two contents differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Both are text.
    Text(Hunks),
    /// Both are ELF files: the sections that differ. Where none does, the first byte.
    Elf {
        /// In the order of the first.
        sections: Vec<Section>,
        /// Outside of all sections.
        rest: Option<Window>,
    },
    /// Both are archives.
    Members {
        /// Such as `tar`.
        format: &'static str,
        /// What differs in them.
        members: Comparison,
        /// Where nothing does: the first byte, of what nobody looks into, such as inodes and padding.
        rest: Option<Window>,
    },
    /// Both are compressed.
    Packed {
        /// Such as `gzip`.
        format: &'static str,
        /// What differs in what is inside; `None` if that is the same.
        inside: Option<Box<Content>>,
    },
    /// Anything else.
    Bytes(Window),
    /// There are too many, or it is too large.
    Unread,
}

/// A section of an ELF file that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its name; of the second section of one name with `#2` behind it.
    pub name: String,
    /// Its size in the first; `None` if it has none.
    pub before: Option<u64>,
    /// Its size in the second.
    pub after: Option<u64>,
    /// The first byte of it that differs, where both have it.
    pub offset: Option<u64>,
    /// The symbol of the first file that this byte belongs to.
    pub symbol: Option<String>,
    /// The strings in it that differ, for sections that hold strings.
    pub strings: Option<Hunks>,
}

/// The surroundings of the first byte that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Where that byte stands.
    pub offset: u64,
    /// How many bytes differ, of those that both have.
    pub differing: u64,
    /// Where the bytes below begin.
    pub start: u64,
    /// Bytes of the first.
    pub before: Vec<u8>,
    /// Bytes of the second.
    pub after: Vec<u8>,
}
