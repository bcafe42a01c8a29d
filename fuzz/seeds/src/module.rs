// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A module and its keyless signature: nobody has the key, so no other signature of it can be good.

use ashlar_module_signature::{ModuleDigest, ReleaseId, Subject, append, certificate, cms, keyless};

const MODULE: &[u8] = b"\x7fELF a module";
const EPOCH: u64 = 1_767_225_600;

/// A module with everything that signing it gives.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Digest of the unsigned module.
    pub digest: ModuleDigest,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// The detached signature.
    pub cms: Vec<u8>,
    /// The module with the signature appended.
    pub module: Vec<u8>,
}

/// The release of all seeds.
///
/// # Panics
/// Never.
#[must_use]
pub fn release() -> ReleaseId {
    ReleaseId::parse("ashlar-qemu-1.0.0-x86_64").unwrap()
}

/// Signs the module.
///
/// # Panics
/// Never for this module.
#[must_use]
pub fn signed() -> Signed {
    let digest = ModuleDigest::of(MODULE);
    let derived = keyless(&digest).unwrap();
    let certificate = certificate(&Subject::Module(digest), &release(), EPOCH, &derived.public_key).unwrap();
    let cms = cms(&release(), &derived.public_key, &derived.signature).unwrap();
    let module = append(MODULE, &cms).unwrap();
    Signed { digest, certificate, cms, module }
}

/// The certificate that a ceremony would give the same key.
///
/// # Panics
/// Never for this module.
#[must_use]
pub fn ceremony_certificate() -> Vec<u8> {
    let key = keyless(&ModuleDigest::of(MODULE)).unwrap().public_key;
    certificate(&Subject::Release, &release(), EPOCH, &key).unwrap()
}
