// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How the root file system is made: the exact command line of `mkfs.erofs`, as data.
//!
//! The program is the seed's (erofs-utils 1.8), run in the sandbox on the stream of [`crate::write_tar`]; measured, its
//! output then is the same for any number of workers. Every option that reaches the bytes is written here,
//! so that a new default of a new version changes nothing in silence.

use std::fmt;

use ashlar_digest::Sha256;

use crate::Uuid;

/// How file data is compressed. The choice is measured: docs/design/erofs-compressor.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compressor {
    /// No compression.
    None,
    /// LZ4 in its slow, denser form; level 0 to 12.
    Lz4hc {
        /// Level.
        level: u8,
    },
    /// Zstandard; level 0 to 22.
    Zstd {
        /// Level.
        level: u8,
    },
}

impl Compressor {
    /// What images use unless their definition says otherwise.
    pub const DEFAULT: Self = Self::Zstd { level: 6 };

    /// Takes the `compressor` and `level` of an image definition; `None` for a name or level that does not exist.
    #[must_use]
    pub fn parse(name: &str, level: Option<u8>) -> Option<Self> {
        match (name, level) {
            ("none", None) => Some(Self::None),
            ("lz4hc", level) => {
                let level = level.unwrap_or(12);
                (level <= 12).then_some(Self::Lz4hc { level })
            }
            ("zstd", level) => {
                let level = level.unwrap_or(6);
                (level <= 22).then_some(Self::Zstd { level })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Lz4hc { level } => write!(f, "lz4hc,level={level}"),
            Self::Zstd { level } => write!(f, "zstd,level={level}"),
        }
    }
}

/// One run of `mkfs.erofs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErofsPlan {
    /// How file data is compressed.
    pub compressor: Compressor,
    /// Build time in the superblock, seconds since 1970; the files' times are in the stream.
    pub epoch: u64,
    /// UUID in the superblock.
    pub uuid: Uuid,
}

impl ErofsPlan {
    /// The program that runs the plan.
    pub const PROGRAM: &'static str = "mkfs.erofs";

    /// A plan whose UUID is derived from `content`, a digest of what goes into the file system (its tree's):
    /// the first 16 bytes of SHA-256("ashlar erofs uuid v1\n" ‖ content), as a version 8 UUID.
    #[must_use]
    pub fn new(compressor: Compressor, epoch: u64, content: Sha256) -> Self {
        Self { compressor, epoch, uuid: Uuid::derived("ashlar erofs uuid v1\n", content) }
    }

    /// All arguments, in order, to make `image` from the tar stream in the file `tar`.
    #[must_use]
    pub fn arguments(&self, image: &str, tar: &str) -> Vec<String> {
        let mut arguments = vec![
            "--quiet".to_owned(),
            "--tar=f".to_owned(),
            "--sort=path".to_owned(),
            // Blocks of the page size are the default, and the page size is the machine's.
            "-b4096".to_owned(),
            format!("-T{}", self.epoch),
            "--all-time".to_owned(),
            format!("-U{}", self.uuid),
            // Keep attributes with the inode unless at least two files share one.
            "-x2".to_owned(),
        ];
        if self.compressor != Compressor::None {
            arguments.push(format!("-z{}", self.compressor));
            arguments.push("-C65536".to_owned());
            arguments.push("-Eztailpacking,fragments".to_owned());
        }
        arguments.push(image.to_owned());
        arguments.push(tar.to_owned());
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_command_line_is_pinned() {
        let plan = ErofsPlan::new(Compressor::DEFAULT, 315_532_800, Sha256::of(b"abc"));
        assert_eq!(
            plan.arguments("root.erofs", "root.tar").join(" "),
            format!(
                "--quiet --tar=f --sort=path -b4096 -T315532800 --all-time -U{} -x2 -zzstd,level=6 -C65536 \
                 -Eztailpacking,fragments root.erofs root.tar",
                plan.uuid
            )
        );
        let plain = ErofsPlan { compressor: Compressor::None, ..plan };
        assert!(!plain.arguments("i", "t").iter().any(|argument| argument.starts_with("-z")));
    }

    #[test]
    fn compressors_that_do_not_exist_are_refused() {
        assert_eq!(Compressor::parse("zstd", None), Some(Compressor::DEFAULT));
        assert_eq!(Compressor::parse("lz4hc", Some(9)), Some(Compressor::Lz4hc { level: 9 }));
        assert_eq!(Compressor::parse("none", None), Some(Compressor::None));
        for (name, level) in [("zstd", Some(23)), ("lz4hc", Some(13)), ("none", Some(1)), ("gzip", None)] {
            assert_eq!(Compressor::parse(name, level), None, "{name}");
        }
    }
}
