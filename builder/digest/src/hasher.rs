// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Hashing of bytes that pass by: a writer that keeps only the digest and the count.

use std::io;

use sha2::Digest as _;

use crate::Sha256;

/// Takes bytes in pieces and gives their [`Sha256`] and number.
#[derive(Clone, Debug, Default)]
pub struct Hasher {
    state: sha2::Sha256,
    size: u64,
}

impl Hasher {
    /// A hasher that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.state.update(bytes);
        self.size += bytes.len() as u64;
    }

    /// Bytes seen so far.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The digest of all bytes seen.
    #[must_use]
    pub fn finish(self) -> Sha256 {
        Sha256::from_bytes(self.state.finalize().into())
    }
}

impl io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_and_whole_agree() {
        let mut hasher = Hasher::new();
        hasher.update(b"a");
        hasher.update(b"bc");
        assert_eq!(hasher.size(), 3);
        assert_eq!(hasher.finish(), Sha256::of(b"abc"));
    }
}
