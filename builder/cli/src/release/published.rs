// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is published in a release directory, read again as the input of a rebuild. Nothing is believed: the rebuild shows what it is worth.

use std::collections::BTreeMap;
use std::path::Path;

use ashlar_module_signature::{Algorithm, ModuleDigest};
use ashlar_plan::Signing;
use ashlar_release_audit::certificates_from_pem;
use ashlar_release_bundle::layout::{CERTIFICATE, MANIFEST, SIGNATURES};
use ashlar_release_bundle::{BundlePath, Manifest, Signer, read_file};

use super::store_signatures;
use crate::failure::{Failure, chain};
use crate::session::Session;

/// No document of a release comes near it.
const LIMIT: u64 = 64 << 20;

/// A release directory.
pub(crate) struct Published<'a> {
    directory: &'a Path,
    pub(crate) manifest: Manifest,
}

impl<'a> Published<'a> {
    /// Reads the manifest.
    pub(crate) fn open(directory: &'a Path) -> Result<Self, Failure> {
        let manifest = Manifest::from_json(&read(directory, MANIFEST)?)?;
        Ok(Self { directory, manifest })
    }

    /// A file, if the manifest lists it.
    pub(crate) fn optional(&self, path: &str) -> Result<Option<Vec<u8>>, Failure> {
        let listed = BundlePath::parse(path).is_ok_and(|path| self.manifest.files().contains_key(&path));
        listed.then(|| read(self.directory, path)).transpose()
    }

    /// Certificates and signatures, brought into the store.
    pub(crate) fn signing(&self, session: &Session<'_>) -> Result<Signing, Failure> {
        let algorithm = match self.manifest.head().signer {
            Signer::Keyless => return Ok(Signing::Keyless),
            Signer::P384 => Algorithm::P384.to_string(),
            Signer::Rsa4096 => Algorithm::Rsa4096.to_string(),
        };
        let wrong = |reason: String| Failure::Finding {
            message: format!("read the signatures of {}: {reason}", self.directory.display()),
            help: None,
        };
        let certificates = certificates_from_pem(&read(self.directory, CERTIFICATE)?)
            .map_err(|cause| wrong(chain(&cause)))?
            .concat();
        let mut signatures = BTreeMap::new();
        for path in self.manifest.files().keys() {
            let name = path.as_str().strip_prefix(SIGNATURES).and_then(|name| name.strip_prefix('/'));
            let Some(name) = name else { continue };
            let digest = name.strip_suffix(".p7s").unwrap_or(name);
            let digest = ModuleDigest::parse(digest).map_err(|cause| wrong(chain(&cause)))?;
            signatures.insert(digest, read(self.directory, path.as_str())?);
        }
        let signatures = store_signatures(&session.store, &certificates, &signatures)?;
        Ok(Signing::Ceremony { algorithm, signatures })
    }
}

fn read(directory: &Path, path: &str) -> Result<Vec<u8>, Failure> {
    Ok(read_file(directory, &BundlePath::parse(path)?, LIMIT)?)
}
