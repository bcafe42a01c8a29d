// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Long-lived keys that the command line names.

use std::path::PathBuf;

use ashlar_attestation::{AttestationError, PublisherKey, TrustedKey};

use super::files::read_pem;
use crate::failure::{Failure, chain};

/// A private key of a publisher or a rebuilder.
pub(crate) fn publisher_key(path: &std::path::Path) -> Result<PublisherKey, Failure> {
    PublisherKey::from_pem(&read_pem(path, "the private key")?).map_err(|cause| unusable(path, &cause))
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

fn unusable(path: &std::path::Path, cause: &AttestationError) -> Failure {
    Failure::Usage {
        message: format!("use the key {}: {}", path.display(), chain(cause)),
        help: cause.help(),
    }
}
