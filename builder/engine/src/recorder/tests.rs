// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Records of builds with nothing to do; what a real one writes is tested through the binary (`tests/system`).

use std::path::PathBuf;

use ashlar_digest::SourceDigest;
use ashlar_record::BuildRecord;
use ashlar_sandbox::{Cancel, Limits};
use ashlar_store::Store;

use super::*;
use crate::{How, SourceError, SourceProvider, Surroundings};

/// Listens for lost records alone.
#[derive(Default)]
struct Lost(Mutex<Vec<String>>);

impl Events for Lost {
    fn planned(&self, _: usize, _: usize) {}
    fn started(&self, _: &str, _: DerivationId) {}
    fn waiting(&self, _: &str) {}
    fn finished(&self, _: &str, _: How, _: Duration) {}
    fn failed(&self, _: &str, _: &EngineError) {}
    fn record_lost(&self, error: &EngineError) {
        self.0.lock().unwrap().push(error.to_string());
    }
}

struct NoSources;

impl SourceProvider for NoSources {
    fn bring(&self, wanted: &[SourceDigest]) -> Result<(), SourceError> {
        panic!("nothing is needed, and {wanted:?} are asked for")
    }
}

/// Builds nothing in `store`; gives the records that are there then, and what was said of lost ones.
fn build_nothing(store: &Store, recording: Option<Recording>) -> (Vec<PathBuf>, Vec<String>) {
    let events = Lost::default();
    let engine = Engine {
        store,
        helper: PathBuf::from("/nothing"),
        sources: &NoSources,
        events: &events,
        workers: 3,
        surroundings: Surroundings::usual(1),
        limits: Limits::default(),
        cancel: Cancel::new().unwrap(),
        rebuild: false,
        recording,
    };
    engine.build(&Graph::default(), &[]).unwrap();
    (store.records().unwrap_or_default(), events.0.into_inner().unwrap())
}

fn recording() -> Recording {
    Recording { what: vec!["nothing".to_owned()], start_ms: 1_764_105_363_123 }
}

#[test]
fn a_record_is_whole_and_says_what_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (records, lost) = build_nothing(&store, Some(recording()));
    assert_eq!(lost, Vec::<String>::new());
    let [path] = records.as_slice() else { panic!("{records:?}") };
    let record = BuildRecord::read(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(
        (record.what(), record.start_ms(), record.jobs()),
        (&["nothing".to_owned()][..], 1_764_105_363_123, 3)
    );
    assert!(record.succeeded() && record.derivations().is_empty());
}

#[test]
fn without_a_recording_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(build_nothing(&store, None), (Vec::new(), Vec::new()));
}

#[test]
fn a_record_that_cannot_be_written_is_told_of_once_and_fails_no_build() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    std::fs::remove_dir(folder.path().join("records")).unwrap();
    std::fs::write(folder.path().join("records"), "").unwrap();
    let (_, lost) = build_nothing(&store, Some(recording()));
    assert_eq!(lost, ["write the build record"]);
}

#[test]
fn reasons_and_names_lose_what_terminals_take_for_commands() {
    assert_eq!(plain("a\n  b\u{1b}[2Jc\u{9b}d"), "a   b [2Jc d");
}
