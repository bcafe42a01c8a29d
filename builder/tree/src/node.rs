// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What stands at a path: a directory, a file or a symbolic link, with who owns it and who may touch it.

use std::collections::BTreeMap;
use std::fmt;

use ashlar_digest::BlobDigest;

use crate::TreeError;

/// The twelve permission bits of a file or directory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mode(u16);

impl Mode {
    /// What a directory has unless something else is declared: 0755.
    pub const DIRECTORY: Self = Self(0o755);
    /// What a file that nobody executes has: 0644.
    pub const PLAIN: Self = Self(0o644);
    /// What a program or script has: 0755.
    pub const EXECUTABLE: Self = Self(0o755);

    /// Checks that `mode` has permission bits only.
    ///
    /// # Errors
    /// [`TreeError::Mode`] beyond 0o7777.
    pub fn new(mode: u32) -> Result<Self, TreeError> {
        match u16::try_from(mode) {
            Ok(bits) if bits <= 0o7777 => Ok(Self(bits)),
            _ => Err(TreeError::Mode { mode }),
        }
    }

    /// The bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0 as u32
    }

    /// Whether the owner may execute it.
    #[must_use]
    pub const fn is_executable(self) -> bool {
        self.0 & 0o100 != 0
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

impl fmt::Debug for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Mode, owner and extended attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Permission bits.
    pub mode: Mode,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Extended attributes by full name (`security.capability`).
    pub xattrs: BTreeMap<String, Vec<u8>>,
}

impl Metadata {
    /// Owned by root, without attributes.
    #[must_use]
    pub const fn root(mode: Mode) -> Self {
        Self { mode, uid: 0, gid: 0, xattrs: BTreeMap::new() }
    }
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A directory.
    Directory(Metadata),
    /// A regular file.
    File {
        /// Mode, owner, attributes.
        metadata: Metadata,
        /// Digest of the content.
        blob: BlobDigest,
        /// Length of the content in bytes.
        size: u64,
    },
    /// A symbolic link. It has no mode of its own.
    Symlink {
        /// Where it points, as written.
        target: String,
        /// Owner.
        uid: u32,
        /// Group.
        gid: u32,
    },
}

impl Node {
    /// A directory 0755 of root.
    #[must_use]
    pub const fn directory() -> Self {
        Self::Directory(Metadata::root(Mode::DIRECTORY))
    }

    /// A file of root, 0755 or 0644.
    #[must_use]
    pub const fn file(blob: BlobDigest, size: u64, executable: bool) -> Self {
        let mode = if executable { Mode::EXECUTABLE } else { Mode::PLAIN };
        Self::File { metadata: Metadata::root(mode), blob, size }
    }

    /// A link of root.
    #[must_use]
    pub fn symlink(target: impl Into<String>) -> Self {
        Self::Symlink { target: target.into(), uid: 0, gid: 0 }
    }

    /// Whether it is a directory.
    #[must_use]
    pub const fn is_directory(&self) -> bool {
        matches!(self, Self::Directory(_))
    }
}
