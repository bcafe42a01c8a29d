// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The kernel: unpacked, it trusts exactly the certificates of `certificate.pem`, in their order, and no other.

use ashlar_release_bundle::limits::DOCUMENT_LIMIT;

use crate::certificate::CertificateSet;
use crate::folder::Folder;
use crate::report::Notes;

const FILE: &str = "vmlinuz";
const SYMBOLS: &str = "System.map";

pub(super) fn check(folder: &Folder, vmlinuz: &[u8], certificates: &CertificateSet, notes: &mut Notes) {
    let Some(symbols) = folder.read(SYMBOLS, DOCUMENT_LIMIT, notes) else {
        return;
    };
    let Ok(symbols) = std::str::from_utf8(&symbols) else {
        return notes.find(SYMBOLS, "it is not UTF-8");
    };
    match ashlar_kernel_image::find_certificates(vmlinuz, symbols) {
        Err(error) => notes.fail(FILE, &error, None),
        Ok(found) if found == certificates.der() => notes.prove(
            FILE,
            format!(
                "unpacked, its certificate area holds certificate.pem ({}) and nothing else",
                certificates.count_text()
            ),
        ),
        Ok(found) if found.is_empty() => {
            notes.find(FILE, "it trusts no certificate, so it would load no module");
        }
        Ok(_) => notes.find(FILE, "it trusts other certificates than those of certificate.pem"),
    }
}
