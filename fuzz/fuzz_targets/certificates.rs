// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Certificates of a release: one list of bytes for a list of certificates, and two readers of keys that agree.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_attestation::CertificateKey;
use ashlar_module_signature::{PublicKey, ReleaseId, Subject};
use ashlar_signature_verifier::{Certificates, canonical_certificate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(certificates) = Certificates::parse(bytes) else { return };
    let written: Vec<u8> = certificates.iter().flat_map(|certificate| certificate.der().to_vec()).collect();
    assert_eq!(written, bytes, "bytes of the list belong to no certificate");
    let release = ReleaseId::parse("ashlar-qemu-1.0.0-x86_64").expect("a release id");
    for certificate in certificates.iter() {
        let key = PublicKey::from_spki_der(certificate.spki());
        let other = CertificateKey::from_spki(certificate.spki());
        assert_eq!(key.is_ok(), other.is_ok(), "{key:?} {other:?}");
        let epoch = certificate.not_before();
        if canonical_certificate(certificate, &Subject::Release, &release, epoch).is_ok() {
            let expected = ashlar_module_signature::certificate(
                &Subject::Release,
                &release,
                epoch,
                &key.expect("a canonical certificate has a key"),
            );
            assert_eq!(expected.ok().as_deref(), Some(certificate.der()));
        }
    }
});
