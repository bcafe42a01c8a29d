// SPDX-License-Identifier: Apache-2.0 OR MIT
//! All modules, signatures and certificates of a release against each other.
//!
//! Nothing may be missing and nothing may be left over: an unsigned module among many, a certificate that signed
//! nothing (a key that the kernel trusts and that nobody accounts for), a signature that no module carries.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use ashlar_module_signature::{ModuleDigest, ReleaseId, Subject};

use crate::appended::split;
use crate::canonical::canonical_certificate;
use crate::certificates::{Certificate, Certificates};
use crate::error::Refusal;
use crate::verify::verify;

/// What a release says of its modules.
#[derive(Clone, Copy, Debug)]
pub struct Gate<'a> {
    /// Its id.
    pub release: &'a ReleaseId,
    /// The image's epoch, in seconds since 1970.
    pub epoch: u64,
    /// The certificates that its kernel trusts.
    pub certificates: &'a Certificates,
    /// Its detached signatures by file name: `<digest of the unsigned module, 128 hex>.p7s`.
    pub signatures: &'a BTreeMap<String, Vec<u8>>,
}

/// Something that keeps a release from being trusted.
#[derive(Debug, thiserror::Error)]
pub enum Finding {
    /// There was nothing to judge, which proves nothing.
    #[error("judge the modules: there is none")]
    NoModules,
    /// A module is not signed, or not by a signature that holds.
    #[error("trust the module {path}")]
    Module {
        /// The module.
        path: String,
        /// Why not.
        #[source]
        refusal: Refusal,
    },
    /// The release does not publish the signature of a module.
    #[error("find {name}, the published signature of {path}")]
    NotPublished {
        /// The module.
        path: String,
        /// Name that the signature has to have.
        name: String,
    },
    /// The release publishes another signature than the module carries.
    #[error("compare the signature of {path} with {name}: they differ at offset {offset}")]
    OtherThanPublished {
        /// The module.
        path: String,
        /// The published signature.
        name: String,
        /// First byte that differs.
        offset: usize,
    },
    /// A published signature that no module carries.
    #[error("find the module of the signature {name}")]
    UnusedSignature {
        /// The signature.
        name: String,
    },
    /// A certificate that signed no module.
    #[error("find a module by certificate {index} ({subject})")]
    UnusedCertificate {
        /// Position in the list, from 0.
        index: usize,
        /// Its subject.
        subject: String,
    },
    /// A certificate that is not as a function of its key, the release and its epoch.
    #[error("trust certificate {index} ({subject})")]
    Certificate {
        /// Position in the list, from 0.
        index: usize,
        /// Its subject.
        subject: String,
        /// Why not.
        #[source]
        refusal: Refusal,
    },
    /// A keyless key signed more than the module that it is derived from.
    #[error("trust certificate {index} ({subject}): it is that of one module and signed {count}")]
    SignedMany {
        /// Position in the list, from 0.
        index: usize,
        /// Its subject.
        subject: String,
        /// How many modules it signed.
        count: usize,
    },
    /// A ceremony has one certificate.
    #[error("trust {count} certificates: the one of a ceremony stands alone")]
    CertificateCount {
        /// How many there are.
        count: usize,
    },
    /// Keyless certificates that are not in the order of their modules.
    #[error(
        "trust the list of certificates: certificate {index} is not in the order of the modules' digests"
    )]
    CertificateOrder {
        /// Position in the list, from 0.
        index: usize,
    },
}

impl Gate<'_> {
    /// Judges all modules of a release, base and extensions, by path and bytes as signed. No finding means that the
    /// kernel takes each of them, by a key that the release accounts for, and that the release holds nothing else.
    #[must_use]
    pub fn judge(&self, modules: &[(&str, &[u8])]) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut used = BTreeSet::new();
        let mut signed: BTreeMap<usize, BTreeSet<ModuleDigest>> = BTreeMap::new();
        if modules.is_empty() {
            findings.push(Finding::NoModules);
        }
        for (path, bytes) in modules {
            let parts = match split(bytes) {
                Ok(parts) => parts,
                Err(refusal) => {
                    findings.push(Finding::Module { path: (*path).to_owned(), refusal });
                    continue;
                }
            };
            let digest = ModuleDigest::of(parts.module);
            findings.extend(self.published(path, &digest, parts.cms));
            used.insert(file_name(&digest));
            match verify(parts.cms, &digest, self.certificates) {
                Ok(verified) => {
                    signed.entry(verified.certificate).or_default().insert(digest);
                }
                Err(refusal) => findings.push(Finding::Module { path: (*path).to_owned(), refusal }),
            }
        }
        let unused = self.signatures.keys().filter(|name| !used.contains(*name));
        findings.extend(unused.map(|name| Finding::UnusedSignature { name: name.clone() }));
        self.judge_certificates(&signed, &mut findings);
        findings
    }

    /// Whether the signature in the module is the one in the release.
    fn published(&self, path: &str, digest: &ModuleDigest, cms: &[u8]) -> Option<Finding> {
        let (path, name) = (path.to_owned(), file_name(digest));
        let Some(published) = self.signatures.get(&name) else {
            return Some(Finding::NotPublished { path, name });
        };
        let offset = crate::verify::first_difference(published, cms)?;
        Some(Finding::OtherThanPublished { path, name, offset })
    }

    fn judge_certificates(
        &self,
        signed: &BTreeMap<usize, BTreeSet<ModuleDigest>>,
        findings: &mut Vec<Finding>,
    ) {
        let mut last = None;
        let count = self.certificates.iter().len();
        for (index, certificate) in self.certificates.iter().enumerate() {
            let subject = certificate.subject();
            let Some(modules) = signed.get(&index) else {
                findings.push(Finding::UnusedCertificate { index, subject });
                continue;
            };
            if certificate.subject_common_name() == Some(&format!("module key of {}", self.release)) {
                if count != 1 {
                    findings.push(Finding::CertificateCount { count });
                }
                findings.extend(self.canonical(index, certificate, &Subject::Release));
                continue;
            }
            let Some(module) = modules.first().filter(|_| modules.len() == 1) else {
                findings.push(Finding::SignedMany { index, subject, count: modules.len() });
                continue;
            };
            if last.is_some_and(|last| last > *module) {
                findings.push(Finding::CertificateOrder { index });
            }
            last = Some(*module);
            findings.extend(self.canonical(index, certificate, &Subject::Module(*module)));
        }
    }

    fn canonical(&self, index: usize, certificate: &Certificate, subject: &Subject) -> Option<Finding> {
        let refusal = canonical_certificate(certificate, subject, self.release, self.epoch).err()?;
        Some(Finding::Certificate { index, subject: certificate.subject(), refusal })
    }
}

/// The name of a module's signature in a release.
fn file_name(digest: &ModuleDigest) -> String {
    format!("{digest}.p7s")
}
