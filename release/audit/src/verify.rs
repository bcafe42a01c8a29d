// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Everything that can be judged of a release without building anything.
//!
//! Every check runs, whatever the ones before it found; only a folder whose manifest cannot be read ends at once,
//! because all else is judged by it.

use std::path::Path;

use ashlar_attestation::TrustedKey;
use ashlar_secure_boot::SecureBootCertificate;

use crate::origin::Origin;
use crate::report::{Notes, Report};
use crate::{
    certificate, documents, folder, image, inputs, key_statement, origin, provenance, records, release_json,
    sbom_statements, signatures,
};

/// Whom the auditor trusts. Empty, a release can be consistent and no more.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Publishers: one of them has to have signed manifest and provenance.
    pub publishers: Vec<TrustedKey>,
    /// Certificates for Secure Boot: where there are any, one of them has to have signed the unified kernel image.
    pub secure_boot: Vec<SecureBootCertificate>,
}

/// Judges the release in `directory`.
#[must_use]
pub fn verify(directory: &Path, trust: &Trust) -> Report {
    let mut notes = Notes::default();
    let Some(folder) = folder::check(directory, &mut notes) else {
        return notes.into_report(None, None, false);
    };
    let notes_ref = &mut notes;
    let origin = origin::check(&folder, trust, notes_ref);
    let described = release_json::check(&folder, notes_ref);
    let certificates = certificate::check(&folder, described.as_ref(), notes_ref);
    let signatures = signatures::check(&folder, described.as_ref(), certificates.as_ref(), notes_ref);
    key_statement::check(&folder, certificates.as_ref(), &signatures, notes_ref);
    records::check(&folder, described.as_ref(), &signatures, notes_ref);
    let image = image::check(&folder, described.as_ref(), certificates.as_ref(), trust, notes_ref);
    documents::check(&folder, notes_ref);
    sbom_statements::check(&folder, trust, notes_ref);
    let inputs = inputs::check(&folder, notes_ref);
    provenance::check(&folder, inputs.as_ref(), trust, notes_ref);
    let release = (folder.manifest().release.to_string(), folder.manifest_sha256());
    notes.into_report(Some(release), image.root_hash, matches!(origin, Origin::Publisher(_)))
}
