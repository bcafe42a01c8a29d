// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Keys and numbers from seeds.

use ashlar_attestation::PublisherKey;
use ashlar_digest::Sha256;
use ashlar_module_signature::EcdsaSigner;
use base64::Engine as _;

/// Numbers that look random and are the same in every run.
#[derive(Debug)]
pub(crate) struct Random {
    seed: String,
    counter: u64,
}

impl Random {
    pub(crate) fn new(seed: &str) -> Self {
        Self { seed: seed.to_owned(), counter: 0 }
    }

    pub(crate) fn block(&mut self) -> [u8; 32] {
        self.counter += 1;
        *Sha256::of(format!("{} {}", self.seed, self.counter).as_bytes()).as_bytes()
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let block = self.block();
        (u64::from_le_bytes(*block.first_chunk().unwrap()) % limit as u64) as usize
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = self.block();
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

/// The key of a ceremony.
pub(crate) fn ceremony_key(seed: &str) -> EcdsaSigner {
    let mut random = Random::new(seed);
    EcdsaSigner::generate(&mut |bytes| random.fill(bytes)).unwrap()
}

/// The long-lived key of a publisher or a rebuilder.
pub(crate) fn publisher_key(seed: &str) -> PublisherKey {
    let mut scalar = [0; 48];
    Random::new(seed).fill(&mut scalar);
    // Below the order whatever the seed is.
    scalar[0] = 0x7f;
    // PKCS#8 around ECPrivateKey without the public half.
    let mut der = vec![0x30, 0x4e, 2, 1, 0, 0x30, 0x10, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    der.extend_from_slice(&[6, 5, 0x2b, 0x81, 4, 0, 0x22, 4, 0x37, 0x30, 0x35, 2, 1, 1, 4, 0x30]);
    der.extend_from_slice(&scalar);
    let base64 = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> =
        base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let text = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
    PublisherKey::from_pem(&text).unwrap()
}
