// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the store realised, and when: for those who ask why something is built again.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::time::Duration;

use ashlar_digest::DerivationId;

use crate::derivation::decode;
use crate::inspect::fanned_files;
use crate::{MTIME, Realisation, Store, StoreError};

/// A realisation of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// The derivation.
    pub id: DerivationId,
    /// What it gave. Its trees may be gone.
    pub realisation: Realisation,
    /// When it was recorded, since 1970.
    pub recorded: Duration,
}

impl Store {
    /// Every realisation, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::CorruptRealisation`], [`StoreError::Read`].
    pub fn past(&self) -> Result<Vec<Past>, StoreError> {
        let mut all = Vec::new();
        for path in fanned_files(&self.layout().directory("realisations"))? {
            // What has no digest as its name is none of ours; `check` reports it.
            let Some(id) = path.file_name().and_then(|name| name.to_str()?.parse::<DerivationId>().ok())
            else {
                continue;
            };
            let Some(recorded) = self.recorded_at(id)? else { continue };
            let text = fs::read_to_string(&path).map_err(StoreError::read(&path))?;
            let corrupt = |reason| StoreError::CorruptRealisation { path: path.clone(), reason };
            all.push(Past { id, realisation: decode(id, &text).map_err(corrupt)?, recorded });
        }
        all.sort_by_key(|past| (past.recorded, past.id));
        Ok(all)
    }

    /// When the realisation of `id` was recorded, since 1970; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn recorded_at(&self, id: DerivationId) -> Result<Option<Duration>, StoreError> {
        let path = self.layout().realisation(id);
        let found = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            found => found.map_err(StoreError::read(&path))?,
        };
        // Stores of earlier versions gave records the constant time; the moment of the rename is left then.
        let (seconds, nanoseconds) = match found.mtime() {
            MTIME => (found.ctime(), found.ctime_nsec()),
            seconds => (seconds, found.mtime_nsec()),
        };
        let part = |number: i64| u64::try_from(number).unwrap_or(0);
        Ok(Some(Duration::from_secs(part(seconds)) + Duration::from_nanos(part(nanoseconds))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_digest::Sha256;

    #[test]
    fn the_past_is_told_in_the_order_in_which_it_happened() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let tree = store.put_tree(&ashlar_tree::Tree::new()).unwrap();
        let realisation =
            |name: &str| Realisation { name: name.into(), outputs: [("out".into(), tree)].into() };
        let mut expected = Vec::new();
        for name in ["first", "second", "third"] {
            let id = DerivationId::new(Sha256::of(name.as_bytes()));
            assert_eq!(store.recorded_at(id).unwrap(), None);
            let _new = store.record(id, &realisation(name), name.as_bytes()).unwrap();
            expected.push((id, realisation(name)));
            std::thread::sleep(Duration::from_millis(20));
        }
        let past = store.past().unwrap();
        let found: Vec<_> = past.iter().map(|past| (past.id, past.realisation.clone())).collect();
        assert_eq!(found, expected);
        assert!(past[0].recorded > Duration::from_secs(1_700_000_000), "{past:?}");
        // It is not changed by being recorded again.
        let _same = store.record(expected[0].0, &expected[0].1, b"first").unwrap();
        assert_eq!(store.past().unwrap(), past);
    }

    #[test]
    fn a_record_of_an_earlier_version_has_the_moment_of_its_rename() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let tree = store.put_tree(&ashlar_tree::Tree::new()).unwrap();
        let id = DerivationId::new(Sha256::of(b"x"));
        let realisation = Realisation { name: "x".into(), outputs: [("out".into(), tree)].into() };
        let _new = store.record(id, &realisation, b"x").unwrap();
        crate::new_file::set_times(&store.layout().realisation(id)).unwrap();
        let recorded = store.recorded_at(id).unwrap().unwrap();
        assert!(recorded > Duration::from_secs(1_700_000_000), "{recorded:?}");
    }
}
