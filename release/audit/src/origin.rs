// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whose release it is: a trusted publisher's signature over the manifest, and through it over everything else.
//!
//! `manifest.sig`: DER ECDSA (P-384, SHA-512) over the bytes of `manifest.json`. Without a trusted publisher nothing
//! says who made the release: everything in it can hold together and still be somebody else's, because anyone can
//! hold a ceremony.

use ashlar_attestation::{DetachedSignature, KeyId};
use ashlar_release_bundle::layout::{MANIFEST, MANIFEST_SIGNATURE};
use ashlar_release_bundle::limits::SIGNATURE_LIMIT;

use crate::Trust;
use crate::folder::Folder;
use crate::next_step::COMPARE_KEYS;
use crate::report::Notes;

/// What is known of a release's origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// This trusted publisher signed it.
    Publisher(KeyId),
    /// Nobody was to be trusted, so nothing could be proven.
    Unproven,
    /// A publisher was trusted, and did not sign it.
    Refused,
}

/// Judges `manifest.sig`.
pub(crate) fn check(folder: &Folder, trust: &Trust, notes: &mut Notes) -> Origin {
    let failed = if trust.publishers.is_empty() { Origin::Unproven } else { Origin::Refused };
    let named: Vec<String> = trust.publishers.iter().map(|key| key.id().to_string()).collect();
    if !folder.has(MANIFEST_SIGNATURE) {
        if failed == Origin::Refused {
            notes.find_with_help(
                MANIFEST_SIGNATURE,
                format!("it is missing; asked for is one by {}", named.join(" or ")),
                "without a publisher's signature the release may be anybody's",
            );
        }
        return failed;
    }
    let Some(bytes) = folder.read(MANIFEST_SIGNATURE, SIGNATURE_LIMIT, notes) else {
        return failed;
    };
    let signature = match DetachedSignature::from_der(&bytes) {
        Ok(signature) => signature,
        Err(error) => {
            notes.fail(MANIFEST_SIGNATURE, &error, error.help());
            return failed;
        }
    };
    let signer = trust.publishers.iter().find(|key| key.verify(folder.manifest_bytes(), &signature).is_ok());
    if let Some(key) = signer {
        let id = key.id();
        notes.prove_by(MANIFEST, "a trusted publisher signed it, and through it every file", id.to_string());
        notes.prove_by(
            MANIFEST_SIGNATURE,
            "it is a trusted publisher's signature over manifest.json",
            id.to_string(),
        );
        return Origin::Publisher(id);
    }
    if failed == Origin::Refused {
        notes.find_with_help(
            MANIFEST_SIGNATURE,
            format!("it is not by {} over this manifest", named.join(" or ")),
            COMPARE_KEYS,
        );
    } else {
        notes.prove(MANIFEST_SIGNATURE, "it is a signature, but no key was named to check it with");
    }
    failed
}
