// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Secure Boot's part: the key that signs the unified kernel image, and the published signature attached again.

use std::path::Path;

use ashlar_secure_boot::{SecureBootCertificate, SecureBootError, SecureBootKey, attach};

use super::files::{read_pem, read_secret};
use crate::failure::{Failure, chain};

/// A long-lived key and its certificate.
pub(crate) struct SecureBoot {
    key: SecureBootKey,
    certificate: SecureBootCertificate,
}

impl SecureBoot {
    /// Reads both files, and checks that they belong together.
    pub(crate) fn read(key: &Path, certificate: &Path) -> Result<Self, Failure> {
        let wrong = |path: &Path| {
            let path = path.display().to_string();
            move |cause: SecureBootError| Failure::Usage {
                message: format!("use {path} for Secure Boot: {}", chain(&cause)),
                help: None,
            }
        };
        let own = SecureBootKey::from_pem(&read_secret(key, "the Secure Boot key")?).map_err(wrong(key))?;
        let stated = SecureBootCertificate::from_pem(&read_pem(certificate, "the certificate")?)
            .map_err(wrong(certificate))?;
        own.check_certificate(&stated).map_err(wrong(certificate))?;
        Ok(Self { key: own, certificate: stated })
    }

    /// The detached signature over an unsigned unified kernel image, and the certificate as PEM.
    pub(crate) fn sign(&self, image: &[u8]) -> Result<(Vec<u8>, String), Failure> {
        let signature = self.key.sign(image, &self.certificate).map_err(failed)?;
        Ok((signature, self.certificate.to_pem().map_err(failed)?))
    }
}

/// The unified kernel image with a detached signature attached.
pub(crate) fn with_signature(image: &[u8], signature: &[u8]) -> Result<Vec<u8>, Failure> {
    attach(image, signature).map_err(failed)
}

fn failed(cause: SecureBootError) -> Failure {
    Failure::Finding { message: format!("sign for Secure Boot: {}", chain(&cause)), help: None }
}
