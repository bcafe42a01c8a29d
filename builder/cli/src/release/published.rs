// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is published in a release directory, read again as the input of a rebuild. Nothing is believed: the rebuild shows what it is worth.

use std::collections::BTreeMap;
use std::path::Path;

use ashlar_digest::Sha256;
use ashlar_module_signature::{Algorithm, ModuleDigest};
use ashlar_plan::Signing;
use ashlar_release_audit::{Report, certificates_from_pem};
use ashlar_release_bundle::layout::{CERTIFICATE, MANIFEST, SIGNATURES};
use ashlar_release_bundle::limits::DOCUMENT_LIMIT;
use ashlar_release_bundle::{BundlePath, Manifest, Signer, read_file};

use super::store_signatures;
use crate::failure::{Failure, chain};
use crate::session::Session;

/// A release directory.
pub(crate) struct Published<'a> {
    directory: &'a Path,
    pub(crate) manifest: Manifest,
    pub(crate) manifest_sha256: Sha256,
}

impl<'a> Published<'a> {
    /// Reads the manifest.
    pub(crate) fn open(directory: &'a Path) -> Result<Self, Failure> {
        let bytes = read(directory, MANIFEST)?;
        let manifest = Manifest::from_json(&bytes)?;
        Ok(Self { directory, manifest, manifest_sha256: Sha256::of(&bytes) })
    }

    /// This release, if it is still the one that `report` judges: whoever can write to the folder could show each reader another manifest.
    pub(crate) fn judged(self, report: &Report) -> Result<Self, Failure> {
        if report.manifest_sha256.as_deref() == Some(self.manifest_sha256.to_string().as_str()) {
            return Ok(self);
        }
        Err(Failure::Finding {
            message: format!(
                "read {}: it is another manifest than the one that was judged",
                self.directory.join(MANIFEST).display()
            ),
            help: Some("audit a copy that nobody else can write to".to_owned()),
        })
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
    Ok(read_file(directory, &BundlePath::parse(path)?, DOCUMENT_LIMIT)?)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use ashlar_digest::TreeDigest;
    use ashlar_release_audit::Outcome;
    use ashlar_release_bundle::{ImageName, ManifestHead, Measured, PlatformName, Version};

    const FILES: &str = "qemu.efi vmlinuz initramfs.cpio cmdline root.erofs boot.json owners.json certificate.pem provenance.intoto.jsonl \
                         inputs.json kernel.config System.map release.json extensions.json modules.json signing.json os.spdx.json os.spdx3.json os.cdx.json build.spdx.json \
                         build.spdx3.json sbom.intoto.jsonl";

    /// The manifest of a keyless release.
    pub(in crate::release) fn manifest() -> Manifest {
        let head = ManifestHead {
            project: ImageName::parse("ashlar").unwrap(),
            image: ImageName::parse("qemu").unwrap(),
            version: Version::parse("1.0.0").unwrap(),
            platform: PlatformName::parse("x86_64-linux").unwrap(),
            epoch: 1,
            signer: Signer::Keyless,
            agent: None,
            checkout: TreeDigest::new(Sha256::of(b"checkout")),
            expected: BTreeMap::from([("root hash".to_owned(), Sha256::of(b"root"))]),
        };
        let files = FILES.split(' ').map(|path| (BundlePath::parse(path).unwrap(), Measured::of(b"")));
        Manifest::new(head, files.collect()).unwrap()
    }

    fn published(manifest_sha256: Sha256) -> Published<'static> {
        Published { directory: Path::new("release"), manifest: manifest(), manifest_sha256 }
    }

    #[test]
    fn a_manifest_put_in_place_of_the_one_that_was_judged_is_refused() {
        let (good, other) = (Sha256::of(b"judged"), Sha256::of(b"put in its place"));
        let mut report = Report {
            schema: 1,
            release: None,
            manifest_sha256: Some(good.to_string()),
            outcome: Outcome::Proven,
            root_hash: None,
            files: BTreeMap::new(),
            findings: Vec::new(),
        };
        assert!(published(good).judged(&report).is_ok());
        assert!(published(other).judged(&report).is_err_and(|failure| failure.help().is_some()));
        report.manifest_sha256 = None;
        assert!(published(good).judged(&report).is_err());
    }
}
