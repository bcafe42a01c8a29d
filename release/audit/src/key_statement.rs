// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The key statement: the ceremony's key says, as its last act, what it signed; and that is what the release shows.
//!
//! `ashlar-attestation` judges the statement with itself and with its key; here it is compared with the release:
//! certificate, release id, epoch, every signature by digest and no other, and the program that held the key, which
//! the manifest names by digest.

use std::collections::BTreeMap;

use ashlar_attestation::{CertificateKey, envelope, verify_key_statement};
use ashlar_module_signature::{KeyStatement, ModuleDigest, Sha256};
use ashlar_release_bundle::layout::{CERTIFICATE, KEY_STATEMENT};
use ashlar_release_bundle::limits::DOCUMENT_LIMIT;

use crate::certificate::CertificateSet;
use crate::folder::Folder;
use crate::next_step::look_first_at;
use crate::release_json::SignedBy;
use crate::report::Notes;
use crate::signatures::SignatureSet;

/// Judges the statement; none where there is none, or where it could not be read.
pub(crate) fn check(
    folder: &Folder,
    certificates: Option<&CertificateSet>,
    signatures: &SignatureSet,
    notes: &mut Notes,
) -> Option<KeyStatement> {
    let manifest = folder.manifest();
    if manifest.signer == SignedBy::Keyless {
        if folder.has(KEY_STATEMENT) {
            notes
                .find(KEY_STATEMENT, "keyless signing has no ceremony, so nothing could make this statement");
        }
        return None;
    }
    let bytes = folder.read(KEY_STATEMENT, DOCUMENT_LIMIT, notes)?;
    let Some(certificate) = certificates.and_then(CertificateSet::only) else {
        let what = "it could not be checked: there is no one certificate to check it with";
        notes.find_with_help(KEY_STATEMENT, what, look_first_at(CERTIFICATE));
        return None;
    };
    let verified = CertificateKey::from_spki(certificate.key.spki_der())
        .and_then(|key| verify_key_statement(&envelope::from_json(&bytes)?, &key));
    let statement = match verified {
        Ok(verified) => verified.into_statement(),
        Err(error) => {
            notes.fail(KEY_STATEMENT, &error, error.help());
            return None;
        }
    };
    let before = notes.count();
    let mut find = |what: String| notes.find(KEY_STATEMENT, what);
    if statement.release != manifest.release {
        find(format!("it is about the release {}", statement.release));
    }
    if statement.epoch != manifest.epoch {
        find(format!("it states the epoch {}, the manifest {}", statement.epoch, manifest.epoch));
    }
    if statement.certificate_sha256 != Sha256::of(&certificate.der) {
        find("it is about another certificate than certificate.pem".to_owned());
    }
    if statement.algorithm.to_string() != manifest.signer.word() {
        find(format!("its key is {}, the manifest says {}", statement.algorithm, manifest.signer.word()));
    }
    let agent = statement.agent_sha256.to_string();
    if manifest.agent_sha256.as_deref() != Some(&agent) {
        let named = manifest.agent_sha256.as_deref().unwrap_or("none");
        find(format!("the key was held by the program {agent}, the manifest names {named}"));
    }
    let signed: BTreeMap<ModuleDigest, Sha256> =
        statement.signed.iter().map(|signed| (signed.module, signed.signature)).collect();
    for (module, signature) in &signed {
        match signatures.published.get(module).map(|published| &published.sha256) {
            None => find(format!("it lists a signature of {module}, which the release does not have")),
            Some(found) if found != signature => find(format!("it lists another signature of {module}")),
            Some(_) => {}
        }
    }
    for module in signatures.published.keys().filter(|module| !signed.contains_key(module)) {
        find(format!("the release has a signature of {module}, which it does not list"));
    }
    if notes.count() == before {
        let count = signed.len();
        notes.prove_by(
            KEY_STATEMENT,
            format!(
                "the key of certificate.pem says that these {count} signatures are all that it ever made, by the \
                 program {agent}"
            ),
            certificate.key.key_id().to_string(),
        );
    }
    Some(statement)
}
