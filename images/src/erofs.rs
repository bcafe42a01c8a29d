// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How the root file system is made: the exact command line of `mkfs.erofs`, as data.
//!
//! The program is the seed's (erofs-utils 1.8), run in the sandbox on the stream of [`crate::write_tar`]; measured, its
//! output then is the same for any number of workers. Every option that reaches the bytes is written here,
//! so that a new default of a new version changes nothing in silence.

use std::fmt;

use ashlar_digest::Sha256;

use crate::{ImageError, Uuid};

/// A compressor that the kernel fragments build in, and its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compressor {
    /// LZ4.
    Lz4,
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
    /// Takes the `compressor` and `level` of an image definition.
    ///
    /// # Errors
    /// [`ImageError::Compressor`] for a name that our kernels cannot read, or a level that it does not have.
    pub fn parse(name: &str, level: Option<u32>) -> Result<Self, ImageError> {
        let refuse = |reason| ImageError::Compressor { name: name.to_owned(), reason };
        let checked = |default: u8, greatest: u8| match level.map(u8::try_from) {
            None => Ok(default),
            Some(Ok(level)) if level <= greatest => Ok(level),
            Some(_) => Err(refuse("it has no such level")),
        };
        match name {
            "lz4" if level.is_some() => Err(refuse("it has no levels")),
            "lz4" => Ok(Self::Lz4),
            "lz4hc" => Ok(Self::Lz4hc { level: checked(12, 12)? }),
            "zstd" => Ok(Self::Zstd { level: checked(6, 22)? }),
            _ => Err(refuse("the kernel fragments do not build it in")),
        }
    }
}

impl fmt::Display for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lz4 => f.write_str("lz4"),
            Self::Lz4hc { level } => write!(f, "lz4hc,level={level}"),
            Self::Zstd { level } => write!(f, "zstd,level={level}"),
        }
    }
}

/// How file data is compressed. The choice is measured: docs/design/erofs-compressor.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression {
    /// The compressor.
    pub compressor: Compressor,
    /// The greatest number of bytes that are compressed together: a power of two from 4096 to 1 MiB.
    pub cluster: u32,
    /// Whether the tails of files are packed together.
    pub fragments: bool,
    /// Whether equal parts of files are stored once.
    pub dedupe: bool,
}

impl Compression {
    /// What the measurement chose.
    pub const MEASURED: Self =
        Self { compressor: Compressor::Zstd { level: 6 }, cluster: 65536, fragments: true, dedupe: false };

    /// Checks the cluster size.
    ///
    /// # Errors
    /// [`ImageError::Cluster`].
    pub fn new(
        compressor: Compressor,
        cluster: u32,
        fragments: bool,
        dedupe: bool,
    ) -> Result<Self, ImageError> {
        if !cluster.is_power_of_two() || !(4096..=1 << 20).contains(&cluster) {
            return Err(ImageError::Cluster { cluster });
        }
        Ok(Self { compressor, cluster, fragments, dedupe })
    }
}

/// One run of `mkfs.erofs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErofsPlan {
    /// How file data is compressed; `None` leaves it as it is.
    pub compression: Option<Compression>,
    /// Build time in the superblock, seconds since 1970; the files' times are in the stream.
    pub epoch: u64,
    /// UUID in the superblock.
    pub uuid: Uuid,
}

impl ErofsPlan {
    /// The program that runs the plan.
    pub const PROGRAM: &'static str = "mkfs.erofs";

    /// A plan whose UUID is derived from `subject`, a digest of whatever names the file system: the first 16
    /// bytes of SHA-256("ashlar erofs uuid v1\n" ‖ subject), as a version 8 UUID. Nothing relies on it.
    #[must_use]
    pub fn new(compression: Option<Compression>, epoch: u64, subject: Sha256) -> Self {
        Self { compression, epoch, uuid: Uuid::derived("ashlar erofs uuid v1\n", subject) }
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
        if let Some(compression) = self.compression {
            arguments.push(format!("-z{}", compression.compressor));
            arguments.push(format!("-C{}", compression.cluster));
            let packing = match (compression.fragments, compression.dedupe) {
                (false, false) => None,
                (true, false) => Some("-Efragments"),
                (false, true) => Some("-Ededupe"),
                (true, true) => Some("-Efragments,dedupe"),
            };
            arguments.extend(packing.map(str::to_owned));
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
        let plan = ErofsPlan::new(Some(Compression::MEASURED), 315_532_800, Sha256::of(b"abc"));
        assert_eq!(
            plan.arguments("root.erofs", "root.tar").join(" "),
            format!(
                "--quiet --tar=f --sort=path -b4096 -T315532800 --all-time -U{} -x2 -zzstd,level=6 -C65536 \
                 -Efragments root.erofs root.tar",
                plan.uuid
            )
        );
        let plain = ErofsPlan { compression: None, ..plan };
        assert!(!plain.arguments("i", "t").iter().any(|argument| argument.starts_with("-z")));
    }

    #[test]
    fn compressors_that_our_kernels_cannot_read_are_refused() {
        assert_eq!(Compressor::parse("zstd", None).unwrap(), Compression::MEASURED.compressor);
        assert_eq!(Compressor::parse("lz4hc", Some(9)).unwrap(), Compressor::Lz4hc { level: 9 });
        assert_eq!(Compressor::parse("lz4", None).unwrap(), Compressor::Lz4);
        for (name, level) in [
            ("zstd", Some(23)),
            ("zstd", Some(262)),
            ("lz4hc", Some(13)),
            ("lz4", Some(1)),
            ("none", None),
            ("lzma", None),
        ] {
            assert!(Compressor::parse(name, level).is_err(), "{name}");
        }
        for cluster in [0, 2048, 65537, 1 << 21] {
            assert!(Compression::new(Compressor::Lz4, cluster, true, true).is_err(), "{cluster}");
        }
        assert!(Compression::new(Compressor::Lz4, 1 << 20, true, true).is_ok());
    }
}
