// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The `verity` target's table and status, as text.
//!
//! Format: Documentation/admin-guide/device-mapper/verity.rst of the kernel.
//!
//! ```text
//! 1 <data dev> <hash dev> <data block size> <hash block size> <data blocks> <hash start block> <algorithm> <root hash> <salt>
//!   [<number of options> <option>…]
//! ```
//! No option is ever asked for: a corrupted block is then an I/O error, which can be reported, and not a restart.

use crate::error::Malformed;
use std::fmt;

/// One verity table line (hash format version 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VerityTable {
    /// "major:minor".
    pub(crate) data_device: String,
    /// "major:minor".
    pub(crate) hash_device: String,
    /// In bytes.
    pub(crate) data_block_size: u32,
    /// In bytes.
    pub(crate) hash_block_size: u32,
    pub(crate) data_blocks: u64,
    /// In hash blocks, from the start of the hash device.
    pub(crate) hash_start_block: u64,
    pub(crate) algorithm: String,
    /// Lowercase hex.
    pub(crate) root_hash: String,
    /// Lowercase hex, or `-`.
    pub(crate) salt: String,
    pub(crate) options: Vec<String>,
}

impl VerityTable {
    /// # Errors
    /// If the line is not a version 1 table.
    pub(crate) fn parse(line: &str) -> Result<Self, Malformed> {
        let words: Vec<&str> = line.split(' ').collect();
        let [
            "1",
            data_device,
            hash_device,
            data_block_size,
            hash_block_size,
            data_blocks,
            hash_start_block,
            algorithm,
            root_hash,
            salt,
            options @ ..,
        ] = words.as_slice()
        else {
            return Err(Malformed::new(format!("{line:?} is not a verity table of version 1")));
        };
        let options = match options {
            [] => Vec::new(),
            [count, options @ ..] if count.parse() == Ok(options.len()) => {
                options.iter().map(|&option| option.to_owned()).collect()
            }
            [..] => {
                return Err(Malformed::new(format!("{line:?} has another number of options than it says")));
            }
        };
        Ok(Self {
            data_device: (*data_device).to_owned(),
            hash_device: (*hash_device).to_owned(),
            data_block_size: number(line, data_block_size)?,
            hash_block_size: number(line, hash_block_size)?,
            data_blocks: number(line, data_blocks)?,
            hash_start_block: number(line, hash_start_block)?,
            algorithm: (*algorithm).to_owned(),
            root_hash: (*root_hash).to_owned(),
            salt: (*salt).to_owned(),
            options,
        })
    }

    /// Size of the verified device in bytes.
    pub(crate) fn data_size(&self) -> u64 {
        self.data_blocks.saturating_mul(u64::from(self.data_block_size))
    }
}

impl fmt::Display for VerityTable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "1 {} {} {} {} {} {} {} {} {}",
            self.data_device,
            self.hash_device,
            self.data_block_size,
            self.hash_block_size,
            self.data_blocks,
            self.hash_start_block,
            self.algorithm,
            self.root_hash,
            self.salt
        )?;
        if !self.options.is_empty() {
            write!(out, " {} {}", self.options.len(), self.options.join(" "))?;
        }
        Ok(())
    }
}

fn number<T: std::str::FromStr>(line: &str, word: &str) -> Result<T, Malformed> {
    word.parse().map_err(|_| Malformed::new(format!("{word:?} in {line:?} is not a number in range")))
}

/// What the target says about the blocks that were read until now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VerityStatus {
    /// `V`: no corruption was seen.
    Verified,
    /// `C`: at least one block was corrupted.
    Corrupted,
}

impl VerityStatus {
    /// # Errors
    /// If the status line begins with neither `V` nor `C`.
    pub(crate) fn parse(line: &str) -> Result<Self, Malformed> {
        // Newer kernels append a counter of corrected errors after the letter.
        match line.split(' ').next() {
            Some("V") => Ok(Self::Verified),
            Some("C") => Ok(Self::Corrupted),
            _ => Err(Malformed::new(format!("{line:?} is not a verity status"))),
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Corrupted => "corrupted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "1 7:0 7:0 4096 4096 16 17 sha256 00ff ab";

    #[test]
    fn a_table_line_reads_back_as_itself() {
        for line in [LINE.to_owned(), format!("{LINE} 2 restart_on_corruption ignore_zero_blocks")] {
            assert_eq!(VerityTable::parse(&line).unwrap().to_string(), line);
        }
        let table = VerityTable::parse(LINE).unwrap();
        assert_eq!((table.root_hash.as_str(), table.data_size()), ("00ff", 65536));
    }

    #[test]
    fn other_lines_are_refused() {
        for line in [
            "",
            "0 7:0 7:0 4096 4096 16 17 sha256 00ff ab",
            "1 7:0 7:0 4096 4096 16 17 sha256 00ff",
            "1 7:0 7:0 4096 4096 x 17 sha256 00ff ab",
            "1 7:0 7:0 4096 4096 16 17 sha256 00ff ab 2 only_one",
            "1  7:0 7:0 4096 4096 16 17 sha256 00ff ab",
        ] {
            assert!(VerityTable::parse(line).is_err(), "{line:?}");
        }
    }

    #[test]
    fn status_is_one_letter() {
        let cases = [
            ("V", Some(VerityStatus::Verified)),
            ("C", Some(VerityStatus::Corrupted)),
            ("V 0", Some(VerityStatus::Verified)),
            ("", None),
            ("X", None),
        ];
        for (line, expected) in cases {
            assert_eq!(VerityStatus::parse(line).ok(), expected, "{line:?}");
        }
    }
}
