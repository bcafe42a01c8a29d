// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `certificate.pem`: one text for a list of certificates.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_release_audit::certificates_from_pem;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(all) = certificates_from_pem(bytes) else { return };
    // The text of a certificate does not depend on those before it.
    let (mut rest, mut read) = (bytes, Vec::new());
    let end = b"-----END CERTIFICATE-----\n";
    while let Some(at) = rest.windows(end.len()).position(|part| part == end) {
        let (one, after) = rest.split_at(at + end.len());
        read.extend(certificates_from_pem(one).expect("a part of a good list"));
        rest = after;
    }
    assert!(rest.is_empty(), "something that is no certificate is passed over");
    assert_eq!(read, all);
});
