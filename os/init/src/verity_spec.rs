// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where the data and the hash tree of a verified file system lie on their device, and what they must hash to.
//!
//! boot.json says it of the root (boot.rs), the list of extensions of each extension (extension_list.rs). Data and
//! tree are on one device: data from its start, at `hash_offset` the superblock of cryptsetup's verity format, and the
//! tree one block after it.

use crate::dm_message::DeviceNumber;
use crate::error::Malformed;
use crate::verity::VerityTable;

/// What is asked of device-mapper; trusted as far as the file that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VeritySpec {
    pub(crate) data_blocks: u64,
    /// In bytes.
    pub(crate) hash_offset: u64,
    /// 64 lowercase hex digits.
    pub(crate) root_hash: String,
    /// Lowercase hex, or `-`.
    pub(crate) salt: String,
    /// In bytes, of data and of hashes.
    pub(crate) block_size: u32,
}

impl VeritySpec {
    /// The same, after checking it.
    ///
    /// # Errors
    /// On values that device-mapper could only misunderstand.
    pub(crate) fn checked(self) -> Result<Self, Malformed> {
        let block_size = self.block_size;
        if !(512..=65536).contains(&block_size) || !block_size.is_power_of_two() {
            return Err(Malformed::new(format!(
                "block_size {block_size} is no power of two from 512 to 65536"
            )));
        }
        if !is_root_hash(&self.root_hash) {
            return Err(Malformed::new("root_hash is not 64 lowercase hex digits"));
        }
        if self.salt != "-" && (!is_hex(&self.salt) || self.salt.len() > 512) {
            return Err(Malformed::new("salt is neither lowercase hex of at most 256 bytes nor -"));
        }
        let data_size = self.data_blocks.checked_mul(u64::from(block_size));
        if self.data_blocks == 0 || data_size.is_none_or(|size| size > self.hash_offset) {
            return Err(Malformed::new("the data blocks do not end before hash_offset"));
        }
        if !self.hash_offset.is_multiple_of(u64::from(block_size)) {
            return Err(Malformed::new("hash_offset is not a multiple of block_size"));
        }
        Ok(self)
    }

    /// The verity table that asks for this on `device`, which holds data and tree.
    pub(crate) fn table(&self, device: DeviceNumber) -> VerityTable {
        VerityTable {
            data_device: device.to_string(),
            hash_device: device.to_string(),
            data_block_size: self.block_size,
            hash_block_size: self.block_size,
            data_blocks: self.data_blocks,
            hash_start_block: self.hash_offset / u64::from(self.block_size) + 1,
            algorithm: "sha256".to_owned(),
            root_hash: self.root_hash.clone(),
            salt: self.salt.clone(),
            options: Vec::new(),
        }
    }
}

/// Whether `text` is a SHA-256 as it is written everywhere here.
pub(crate) fn is_root_hash(text: &str) -> bool {
    is_hex(text) && text.len() == 64
}

fn is_hex(text: &str) -> bool {
    !text.is_empty()
        && text.len().is_multiple_of(2)
        && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_64_lowercase_digits_are_a_root_hash() {
        let good = "0f".repeat(32);
        assert!(is_root_hash(&good));
        for bad in ["", &good[1..], &good.to_uppercase(), &good.replace('f', "g"), &format!("{good}00")] {
            assert!(!is_root_hash(bad), "{bad:?}");
        }
    }

    #[test]
    fn the_tree_begins_one_block_after_its_superblock() {
        let spec = VeritySpec {
            data_blocks: 3,
            hash_offset: 12288,
            root_hash: "0f".repeat(32),
            salt: "-".to_owned(),
            block_size: 4096,
        };
        let table = spec.checked().unwrap().table(DeviceNumber { major: 254, minor: 16 });
        let expected = format!("1 254:16 254:16 4096 4096 3 4 sha256 {} -", "0f".repeat(32));
        assert_eq!(table.to_string(), expected);
    }
}
