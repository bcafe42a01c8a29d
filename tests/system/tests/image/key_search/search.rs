// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A search of whole folders: each file's bytes once, however many names it has, and all names and link targets.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::forms::{Form, KnownKey};

/// More than any part is long, and little enough to stay in the processor.
const BUFFER: usize = 256 << 10;

/// What a search came across.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) files: usize,
    pub(crate) bytes: u64,
    /// Files that were gone when they were to be read: other builds use the store at the same time.
    pub(crate) vanished: usize,
    /// Where something was found.
    pub(crate) finds: BTreeMap<PathBuf, BTreeSet<Form>>,
    pub(crate) took: Duration,
}

impl std::fmt::Display for Tally {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { files, bytes, vanished, finds, took } = self;
        let (megabytes, seconds, finds) = (bytes >> 20, took.as_secs_f32(), finds.len());
        write!(
            formatter,
            "searched {files} files, {megabytes} MiB, in {seconds:.1} s: {finds} hold it, {vanished} vanished"
        )
    }
}

/// Searches files, and folders with all that is below them.
pub(crate) fn search(key: &KnownKey, tops: &[PathBuf]) -> Tally {
    let begin = Instant::now();
    let mut tally = Tally::default();
    let mut files: Vec<Entry> = Vec::new();
    let mut level: Vec<PathBuf> = tops.to_vec();
    while !level.is_empty() {
        let entries: Vec<Entry> = level.par_iter().flat_map_iter(|path| entry(path)).collect();
        let folders = entries.iter().filter(|entry| entry.metadata.is_dir());
        level = folders
            .map(|entry| &entry.path)
            .collect::<Vec<_>>()
            .par_iter()
            .flat_map_iter(|path| children(path))
            .collect();
        files.extend(entries.into_iter().filter(|entry| !entry.metadata.is_dir()));
    }
    // The store's blobs come before the checkouts that link to them, and lend them their names.
    files.sort_by(|a, b| a.path.cmp(&b.path));
    for file in &files {
        let target = fs::read_link(&file.path).unwrap_or_default();
        for name in [file.path.as_os_str(), target.as_os_str()] {
            let forms = key.forms_in(name.as_bytes());
            if !forms.is_empty() {
                tally.finds.entry(file.path.clone()).or_default().extend(forms);
            }
        }
    }
    let mut seen = BTreeSet::new();
    files.retain(|file| file.has_bytes() && seen.insert((file.metadata.dev(), file.metadata.ino())));
    tally.files = files.len();
    let read = |buffer: &mut Vec<u8>, file: &Entry| (file.path.clone(), contents(key, &file.path, buffer));
    let results: Vec<_> = files.par_iter().map_init(|| vec![0; BUFFER], read).collect();
    for (path, result) in results {
        match result {
            Ok((bytes, forms)) => {
                tally.bytes += bytes;
                if !forms.is_empty() {
                    tally.finds.entry(path).or_default().extend(forms);
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => tally.vanished += 1,
            Err(error) => panic!("failed to search {}: {error}", path.display()),
        }
    }
    tally.took = begin.elapsed();
    tally
}

struct Entry {
    path: PathBuf,
    metadata: fs::Metadata,
}

impl Entry {
    /// A file or a device with swap; sockets and pipes keep nothing.
    fn has_bytes(&self) -> bool {
        self.metadata.is_file() || self.metadata.file_type().is_block_device()
    }
}

/// None where it has just been removed.
fn entry(path: &Path) -> Option<Entry> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Some(Entry { path: path.to_owned(), metadata }),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => panic!("failed to search {}: {error}", path.display()),
    }
}

fn children(folder: &Path) -> Vec<PathBuf> {
    match fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect()) {
        Ok(paths) => paths,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => panic!("failed to search {}: {error}", folder.display()),
    }
}

fn contents(key: &KnownKey, path: &Path, buffer: &mut [u8]) -> io::Result<(u64, BTreeSet<Form>)> {
    stream(key, File::open(path)?, buffer)
}

/// Reads to the end; the end of each buffer is searched again with what follows it.
fn stream(key: &KnownKey, mut from: impl Read, buffer: &mut [u8]) -> io::Result<(u64, BTreeSet<Form>)> {
    let (mut kept, mut bytes, mut forms) = (0, 0, BTreeSet::new());
    loop {
        let count = from.read(&mut buffer[kept..])?;
        if count == 0 {
            return Ok((bytes, forms));
        }
        bytes += count as u64;
        let filled = kept + count;
        forms.extend(key.forms_in(&buffer[..filled]));
        kept = filled.min(KnownKey::LONGEST_PART - 1);
        buffer.copy_within(filled - kept..filled, 0);
    }
}

#[cfg(test)]
mod tests {
    use ashlar_system_tests::{Folder, checkout};

    use super::*;

    fn known_key() -> KnownKey {
        KnownKey::read(&checkout().join("signing/ceremony/agent/src/scan.rs"))
    }

    /// One part alone, so that no neighbour is found in its place.
    #[test]
    fn a_part_is_found_wherever_the_buffers_cut_it() {
        let key = known_key();
        let part = &key.written_as(Form::HexUpper)[16..32];
        for before in 0..200 {
            let bytes = [&vec![b'-'; before][..], part, &[b'-'; 50]].concat();
            let (count, forms) = stream(&key, &bytes[..], &mut [0; 64]).unwrap();
            assert_eq!((count, forms), (bytes.len() as u64, BTreeSet::from([Form::HexUpper])), "{before}");
        }
    }

    #[test]
    fn names_and_targets_of_links_are_searched() {
        let (key, folder) = (known_key(), Folder::temporary());
        let text = String::from_utf8(key.written_as(Form::HexLower)).unwrap();
        let (named, link) = (folder.join(&text), folder.join("link"));
        File::create(&named).unwrap();
        std::os::unix::fs::symlink(&text, &link).unwrap();
        let finds = search(&key, &[folder.path().to_owned()]).finds;
        let forms = BTreeSet::from([Form::HexLower]);
        assert_eq!(finds, BTreeMap::from([(named, forms.clone()), (link, forms)]));
    }
}
