// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Secure Boot: the signature beside the image is the one attached to it, by the key of the certificate beside it,
//! which is one that the auditor named, where the auditor named any.

use ashlar_digest::Sha256;
use ashlar_release_bundle::limits::SIGNATURE_LIMIT;
use ashlar_secure_boot::{SecureBootCertificate, detach};

use super::sections::Program;
use crate::Trust;
use crate::folder::Folder;
use crate::next_step::COMPARE_KEYS;
use crate::report::Notes;

const SIGNATURE: &str = "secure-boot.p7s";
const CERTIFICATE: &str = "secure-boot.pem";

pub(super) fn check(folder: &Folder, image_path: &str, image: &[u8], trust: &Trust, notes: &mut Notes) {
    let attached = Program::read(image).is_ok_and(|program| !program.signatures.is_empty());
    match (folder.has(SIGNATURE) || folder.has(CERTIFICATE), attached) {
        (false, false) => {
            if !trust.secure_boot.is_empty() {
                notes.find_with_help(
                    image_path,
                    "it has no Secure Boot signature, and one was asked for",
                    "ask its publisher for a release that is signed for firmware, or name no certificate for it",
                );
            }
            return;
        }
        (false, true) => {
            return notes.find(image_path, "a signature is attached to it that is not in the folder");
        }
        (true, false) => return notes.find(SIGNATURE, "it is not attached to the unified kernel image"),
        (true, true) => {}
    }
    let signature = folder.read(SIGNATURE, SIGNATURE_LIMIT, notes);
    let certificate = folder.read(CERTIFICATE, SIGNATURE_LIMIT, notes);
    let (Some(signature), Some(certificate)) = (signature, certificate) else {
        return;
    };
    let certificate = String::from_utf8_lossy(&certificate).into_owned();
    let certificate = match SecureBootCertificate::from_pem(&certificate) {
        Ok(read) if read.to_pem().is_ok_and(|text| text == certificate) => read,
        Ok(_) => return notes.find(CERTIFICATE, "it is not written in the one way that there is"),
        Err(error) => return notes.fail(CERTIFICATE, &error, None),
    };
    // Taking the signature off judges it too: over this image, by the key of the certificate inside it, not a byte to spare.
    let found = detach(image).and_then(|(unsigned, found)| {
        let digest = ashlar_secure_boot::to_be_signed(&unsigned)?.digest;
        let signer = ashlar_secure_boot::check(&found, digest)?;
        Ok((found, signer))
    });
    let (found, signer) = match found {
        Ok(found) => found,
        Err(error) => return notes.fail(image_path, &error, None),
    };
    let key = Sha256::of(certificate.as_der()).to_string();
    if found != signature {
        notes.find(SIGNATURE, "another signature than this one is attached to the unified kernel image");
    } else if signer != certificate {
        notes.find(CERTIFICATE, "the signature is by another certificate");
    } else if !trust.secure_boot.is_empty() && !trust.secure_boot.contains(&certificate) {
        let what = format!("it is none of the Secure Boot certificates that you trust (SHA-256 {key})");
        notes.find_with_help(CERTIFICATE, what, COMPARE_KEYS);
    } else {
        notes.prove_by(image_path, "firmware that trusts secure-boot.pem starts it", key.clone());
        notes.prove_by(
            SIGNATURE,
            "it is the one that is attached to the unified kernel image, and holds",
            key,
        );
    }
}
