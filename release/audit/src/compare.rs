// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A release against a rebuild of it: every file the same, or where they part.
//!
//! Who rebuilds is not this crate's matter: it judges two folders. Files that a rebuild takes from the release (what
//! needs a key, and sources) may be missing from the rebuild; where it has them they must be the same. Everything
//! else must be on both sides. A file that could not be compared counts as a difference.
//!
//! The release is read again here, after `verify` judged it. What was compared is held to the digests of the manifest
//! that was judged: a folder that shows `verify` one release and the comparison another one is found out. The rebuild
//! lies in a folder as well, and is held to the digests of what the rebuild says that it made.

pub(crate) mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::Path;

use ashlar_digest::{Hasher, Sha256};
use ashlar_release_bundle::layout::MANIFEST;
use ashlar_release_bundle::limits::{DOCUMENT_LIMIT, HASH_LIMIT, IMAGE_LIMIT};
use serde::{Deserialize, Serialize};

use crate::AuditError;
use crate::folder::{open, read_bounded};
use crate::listing::{What, list};
use crate::manifest::Manifest;
use crate::report::{Report, shown};

/// Version of the report's format.
const SCHEMA: u32 = 1;
/// What a release cannot be without; a comparison that never saw them proves nothing.
const REQUIRED: [&str; 12] = [
    "System.map",
    "boot.json",
    "cmdline",
    "extensions.json",
    "initramfs.cpio",
    "kernel.config",
    "modules.json",
    "owners.json",
    "release.json",
    "root.erofs",
    "signing.json",
    "vmlinuz",
];
/// In which order files come to be: of several that differ, the first is the cause to look into.
const CAUSES: [&str; 9] = [
    "kernel.config",
    "System.map",
    "vmlinuz",
    "signing.json",
    "release.json",
    "root.erofs",
    "boot.json",
    "initramfs.cpio",
    "cmdline",
];
/// What a rebuild takes from the release: keys made it, or it only says who made the release.
const TAKEN: [&str; 9] = [
    "SHA256SUMS",
    "certificate.pem",
    "key-statement.intoto.json",
    "manifest.json",
    "manifest.sig",
    "provenance.intoto.jsonl",
    "sbom.intoto.jsonl",
    "secure-boot.p7s",
    "secure-boot.pem",
];
const TAKEN_FOLDERS: [&str; 2] = ["signatures/", "sources/"];

/// What became of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Verdict {
    /// The rebuild gave the same bytes.
    Identical {
        /// Their digest, hex.
        sha256: String,
    },
    /// The rebuild gave other bytes.
    Differs {
        /// Offset of the first byte that differs.
        offset: u64,
        /// The part of the file in which they part, outermost first; empty where the format is not known.
        place: Vec<String>,
    },
    /// The rebuild took it from the release: `verify` judges it.
    Taken,
    /// The rebuild did not give it.
    OnlyInRelease,
    /// The release does not have it.
    OnlyInRebuild,
    /// It could not be compared, which is as bad as a difference.
    Unchecked {
        /// Why not.
        why: String,
    },
}

impl Verdict {
    const fn passes(&self) -> bool {
        matches!(self, Self::Identical { .. } | Self::Taken)
    }
}

/// Which release was compared: what a statement about it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The release id.
    pub release: String,
    /// SHA-256 of the manifest, hex.
    pub manifest_sha256: String,
    /// The tree digest of the checkout that the manifest names, hex.
    pub checkout: String,
}

/// The whole result of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditReport {
    /// Version of this format.
    pub schema: u32,
    /// Whether every file that can be rebuilt was, with the same bytes.
    pub reproduced: bool,
    /// Which release was compared; none where its manifest could not be read, which is no reproduction.
    pub identity: Option<Identity>,
    /// Per file, in byte order.
    pub artifacts: BTreeMap<String, Verdict>,
    /// One line that says it all, naming the first difference.
    pub conclusion: String,
}

/// A rebuild of a release.
#[derive(Clone, Copy, Debug)]
pub struct Rebuild<'a> {
    /// The folder where its files lie.
    pub folder: &'a Path,
    /// What it says that it made there: path and digest of every file.
    pub made: &'a BTreeMap<String, Sha256>,
}

/// Compares the folder of a release, which [`verify`](crate::verify) judged as `judged` says, with a rebuild.
#[must_use]
pub fn compare(release: &Path, judged: &Report, rebuilt: &Rebuild<'_>) -> AuditReport {
    let mut artifacts = BTreeMap::new();
    let ours = listing(release, &mut artifacts);
    let theirs = listing(rebuilt.folder, &mut artifacts);
    for path in ours.union(&theirs) {
        let verdict = match (ours.contains(path), theirs.contains(path)) {
            (true, true) => compare_file(path, release, rebuilt.folder)
                .unwrap_or_else(|error| Verdict::Unchecked { why: error.to_string() }),
            (true, false) if is_taken(path) => Verdict::Taken,
            (true, false) => Verdict::OnlyInRelease,
            (false, _) => Verdict::OnlyInRebuild,
        };
        artifacts.entry(shown(path)).or_insert(verdict);
    }
    hold_to_what_was_made(rebuilt.made, &mut artifacts);
    for path in REQUIRED {
        let absent =
            || Verdict::Unchecked { why: "neither side has it, and no release is without it".to_owned() };
        artifacts.entry(path.to_owned()).or_insert_with(absent);
    }
    if !artifacts.keys().any(|path| path.ends_with(".efi")) {
        let why = "neither side has a unified kernel image, and no release is without one".to_owned();
        artifacts.insert("*.efi".to_owned(), Verdict::Unchecked { why });
    }
    let identity = match identify(release, judged, &artifacts) {
        Ok(identity) => Some(identity),
        Err(why) => {
            artifacts.insert(MANIFEST.to_owned(), Verdict::Unchecked { why });
            None
        }
    };
    let reproduced = artifacts.values().all(Verdict::passes);
    let conclusion = conclusion(&artifacts);
    AuditReport { schema: SCHEMA, reproduced, identity, artifacts, conclusion }
}

/// The files below `directory`; what is no file becomes a verdict at once.
fn listing(directory: &Path, artifacts: &mut BTreeMap<String, Verdict>) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for entry in list(directory) {
        match entry.what {
            What::File(_) => {
                files.insert(entry.path);
            }
            What::Directory => {}
            What::Wrong(why) => {
                artifacts.insert(shown(&entry.path), Verdict::Unchecked { why });
            }
        }
    }
    files
}

/// Takes a pass away from every file that is not, or no longer, what the rebuild made: somebody else may have put the
/// release's own file there, or removed one that only then would be taken from the release.
fn hold_to_what_was_made(made: &BTreeMap<String, Sha256>, artifacts: &mut BTreeMap<String, Verdict>) {
    let unchecked = |why: &str| Verdict::Unchecked { why: why.to_owned() };
    for (path, verdict) in artifacts.iter_mut() {
        let Verdict::Identical { sha256 } = verdict else { continue };
        match made.get(path) {
            Some(made) if made.to_string() == *sha256 => {}
            Some(_) => *verdict = unchecked("in the rebuild's folder is another file than the rebuild made"),
            None => *verdict = unchecked("it is in the rebuild's folder, and the rebuild did not make it"),
        }
    }
    for path in made.keys() {
        let verdict = artifacts.entry(shown(path)).or_insert(Verdict::Taken);
        if *verdict == Verdict::Taken {
            *verdict = unchecked("the rebuild made it, and it is gone from the rebuild's folder");
        }
    }
}

fn is_taken(path: &str) -> bool {
    TAKEN.contains(&path) || TAKEN_FOLDERS.iter().any(|folder| path.starts_with(folder))
}

/// Compares piece by piece. Only where they part, and are no longer than an image file, they are read whole, to name
/// the place.
fn compare_file(path: &str, ours: &Path, theirs: &Path) -> Result<Verdict, AuditError> {
    let ((left, one), (right, other)) = (open(ours, path)?, open(theirs, path)?);
    let size = one.max(other);
    if size > HASH_LIMIT {
        return Err(AuditError::TooLarge { path: path.to_owned(), size, limit: HASH_LIMIT });
    }
    let (mut left, mut right) = (left.take(HASH_LIMIT), right.take(HASH_LIMIT));
    let fill = |reader: &mut dyn Read, buffer: &mut [u8]| {
        fill(reader, buffer).map_err(|source| AuditError::Read { path: path.to_owned(), source })
    };
    let mut hasher = Hasher::new();
    let (mut first, mut second) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let count = fill(&mut left, &mut first)?;
        let other = fill(&mut right, &mut second)?;
        let common = count.min(other);
        let parting = first[..common].iter().zip(&second[..common]).position(|(a, b)| a != b);
        if let Some(at) = parting.or((count != other).then_some(common)) {
            let offset = hasher.size() + at as u64;
            let place = if size <= IMAGE_LIMIT {
                let whole = |side| read_bounded(side, path, IMAGE_LIMIT);
                let place = place::of_difference(path, &whole(ours)?, &whole(theirs)?);
                // Names of sections and entries are a stranger's.
                place.iter().map(|part| shown(part)).collect()
            } else {
                Vec::new()
            };
            return Ok(Verdict::Differs { offset, place });
        }
        if count == 0 {
            return Ok(Verdict::Identical { sha256: hasher.finish().to_string() });
        }
        hasher.update(&first[..count]);
    }
}

/// Reads until `buffer` is full or the file ends.
fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads the manifest, which has to be the one that was judged; the files that it lists have to be those that were
/// compared, with these digests.
fn identify(
    release: &Path,
    judged: &Report,
    artifacts: &BTreeMap<String, Verdict>,
) -> Result<Identity, String> {
    let bytes = read_bounded(release, MANIFEST, DOCUMENT_LIMIT).map_err(|error| error.to_string())?;
    let sha256 = Sha256::of(&bytes).to_string();
    match &judged.manifest_sha256 {
        Some(judged) if *judged == sha256 => {}
        Some(judged) => return Err(format!("its SHA-256 is {sha256}; the one that was judged had {judged}")),
        None => return Err("it could not be judged".to_owned()),
    }
    let manifest = Manifest::parse(&bytes).map_err(|error| error.to_string())?;
    for (path, entry) in &manifest.files {
        match artifacts.get(path) {
            Some(Verdict::Identical { sha256 }) if *sha256 != entry.sha256.to_string() => {
                return Err(format!("it states another digest of {path} than both sides have"));
            }
            None => return Err(format!("it lists {path}, which neither side has")),
            Some(_) => {}
        }
    }
    Ok(Identity {
        release: manifest.release.to_string(),
        manifest_sha256: sha256,
        checkout: manifest.checkout.to_string(),
    })
}

/// Which of several differences to name: causes first, what is made of everything else last.
fn rank(path: &str) -> usize {
    let place = CAUSES.iter().position(|cause| *cause == path);
    place.unwrap_or(CAUSES.len() + usize::from(is_taken(path)))
}

fn conclusion(artifacts: &BTreeMap<String, Verdict>) -> String {
    let count = |test: fn(&Verdict) -> bool| artifacts.values().filter(|verdict| test(verdict)).count();
    let identical = count(|verdict| matches!(verdict, Verdict::Identical { .. }));
    let taken = count(|verdict| matches!(verdict, Verdict::Taken));
    let failed = artifacts.len() - identical - taken;
    let differing = artifacts.iter().filter(|(_, verdict)| !verdict.passes());
    let first = differing.min_by_key(|(path, _)| rank(path)).and_then(|(path, verdict)| match verdict {
        Verdict::Identical { .. } | Verdict::Taken => None,
        Verdict::Differs { offset, place } if place.is_empty() => {
            Some(format!("{path} differs at offset {offset}"))
        }
        Verdict::Differs { offset, place } => {
            Some(format!("{path} differs at offset {offset}, in {}", place.join(", ")))
        }
        Verdict::OnlyInRelease => Some(format!("{path} was not rebuilt")),
        Verdict::OnlyInRebuild => Some(format!("{path} is only in the rebuild")),
        Verdict::Unchecked { why } => Some(format!("{path} could not be compared: {why}")),
    });
    match first {
        None => format!("reproduced: {identical} files identical, {taken} taken from the release"),
        Some(first) => format!("not reproduced: {failed} of {} files; first: {first}", artifacts.len()),
    }
}

#[cfg(test)]
mod tests;
