// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The folder itself: exactly the files that the manifest lists, of the sizes and digests that it states, and
//! nothing else.
//!
//! ```text
//! folder's name = release id = <project>-<image>-<version>-<arch>
//! files = manifest's files + manifest.json + SHA256SUMS [+ manifest.sig], each with the role that the layout gives it
//! SHA256SUMS = "<sha256>  <path>\n" of every file but itself and manifest.sig, by path
//! ```
//! A file is hashed only if it has the size that the manifest states, and later checks are given bytes only if they
//! still have the digest that was seen here: who can write to the folder cannot show each check another file. Nothing
//! is read or hashed beyond the limits of `ashlar_release_bundle::limits`: a sparse file of any size costs nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use ashlar_digest::{Hasher, Sha256};
use ashlar_release_bundle::layout::{MANIFEST, MANIFEST_SIGNATURE, SUMS};
use ashlar_release_bundle::limits::{DOCUMENT_LIMIT, HASH_LIMIT, limit_of};
use ashlar_release_bundle::{BundleError, BundlePath, ImageName, Layout, open_regular};

use crate::AuditError;
use crate::listing::{What, list};
use crate::manifest::Manifest;
use crate::next_step::FETCH_AGAIN;
use crate::report::Notes;

/// A folder whose manifest could be read.
#[derive(Debug)]
pub(crate) struct Folder {
    directory: PathBuf,
    manifest: Manifest,
    manifest_bytes: Vec<u8>,
    /// Regular files and their sizes.
    sizes: BTreeMap<String, u64>,
    /// What was seen of those that were hashed.
    digests: BTreeMap<String, Sha256>,
}

impl Folder {
    /// The manifest.
    pub(crate) const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 of the manifest's bytes.
    pub(crate) fn manifest_sha256(&self) -> Sha256 {
        Sha256::of(&self.manifest_bytes)
    }

    /// The manifest's bytes, which a publisher signs.
    pub(crate) fn manifest_bytes(&self) -> &[u8] {
        &self.manifest_bytes
    }

    /// Whether there is a regular file at `path`.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.sizes.contains_key(path)
    }

    /// All regular files, in byte order.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.sizes.keys().map(String::as_str)
    }

    /// Reads a file of at most `limit` bytes; what prevents it is noted.
    pub(crate) fn read(&self, path: &str, limit: u64, notes: &mut Notes) -> Option<Vec<u8>> {
        let result = if self.has(path) {
            read_bounded(&self.directory, path, limit)
        } else {
            Err(AuditError::Missing { path: path.to_owned() })
        };
        let result = result.and_then(|bytes| match self.digests.get(path) {
            Some(seen) if *seen != Sha256::of(&bytes) => Err(AuditError::Changed { path: path.to_owned() }),
            _ => Ok(bytes),
        });
        match result {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                note(path, &error, notes);
                None
            }
        }
    }
}

fn note(path: &str, error: &AuditError, notes: &mut Notes) {
    notes.fail(path, error, error.help());
}

/// Opens a regular file, without waiting for what took its place meanwhile; gives its size too.
pub(crate) fn open(directory: &Path, path: &str) -> Result<(File, u64), AuditError> {
    let read_error = |source| AuditError::Read { path: path.to_owned(), source };
    let file = open_regular(&directory.join(path)).map_err(|error| match error {
        BundleError::Read { source, .. } => read_error(source),
        _ => AuditError::Missing { path: path.to_owned() },
    })?;
    let size = file.metadata().map_err(read_error)?.len();
    Ok((file, size))
}

/// Reads a regular file of at most `limit` bytes.
pub(crate) fn read_bounded(directory: &Path, path: &str, limit: u64) -> Result<Vec<u8>, AuditError> {
    let (file, size) = open(directory, path)?;
    if size > limit {
        return Err(AuditError::TooLarge { path: path.to_owned(), size, limit });
    }
    let mut bytes = Vec::new();
    let read = |source| AuditError::Read { path: path.to_owned(), source };
    // Not a byte more than it had when it was opened: it may be growing.
    file.take(size).read_to_end(&mut bytes).map_err(read)?;
    Ok(bytes)
}

/// Hashes a file of `size` bytes; none if it has another size when it is read.
fn hash(directory: &Path, path: &str, size: u64) -> Result<Option<Sha256>, AuditError> {
    let (file, _) = open(directory, path)?;
    let mut hasher = Hasher::new();
    std::io::copy(&mut file.take(size.saturating_add(1)), &mut hasher)
        .map_err(|source| AuditError::Read { path: path.to_owned(), source })?;
    Ok((hasher.size() == size).then(|| hasher.finish()))
}

/// Judges the folder. None if its manifest cannot be read: then nothing else of it can be judged.
pub(crate) fn check(directory: &Path, notes: &mut Notes) -> Option<Folder> {
    let mut sizes = BTreeMap::new();
    let mut folders = Vec::new();
    for entry in list(directory) {
        match entry.what {
            What::File(size) => drop(sizes.insert(entry.path, size)),
            What::Directory => folders.push(entry.path),
            What::Wrong(reason) => notes.find_with_help(&entry.path, reason, FETCH_AGAIN),
        }
    }
    let unreadable = |error: &AuditError, notes: &mut Notes| {
        note(MANIFEST, error, notes);
        let what = "without it nothing else of this folder could be checked";
        notes.find_with_help(MANIFEST, what, FETCH_AGAIN);
    };
    let manifest_bytes = match read_bounded(directory, MANIFEST, DOCUMENT_LIMIT) {
        Ok(bytes) => bytes,
        Err(error) => {
            unreadable(&error, notes);
            return None;
        }
    };
    let manifest = match Manifest::parse(&manifest_bytes) {
        Ok(manifest) => manifest,
        Err(error) => {
            unreadable(&error, notes);
            return None;
        }
    };
    let digests = BTreeMap::from([(MANIFEST.to_owned(), Sha256::of(&manifest_bytes))]);
    let mut folder = Folder { directory: directory.to_owned(), manifest, manifest_bytes, sizes, digests };
    check_names(&folder, notes);
    check_set(&folder, &folders, notes);
    check_contents(&mut folder, notes);
    check_sums(&folder, notes);
    Some(folder)
}

fn check_names(folder: &Folder, notes: &mut Notes) {
    let manifest = &folder.manifest;
    let release = manifest.release.as_str();
    let before = notes.count();
    match manifest.canonical() {
        Ok(text) if text.as_bytes() == folder.manifest_bytes => {}
        Ok(_) => notes.find(MANIFEST, "it is not canonical JSON"),
        Err(error) => note(MANIFEST, &error, notes),
    }
    if let Err(error) = ashlar_release_bundle::Manifest::from_json(&folder.manifest_bytes) {
        notes.fail(MANIFEST, &error, error.help());
    }
    if manifest.derived_id() != release {
        notes.find(MANIFEST, format!("its release is {release}, its names make {}", manifest.derived_id()));
    }
    // `.` has a name too.
    let name = std::fs::canonicalize(&folder.directory).ok();
    let name = name.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    if name.as_deref() != Some(release) {
        notes.find_with_help(
            ".",
            format!("the folder is called {:?}, the release in it is {release}", name.unwrap_or_default()),
            "take the release under its own name: under another it may be an older one, offered as new",
        );
    }
    if notes.count() == before {
        notes.prove(
            MANIFEST,
            format!("it is in canonical form and describes {release}, as the folder is called"),
        );
    }
}

fn check_set(folder: &Folder, folders: &[String], notes: &mut Notes) {
    let layout = ImageName::parse(&folder.manifest.image).ok().map(|image| Layout::new(&image));
    let outside = [MANIFEST, MANIFEST_SIGNATURE, SUMS];
    for path in folder.paths().filter(|path| !outside.contains(path)) {
        if !folder.manifest.files.contains_key(path) {
            notes.find_with_help(path, "the manifest does not list it", FETCH_AGAIN);
        }
    }
    for (path, entry) in &folder.manifest.files {
        if !folder.has(path) {
            let what = "the manifest lists it, but it is not there as a regular file";
            notes.find_with_help(path, what, FETCH_AGAIN);
        }
        let checked = BundlePath::parse(path);
        match layout.as_ref().zip(checked.as_ref().ok()).and_then(|(layout, path)| layout.role(path)) {
            None => notes.find(path, "no release has such a file"),
            Some(role) if role != entry.role => {
                notes.find(path, format!("the manifest gives it the role {}, it has {role}", entry.role));
            }
            Some(_) => {}
        }
    }
    for path in folders {
        if !folder
            .paths()
            .any(|file| file.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/')))
        {
            notes.find_with_help(path, "it is a folder without files", FETCH_AGAIN);
        }
    }
}

fn check_contents(folder: &mut Folder, notes: &mut Notes) {
    let mut wanted = Vec::new();
    for (path, entry) in &folder.manifest.files {
        let Some(size) = folder.sizes.get(path) else {
            continue;
        };
        let limit = limit_of(entry.role);
        if *size != entry.size {
            let what = format!("it has {size} bytes, the manifest says {}", entry.size);
            notes.find_with_help(path, what, FETCH_AGAIN);
        } else if *size > limit {
            note(path, &AuditError::TooLarge { path: path.clone(), size: *size, limit }, notes);
        } else {
            wanted.push((path, entry));
        }
    }
    let total = wanted.iter().fold(0, |total: u64, (_, entry)| total.saturating_add(entry.size));
    if total > HASH_LIMIT {
        return note(".", &AuditError::TooMuch { total, limit: HASH_LIMIT }, notes);
    }
    for (path, entry) in wanted {
        match hash(&folder.directory, path, entry.size) {
            Err(error) => note(path, &error, notes),
            Ok(None) => note(path, &AuditError::Changed { path: path.clone() }, notes),
            Ok(Some(digest)) => {
                folder.digests.insert(path.clone(), digest);
                if digest == entry.sha256 {
                    notes.prove(path, "size and SHA-256 are those of manifest.json");
                } else {
                    let what = format!("its SHA-256 is {digest}, the manifest says {}", entry.sha256);
                    notes.find_with_help(path, what, FETCH_AGAIN);
                }
            }
        }
        if path.strip_prefix("sources/").is_some_and(|name| name != entry.sha256.to_string()) {
            notes.find(path, "a source is called by its SHA-256, and this is not its");
        }
    }
}

fn check_sums(folder: &Folder, notes: &mut Notes) {
    let mut lines: BTreeMap<&str, Sha256> =
        folder.manifest.files.iter().map(|(path, entry)| (path.as_str(), entry.sha256)).collect();
    lines.insert(MANIFEST, folder.manifest_sha256());
    let expected: String = lines.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect();
    let Some(found) = folder.read(SUMS, DOCUMENT_LIMIT, notes) else {
        return;
    };
    // Told at the manifest too: where only a name or a digest in it was changed, nothing else points there.
    let own = format!("{}  {MANIFEST}", folder.manifest_sha256());
    let line_of_manifest = |line: &&[u8]| line.ends_with(format!("  {MANIFEST}").as_bytes());
    if found.split(|byte| *byte == b'\n').find(line_of_manifest).is_some_and(|line| line != own.as_bytes()) {
        notes.find_with_help(MANIFEST, format!("{SUMS} states another SHA-256 of it"), FETCH_AGAIN);
    }
    if found == expected.as_bytes() {
        notes.prove(SUMS, "it says the same as manifest.json of every file");
    } else {
        let same = found.split(|byte| *byte == b'\n').zip(expected.split('\n'));
        let line = 1 + same.take_while(|(one, other)| *one == other.as_bytes()).count();
        let what = format!("it is not what manifest.json gives, from line {line} on");
        notes.find_with_help(SUMS, what, FETCH_AGAIN);
    }
}
