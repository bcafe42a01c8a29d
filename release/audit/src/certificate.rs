// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The certificates: every byte of each a function of its key, the release id and the epoch; and the ones that the
//! OS says it has.
//!
//! `certificate.pem`: one certificate of a ceremony, or for keyless signing one a module in the order of the
//! modules' digests. PEM as RFC 7468 writes it strictly: 64 columns, no other text. A certificate of another release
//! cannot pass, because id and epoch are in it.

use ashlar_digest::Sha256;
use ashlar_module_signature::{ModuleDigest, PublicKey, Subject};
use ashlar_release_bundle::layout::{CERTIFICATE, RELEASE};
use ashlar_release_bundle::limits::DOCUMENT_LIMIT;
use ashlar_signature_verifier::{Certificate, Certificates, canonical_certificate};

use crate::folder::Folder;
use crate::next_step::look_first_at;
use crate::release_json::{ReleaseJson, SignedBy};
use crate::report::Notes;
use crate::{AuditError, pem};

/// The certificates of a release, readable; what is wrong with them was noted.
#[derive(Debug)]
pub(crate) struct CertificateSet {
    list: Vec<u8>,
    parsed: Certificates,
}

/// The one certificate of a ceremony.
#[derive(Debug)]
pub(crate) struct OneCertificate {
    pub(crate) der: Vec<u8>,
    pub(crate) key: PublicKey,
}

impl CertificateSet {
    /// DER certificates one after the other, as a kernel's certificate area holds them.
    pub(crate) fn der(&self) -> &[u8] {
        &self.list
    }

    /// The certificates as the verifier reads them.
    pub(crate) const fn parsed(&self) -> &Certificates {
        &self.parsed
    }

    /// The one certificate, if there is one.
    pub(crate) fn only(&self) -> Option<OneCertificate> {
        let mut all = self.parsed.iter();
        let (Some(one), None) = (all.next(), all.next()) else {
            return None;
        };
        let key = PublicKey::from_spki_der(one.spki()).ok()?;
        Some(OneCertificate { der: one.der().to_vec(), key })
    }

    /// How many there are, in words.
    pub(crate) fn count_text(&self) -> String {
        match self.parsed.iter().len() {
            1 => "one certificate".to_owned(),
            count => format!("{count} certificates"),
        }
    }
}

/// Id of a certificate's key.
pub(crate) fn key_id(certificate: &Certificate) -> String {
    Sha256::of(certificate.spki()).to_string()
}

/// Judges `certificate.pem`; none if it cannot be read.
pub(crate) fn check(
    folder: &Folder,
    described: Option<&ReleaseJson>,
    notes: &mut Notes,
) -> Option<CertificateSet> {
    let bytes = folder.read(CERTIFICATE, DOCUMENT_LIMIT, notes)?;
    let set = match read(&bytes) {
        Ok(set) => set,
        Err(error) => {
            notes.fail(CERTIFICATE, &error, error.help());
            return None;
        }
    };
    let manifest = folder.manifest();
    let Some(described) = described else {
        let what = "it could not be compared: release.json is unreadable";
        notes.find_with_help(CERTIFICATE, what, look_first_at(RELEASE));
        return Some(set);
    };
    if described.signer != manifest.signer {
        notes.find(
            CERTIFICATE,
            format!(
                "release.json says that it is {}, the manifest {}",
                described.signer.word(),
                manifest.signer.word()
            ),
        );
    }
    let digests: Vec<String> = set.parsed.iter().map(|one| Sha256::of(one.der()).to_string()).collect();
    if digests != described.certificates {
        notes.find(
            CERTIFICATE,
            "release.json lists other certificates, so the OS is not the one that was signed",
        );
    }
    let subjects = subjects(manifest.signer, described);
    if subjects.len() != digests.len() {
        notes
            .find(CERTIFICATE, format!("it holds {}, there have to be {}", set.count_text(), subjects.len()));
    }
    for (certificate, subject) in set.parsed.iter().zip(&subjects) {
        judge(folder, certificate, subject, notes);
    }
    Some(set)
}

/// Whose certificates there have to be, in order.
fn subjects(signer: SignedBy, described: &ReleaseJson) -> Vec<Subject> {
    if signer != SignedBy::Keyless {
        return vec![Subject::Release];
    }
    let mut modules: Vec<ModuleDigest> = described.modules.values().copied().collect();
    modules.sort_unstable();
    modules.dedup();
    modules.into_iter().map(Subject::Module).collect()
}

fn judge(folder: &Folder, certificate: &Certificate, subject: &Subject, notes: &mut Notes) {
    let manifest = folder.manifest();
    let id = key_id(certificate);
    if let Err(refusal) = canonical_certificate(certificate, subject, &manifest.release, manifest.epoch) {
        return notes.find(CERTIFICATE, format!("{}: {refusal}", certificate.subject()));
    }
    let algorithm = PublicKey::from_spki_der(certificate.spki()).map(|key| key.algorithm().to_string());
    let expected = if manifest.signer == SignedBy::Keyless { "p384" } else { manifest.signer.word() };
    if algorithm.as_deref().ok() != Some(expected) {
        return notes.find(
            CERTIFICATE,
            format!("{}: its key is not {expected}, as the manifest says", certificate.subject()),
        );
    }
    let what = match subject {
        Subject::Release => "every byte follows from its key, the release id and the epoch".to_owned(),
        Subject::Module(digest) => {
            format!("its key follows from module {digest}: nobody ever held the private half")
        }
    };
    notes.prove_by(CERTIFICATE, what, id);
}

fn read(bytes: &[u8]) -> Result<CertificateSet, AuditError> {
    let list = pem::certificates(bytes)?.concat();
    let parsed =
        Certificates::parse(&list).map_err(|refusal| AuditError::Document { reason: refusal.to_string() })?;
    Ok(CertificateSet { list, parsed })
}
