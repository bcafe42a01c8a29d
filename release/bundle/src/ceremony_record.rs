// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The public results of a ceremony, kept until the release stands, so that a job that died is resumed with the same
//! certificate instead of a second ceremony under the same version.
//!
//! ```text
//! <parent>/.<id>.ceremony/
//!   commitment.json               {"commitment": sha256, "files": {path: sha256}, "schema": 1}
//!   commitment.sig                the publisher's signature over "ashlar-ceremony-record 1\n" and that file; not without a publisher
//!   certificates.der              as the pipeline takes them (release.md, "Signatures of a release")
//!   signatures/<sha512>.p7s
//!   key-statement.intoto.json     not for keyless
//! ```
//! Nothing in it is secret, and everything in it is published later. It is written under another name, flushed and
//! renamed, so it is whole or not there.
//!
//! Whoever could put a record here could choose the key that a release trusts, and keep it. So a record counts only if its folder is the
//! caller's own and closed to all others, and, for a publisher, if it is sealed by the key that signs the release.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use ashlar_digest::Sha256;
use ashlar_module_signature::ModuleDigest;
use serde::{Deserialize, Serialize};

use crate::layout::{KEY_STATEMENT, SIGNATURES};
use crate::limits::DOCUMENT_LIMIT;
use crate::regular_file::open_regular;
use crate::{BundleError, Claim, canonical, durable};

/// Version of the format.
const SCHEMA: u32 = 1;
const COMMITMENT: &str = "commitment.json";
const SEAL: &str = "commitment.sig";
/// What is sealed begins so, and can be nothing else that the same key signs.
const SEALED: &[u8] = b"ashlar-ceremony-record 1\n";
const CERTIFICATES: &str = "certificates.der";

/// What a ceremony is held for: the digest of everything that decides what is signed, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CeremonyCommitment(Sha256);

impl CeremonyCommitment {
    /// The digest of a value that names release, algorithm, epoch, agent and the digests of all modules. The caller
    /// composes it; two ceremonies that may stand for each other have the same, all others another.
    #[must_use]
    pub const fn new(digest: Sha256) -> Self {
        Self(digest)
    }
}

/// A key that seals records: the publisher's. The same bytes get the same seal.
pub trait Seal {
    /// The seal of `bytes`.
    ///
    /// # Errors
    /// Why they could not be sealed.
    fn seal(&self, bytes: &[u8]) -> Result<Vec<u8>, String>;
}

/// What a ceremony made public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CeremonyResults {
    /// The certificates, DER, one after the other.
    pub certificates: Vec<u8>,
    /// The CMS of each module.
    pub signatures: BTreeMap<ModuleDigest, Vec<u8>>,
    /// The key statement's envelope; none where no key was made.
    pub key_statement: Option<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    schema: u32,
    commitment: String,
    files: BTreeMap<String, String>,
}

impl CeremonyResults {
    fn files(&self) -> BTreeMap<String, &[u8]> {
        let mut files = BTreeMap::from([(CERTIFICATES.to_owned(), self.certificates.as_slice())]);
        for (module, signature) in &self.signatures {
            files.insert(format!("{SIGNATURES}/{module}.p7s"), signature);
        }
        if let Some(statement) = &self.key_statement {
            files.insert(KEY_STATEMENT.to_owned(), statement);
        }
        files
    }
}

impl Claim {
    /// Records what the ceremony made public, before anything is made from it. A publisher gives its `seal`.
    ///
    /// # Errors
    /// [`BundleError::AlreadyRecorded`] if there is a record; [`BundleError::Seal`], [`BundleError::Write`].
    pub fn record_ceremony(
        &self,
        commitment: CeremonyCommitment,
        results: &CeremonyResults,
        seal: Option<&dyn Seal>,
    ) -> Result<(), BundleError> {
        let record = self.record();
        if record.symlink_metadata().is_ok() {
            return Err(BundleError::AlreadyRecorded { release: self.release().clone(), record });
        }
        let unfinished = self.unfinished()?;
        write(unfinished.path(), commitment, results, seal)?;
        unfinished.publish(&record)
    }

    /// The results of the ceremony that was held for this version, if one was. A publisher gives its `seal`.
    ///
    /// # Errors
    /// [`BundleError::ForeignRecord`] if others could have put it there, or this publisher did not seal it;
    /// [`BundleError::OtherCommitment`] if it was held for other bytes; [`BundleError::DamagedRecord`] if it is not as
    /// it was written; [`BundleError::Read`], [`BundleError::NotAFile`], [`BundleError::Seal`].
    pub fn resume(
        &self,
        commitment: CeremonyCommitment,
        seal: Option<&dyn Seal>,
    ) -> Result<Option<CeremonyResults>, BundleError> {
        let record = self.record();
        let found = match record.symlink_metadata() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            found => found.map_err(BundleError::read(&record))?,
        };
        let foreign = |reason| BundleError::ForeignRecord { record: record.clone(), reason };
        let own = fs::metadata("/proc/self").map_err(BundleError::read(Path::new("/proc/self")))?.uid();
        if !found.is_dir() || found.uid() != own || found.mode() & 0o077 != 0 {
            return Err(foreign("it is no folder of this user that is closed to all others"));
        }
        let path = record.join(COMMITMENT);
        let damaged = |reason: String| BundleError::DamagedRecord { path: path.clone(), reason };
        let text = read(&path)?;
        if let Some(seal) = seal {
            let stated = read(&record.join(SEAL)).map_err(|_| foreign("no publisher sealed it"))?;
            if stated != sealed(seal, &text)? {
                return Err(foreign("another publisher sealed it, or it was changed"));
            }
        }
        let index: Index =
            canonical::decode(COMMITMENT, &text).map_err(|cause| damaged(cause.to_string()))?;
        if index.schema != SCHEMA {
            return Err(damaged(format!("it has schema {}, this program reads {SCHEMA}", index.schema)));
        }
        if index.commitment != commitment.0.to_string() {
            return Err(BundleError::OtherCommitment {
                release: self.release().clone(),
                record,
                recorded: index.commitment,
                wanted: commitment.0.to_string(),
            });
        }
        read_results(&record, &index).map(Some)
    }
}

fn sealed(seal: &dyn Seal, text: &[u8]) -> Result<Vec<u8>, BundleError> {
    seal.seal(&[SEALED, text].concat()).map_err(|reason| BundleError::Seal { reason })
}

fn write(
    folder: &Path,
    commitment: CeremonyCommitment,
    results: &CeremonyResults,
    seal: Option<&dyn Seal>,
) -> Result<(), BundleError> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(BundleError::write(folder))?;
    let files = results.files();
    let signatures = folder.join(SIGNATURES);
    fs::create_dir(&signatures).map_err(BundleError::write(&signatures))?;
    for (path, bytes) in &files {
        durable::write_new(&folder.join(path), &mut &**bytes)?;
    }
    let index = Index {
        schema: SCHEMA,
        commitment: commitment.0.to_string(),
        files: files.iter().map(|(path, bytes)| (path.clone(), Sha256::of(bytes).to_string())).collect(),
    };
    let text = canonical::encode(COMMITMENT, &index)?;
    durable::write_new(&folder.join(COMMITMENT), &mut text.as_bytes())?;
    if let Some(seal) = seal {
        durable::write_new(&folder.join(SEAL), &mut sealed(seal, text.as_bytes())?.as_slice())?;
    }
    durable::flush_folder(&signatures)?;
    durable::flush_folder(folder)
}

fn read_results(record: &Path, index: &Index) -> Result<CeremonyResults, BundleError> {
    let mut results =
        CeremonyResults { certificates: Vec::new(), signatures: BTreeMap::new(), key_statement: None };
    for (name, digest) in &index.files {
        let path = record.join(name);
        let damaged =
            |reason: &str| BundleError::DamagedRecord { path: path.clone(), reason: reason.to_owned() };
        let module = name
            .strip_prefix(SIGNATURES)
            .and_then(|name| name.strip_prefix('/')?.strip_suffix(".p7s"))
            .map(ModuleDigest::parse);
        let place = match (name.as_str(), module) {
            (CERTIFICATES, _) => Place::Certificates,
            (KEY_STATEMENT, _) => Place::KeyStatement,
            (_, Some(Ok(module))) => Place::Signature(module),
            _ => return Err(damaged("no ceremony has such a result")),
        };
        let bytes = read(&path)?;
        if Sha256::of(&bytes).to_string() != *digest {
            return Err(damaged("its sha256 is another than was recorded"));
        }
        match place {
            Place::Certificates => results.certificates = bytes,
            Place::KeyStatement => results.key_statement = Some(bytes),
            Place::Signature(module) => {
                results.signatures.insert(module, bytes);
            }
        }
    }
    if !index.files.contains_key(CERTIFICATES) {
        let reason = "it is not in the index".to_owned();
        return Err(BundleError::DamagedRecord { path: record.join(CERTIFICATES), reason });
    }
    Ok(results)
}

enum Place {
    Certificates,
    KeyStatement,
    Signature(ModuleDigest),
}

fn read(path: &PathBuf) -> Result<Vec<u8>, BundleError> {
    let mut bytes = Vec::new();
    // One that is longer is cut here, and then is not what the index says.
    let mut file = open_regular(path)?.take(DOCUMENT_LIMIT);
    file.read_to_end(&mut bytes).map_err(BundleError::read(path))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
