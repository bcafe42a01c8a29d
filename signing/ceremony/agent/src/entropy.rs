// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The randomness that a key is made of.
//!
//! The kernel gives 64 bytes before the filter is in place, so that `getrandom` need not be allowed afterwards. What the
//! request commits to is mixed in when it comes: before that there is no key, and nobody can compute one.
//! ```text
//! block i = SHA-512(label | seed (64) | SHA-256 of the committed digests (32) | i (big-endian u64))
//! ```
//! Each key takes as many blocks as it needs: 48 bytes for P-384, some thousands for the primes of RSA.

use ashlar_module_signature::Sha256;
use rustix::rand::{GetRandomFlags, getrandom};
use sha2::{Digest as _, Sha512};
use zeroize::Zeroizing;

use crate::error::AgentError;

const LABEL: &[u8] = b"ashlar signing agent: key material, version 1\n";

/// What the kernel gave, not yet of any use.
pub(crate) struct Seed(Zeroizing<[u8; 64]>);

impl Seed {
    /// Draws from the kernel; waits until its generator is initialised.
    pub(crate) fn draw() -> Result<Self, AgentError> {
        let mut seed = Self(Zeroizing::new([0; 64]));
        let fail = |source| AgentError::Harden { step: "draw random bytes", source };
        // Up to 256 bytes come whole and without interruption (getrandom(2)).
        let drawn =
            getrandom(&mut seed.0[..], GetRandomFlags::empty()).map_err(|errno| fail(errno.into()))?;
        if drawn == seed.0.len() { Ok(seed) } else { Err(fail(std::io::ErrorKind::UnexpectedEof.into())) }
    }

    /// A seed that a test knows.
    #[cfg(test)]
    pub(crate) fn fixed(byte: u8) -> Self {
        Self(Zeroizing::new([byte; 64]))
    }

    /// Ties the seed to what is committed to.
    pub(crate) fn bind(self, committed: Sha256) -> KeyMaterial {
        KeyMaterial { seed: self, committed, block: 0 }
    }
}

/// An endless row of bytes that only this process can know.
pub(crate) struct KeyMaterial {
    seed: Seed,
    committed: Sha256,
    block: u64,
}

impl KeyMaterial {
    /// Overwrites `bytes`. No byte is given out twice.
    pub(crate) fn fill(&mut self, bytes: &mut [u8]) {
        #[cfg(feature = "known-key")]
        if let Ok(scalar) = <&mut [u8; 48]>::try_from(&mut *bytes) {
            return crate::scan::known_scalar(scalar);
        }
        for part in bytes.chunks_mut(64) {
            let mut state = Sha512::new_with_prefix(LABEL);
            state.update(&self.seed.0[..]);
            state.update(self.committed.as_bytes());
            state.update(self.block.to_be_bytes());
            self.block += 1;
            let block = Zeroizing::new(<[u8; 64]>::from(state.finalize()));
            part.iter_mut().zip(block.iter()).for_each(|(to, from)| *to = *from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn material(seed: u8, committed: &[u8]) -> [u8; 200] {
        let mut bytes = [0; 200];
        Seed::fixed(seed).bind(Sha256::of(committed)).fill(&mut bytes);
        bytes
    }

    #[test]
    fn the_kernel_gives_another_seed_each_time() {
        let (one, other) = (Seed::draw().unwrap(), Seed::draw().unwrap());
        assert_ne!(*one.0, *other.0);
        assert!(one.0.iter().any(|byte| *byte != 0) && one.0[56..] != [0; 8]);
    }

    #[test]
    fn a_key_is_a_function_of_seed_and_commitment() {
        assert_eq!(material(1, b"a"), material(1, b"a"));
        assert_ne!(material(1, b"a"), material(1, b"b"));
        assert_ne!(material(1, b"a"), material(2, b"a"));
    }

    #[test]
    fn no_byte_comes_twice() {
        let mut material = Seed::fixed(1).bind(Sha256::of(b""));
        let (mut first, mut second) = ([0; 49], [0; 49]);
        material.fill(&mut first);
        material.fill(&mut second);
        assert_ne!(first, second);
        assert_ne!(self::material(1, b"")[..64], self::material(1, b"")[64..128]);
    }
}
