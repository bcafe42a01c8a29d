// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Build records: what builds did and took, one file each, for people. Nothing in the store refers to them.
//!
//! A record has its name as soon as its first lines are written, and grows while its build goes on: whenever the build is
//! killed, the file holds what it did before. What its lines say is no business of the store's (`ashlar-record`).

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::inspect::files;
use crate::new_file::rename;
use crate::scratch::random_name;
use crate::{Store, StoreError};

/// Digits of the moment in a record's name: enough until the year 2286, and then names sort wrongly at worst.
const DIGITS: usize = 13;
const SUFFIX: &str = ".jsonl";

/// A build record that is being written.
#[derive(Debug)]
pub struct RecordFile {
    file: File,
    path: PathBuf,
}

impl RecordFile {
    /// Writes whole lines behind those that are there, at once.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn append(&mut self, lines: &str) -> Result<(), StoreError> {
        self.file.write_all(lines.as_bytes()).map_err(StoreError::write(&self.path))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Store {
    /// Begins the record of a build that began at `start_ms` milliseconds since 1970 with its first lines, so that
    /// nobody ever sees a record without a beginning.
    ///
    /// # Errors
    /// [`StoreError::Write`], [`StoreError::Random`].
    pub fn begin_record(&self, start_ms: u64, lines: &str) -> Result<RecordFile, StoreError> {
        let name = format!("{start_ms:0DIGITS$}-{}{SUFFIX}", random_name()?);
        let unfinished = self.temporary_path()?;
        let file = File::options().append(true).create_new(true).open(&unfinished);
        let mut record = RecordFile { file: file.map_err(StoreError::write(&unfinished))?, path: unfinished };
        record.append(lines)?;
        // A store that was made before there were records gets their folder here.
        let path = self.layout().directory("records").join(name);
        rename(&record.path, &path)?;
        record.path = path;
        Ok(record)
    }

    /// All build records, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn records(&self) -> Result<Vec<PathBuf>, StoreError> {
        // Names begin with the moment, so their order is that of beginning.
        let all = files(&self.layout().directory("records"))?;
        Ok(all.into_iter().filter(|path| is_record(path)).collect())
    }
}

/// Whether a file has a name that a record can have.
pub(crate) fn is_record(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let parts = name.and_then(|name| name.strip_suffix(SUFFIX)).and_then(|stem| stem.split_once('-'));
    parts.is_some_and(|(moment, random)| {
        moment.len() >= DIGITS
            && moment.bytes().all(|byte| byte.is_ascii_digit())
            && random.len() == 16
            && random.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn records_come_back_in_the_order_of_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.records().unwrap(), Vec::<PathBuf>::new());
        let mut late = store.begin_record(1_764_105_363_123, "one\n").unwrap();
        let early = store.begin_record(999, "").unwrap();
        late.append("two\n").unwrap();
        assert_eq!(store.records().unwrap(), [early.path().to_owned(), late.path().to_owned()]);
        assert_eq!(fs::read_to_string(late.path()).unwrap(), "one\ntwo\n");
        assert_ne!(store.begin_record(999, "").unwrap().path(), early.path());
    }

    #[test]
    fn a_store_from_before_there_were_records_gets_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        fs::remove_dir(folder.path().join("records")).unwrap();
        assert!(store.records().unwrap().is_empty());
        store.begin_record(1, "one\n").unwrap();
        assert_eq!(store.records().unwrap().len(), 1);
    }

    #[test]
    fn names_of_records_are_told_from_others() {
        for good in ["0000000000999-0123456789abcdef.jsonl", "99999999999999-0123456789abcdef.jsonl"] {
            assert!(is_record(Path::new(good)), "{good}");
        }
        for bad in [
            "x",
            "999-0123456789abcdef.jsonl",
            "0000000000999-0123.jsonl",
            "0000000000999-0123456789abcdef.json",
        ] {
            assert!(!is_record(Path::new(bad)), "{bad}");
        }
    }
}
