// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Certificates that nobody had a choice in: each byte a function of the key, the release and its epoch.
//!
//! What a certificate says beyond its key (serial number, dates, names, extensions) could carry a message out of a
//! ceremony. So it is written again from the template of docs/design/release.md, "Certificate", and compared. A keyless
//! key is derived again from the module, so that it cannot be one of which somebody has the private half.

#[cfg(test)]
mod tests;

use ashlar_module_signature::{PublicKey, ReleaseId, Subject, certificate as write_certificate, keyless};

use crate::certificates::Certificate;
use crate::error::Refusal;
use crate::verify::first_difference;

/// Checks that `certificate` is the one that this release has to have for its key.
///
/// `subject` says whose key it is: the release's, or that of one module, which is then derived again from the
/// module's digest. `epoch` is the image's, in seconds since 1970.
///
/// # Errors
/// [`Refusal::CertificateNotCanonical`], [`Refusal::KeyNotDerived`], or [`Refusal::Template`] for an epoch that no
/// certificate can state.
pub fn canonical_certificate(
    certificate: &Certificate,
    subject: &Subject,
    release: &ReleaseId,
    epoch: u64,
) -> Result<(), Refusal> {
    let template = |source| Refusal::Template { source };
    let key = PublicKey::from_spki_der(certificate.spki()).map_err(template)?;
    let expected = write_certificate(subject, release, epoch, &key).map_err(template)?;
    if let Some(offset) = first_difference(certificate.der(), &expected) {
        return Err(Refusal::CertificateNotCanonical { offset });
    }
    if let Subject::Module(digest) = subject
        && keyless(digest).map_err(template)?.public_key != key
    {
        return Err(Refusal::KeyNotDerived);
    }
    Ok(())
}
