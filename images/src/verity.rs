// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The dm-verity hash area of a root: every block that is read later is checked against one hash.
//!
//! Format: cryptsetup's docs/on-disk-format of verity, version 1, and
//! Documentation/admin-guide/device-mapper/verity.rst; SHA-256, blocks of 4096 bytes, a salt of 32 bytes:
//! ```text
//! superblock (512 bytes) and zeroes up to 4096
//! root level: one block of up to 128 digests
//! …
//! level 0: for each data block SHA-256(salt ‖ block); each level padded with zeroes to whole blocks
//! ```
//! The root hash is SHA-256(salt ‖ the root level's block). It equals `veritysetup format` byte for byte.
//!
//! Salt and UUID are derived from the content, so they need no random numbers and cannot carry a message:
//! salt = SHA-256("ashlar verity salt v1\n" ‖ D), UUID = the first 16 bytes of SHA-256("ashlar verity uuid v1\n" ‖ D)
//! with version 8 and variant of RFC 9562; D = the 32 bytes of the content's SHA-256.

use std::fmt;
use std::io::{self, Read};

use ashlar_digest::{Hasher, Sha256};

use crate::ImageError;

/// Bytes in a block, of data and of hashes.
pub const VERITY_BLOCK: usize = 4096;

/// The salt that goes in front of every block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// Takes 32 bytes chosen elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Sha256::from_bytes(self.0).fmt(f)
    }
}

/// A UUID of 16 bytes, shown in the usual groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uuid([u8; 16]);

impl Uuid {
    /// Takes 16 bytes chosen elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// A version 8 UUID (RFC 9562 §5.8) from the digest of `context` and `content`.
    pub(crate) fn derived(context: &str, content: Sha256) -> Self {
        let digest = derive(context, content);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

fn derive(context: &str, content: Sha256) -> [u8; 32] {
    let mut hasher = Hasher::new();
    hasher.update(context.as_bytes());
    hasher.update(content.as_bytes());
    *hasher.finish().as_bytes()
}

/// What a tree depends on beside the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerityParameters {
    /// The salt.
    pub salt: Salt,
    /// The UUID in the superblock; no hash covers it.
    pub uuid: Uuid,
}

impl VerityParameters {
    /// Derives both from the digest of the data that is to be protected.
    #[must_use]
    pub fn from_content(content: Sha256) -> Self {
        Self {
            salt: Salt(derive("ashlar verity salt v1\n", content)),
            uuid: Uuid::derived("ashlar verity uuid v1\n", content),
        }
    }
}

/// The hash that stands for all data: an image's identity at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RootHash(Sha256);

impl RootHash {
    /// Declares that `digest` is a root hash, as read from a device or a file.
    #[must_use]
    pub const fn new(digest: Sha256) -> Self {
        Self(digest)
    }
}

impl fmt::Display for RootHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The hash area over some data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerityTree {
    /// Salt and UUID used.
    pub parameters: VerityParameters,
    /// Number of data blocks.
    pub data_blocks: u64,
    /// The root hash.
    pub root_hash: RootHash,
    /// Superblock and all levels: what is appended to the data.
    pub hash_area: Vec<u8>,
}

impl VerityTree {
    /// Reads `size` bytes from `data`, once, and makes their tree. Memory: 1/128 of the size.
    ///
    /// # Errors
    /// [`ImageError::VeritySize`] if `size` is not one or more whole blocks, [`ImageError::VerityRead`].
    pub fn build(data: &mut dyn Read, size: u64, parameters: VerityParameters) -> Result<Self, ImageError> {
        const BLOCK: u64 = VERITY_BLOCK as u64;
        if size == 0 || !size.is_multiple_of(BLOCK) {
            return Err(ImageError::VeritySize { size });
        }
        let data_blocks = size / BLOCK;
        let mut level = Vec::new();
        let mut block = [0; VERITY_BLOCK];
        for index in 0..data_blocks {
            data.read_exact(&mut block)
                .map_err(|source| ImageError::VerityRead { offset: index * BLOCK, source })?;
            level.extend_from_slice(&hash_block(&parameters.salt, &block));
        }
        refuse_more(data, size)?;
        // One data block has no level: its hash is the root hash.
        let mut levels: Vec<Vec<u8>> = Vec::new();
        while level.len() > 32 {
            level.resize(level.len().next_multiple_of(VERITY_BLOCK), 0);
            let above =
                level.chunks(VERITY_BLOCK).flat_map(|chunk| hash_block(&parameters.salt, chunk)).collect();
            levels.push(std::mem::replace(&mut level, above));
        }
        let mut root = [0; 32];
        root.copy_from_slice(&level);
        let mut hash_area = superblock(&parameters, data_blocks);
        for level in levels.iter().rev() {
            hash_area.extend_from_slice(level);
        }
        let root_hash = RootHash(Sha256::from_bytes(root));
        Ok(Self { parameters, data_blocks, root_hash, hash_area })
    }

    /// Bytes of data, and so the offset of the hash area when it is appended.
    #[must_use]
    pub const fn data_size(&self) -> u64 {
        self.data_blocks * VERITY_BLOCK as u64
    }
}

fn hash_block(salt: &Salt, block: &[u8]) -> [u8; 32] {
    let mut hasher = Hasher::new();
    hasher.update(&salt.0);
    hasher.update(block);
    *hasher.finish().as_bytes()
}

/// Data beyond the stated size would stay unprotected.
fn refuse_more(data: &mut dyn Read, size: u64) -> Result<(), ImageError> {
    let error = |source| ImageError::VerityRead { offset: size, source };
    let mut byte = [0];
    match data.read(&mut byte) {
        Ok(0) => Ok(()),
        Ok(_) => Err(error(io::Error::new(io::ErrorKind::InvalidData, "there is more data than was stated"))),
        Err(source) => Err(error(source)),
    }
}

/// `struct verity_sb` of cryptsetup (lib/verity/verity.c), padded to a block.
fn superblock(parameters: &VerityParameters, data_blocks: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(VERITY_BLOCK);
    bytes.extend_from_slice(b"verity\0\0");
    bytes.extend_from_slice(&1_u32.to_le_bytes()); // version
    bytes.extend_from_slice(&1_u32.to_le_bytes()); // hash type: salt in front
    bytes.extend_from_slice(&parameters.uuid.0);
    bytes.extend_from_slice(b"sha256");
    bytes.resize(64, 0);
    bytes.extend_from_slice(&(VERITY_BLOCK as u32).to_le_bytes()); // data block
    bytes.extend_from_slice(&(VERITY_BLOCK as u32).to_le_bytes()); // hash block
    bytes.extend_from_slice(&data_blocks.to_le_bytes());
    bytes.extend_from_slice(&32_u16.to_le_bytes()); // salt length
    bytes.resize(88, 0);
    bytes.extend_from_slice(&parameters.salt.0);
    bytes.resize(VERITY_BLOCK, 0);
    bytes
}

#[cfg(test)]
mod tests;
