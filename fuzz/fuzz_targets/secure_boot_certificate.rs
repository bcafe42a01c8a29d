// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Secure Boot's certificates: one DER, one PEM, and each gives the other.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_release_audit::certificates_from_pem;
use ashlar_secure_boot::SecureBootCertificate;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let from_pem =
        std::str::from_utf8(bytes).ok().and_then(|text| SecureBootCertificate::from_pem(text).ok());
    let Some(certificate) = SecureBootCertificate::from_der(bytes).ok().or(from_pem) else { return };
    assert_eq!(SecureBootCertificate::from_der(certificate.as_der()).as_ref(), Ok(&certificate));
    let pem = certificate.to_pem().expect("it is not too long");
    assert_eq!(SecureBootCertificate::from_pem(&pem).as_ref(), Ok(&certificate));
    assert_eq!(certificates_from_pem(pem.as_bytes()).ok(), Some(vec![certificate.as_der().to_vec()]));
});
