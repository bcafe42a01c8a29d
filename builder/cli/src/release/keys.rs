// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Long-lived keys that the command line names.

use std::path::PathBuf;

use ashlar_attestation::{AttestationError, PublisherKey, TrustedKey};
use ashlar_release_audit::Trust;
use ashlar_secure_boot::SecureBootCertificate;

use super::files::{read_pem, read_secret};
use crate::arguments::TrustArguments;
use crate::failure::{Failure, chain};

/// A private key of a publisher or a rebuilder.
pub(crate) fn publisher_key(path: &std::path::Path) -> Result<PublisherKey, Failure> {
    PublisherKey::from_pem(&read_secret(path, "the private key")?).map_err(|cause| unusable(path, &cause))
}

/// All public keys of the files.
pub(crate) fn trusted_keys(paths: &[PathBuf]) -> Result<Vec<TrustedKey>, Failure> {
    let mut keys = Vec::new();
    for path in paths {
        let pem = read_pem(path, "the public key")?;
        keys.extend(TrustedKey::all_from_pem(&pem).map_err(|cause| unusable(path, &cause))?);
    }
    Ok(keys)
}

/// Whom the caller trusts.
pub(crate) fn trust(asked: &TrustArguments) -> Result<Trust, Failure> {
    let mut secure_boot = Vec::new();
    for path in &asked.trust_secure_boot {
        let certificate = SecureBootCertificate::from_pem(&read_pem(path, "the certificate")?);
        secure_boot.push(certificate.map_err(|cause| Failure::Usage {
            message: format!("use the certificate {}: {}", path.display(), chain(&cause)),
            help: Some("give the PEM file of the one certificate that firmware trusts".to_owned()),
        })?);
    }
    Ok(Trust { publishers: trusted_keys(&asked.trust)?, secure_boot })
}

fn unusable(path: &std::path::Path, cause: &AttestationError) -> Failure {
    Failure::Usage {
        message: format!("use the key {}: {}", path.display(), chain(cause)),
        help: cause.help(),
    }
}
