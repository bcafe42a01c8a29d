// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Writes down what a build does while it does it (docs/build-record.md).
//!
//! A record that cannot be written is told of once and given up. It fails no build: the result is in the store, whoever asks.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ashlar_digest::DerivationId;
use ashlar_plan::{Graph, NodeId};
use ashlar_record::{Begun, Build, End, Ended, Hit, Line, Outcome, Place, Planned, Sources, Used};
use ashlar_store::{RecordFile, StoreError};

use crate::schedule::Turn;
use crate::sizes::Sizes;
use crate::{Engine, EngineError, Events};

/// What a build record says that the engine does not know by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The names that were asked for.
    pub what: Vec<String>,
    /// When the build began, in milliseconds since 1970-01-01 UTC.
    pub start_ms: u64,
}

/// What the store had before anything was built: whose it is, and when that was known.
pub(crate) type Hits = BTreeMap<NodeId, (DerivationId, Duration)>;

/// The record of one build.
pub(crate) struct Recorder<'a> {
    events: &'a dyn Events,
    /// When the build began.
    clock: Instant,
    /// What each node is called in the record.
    positions: BTreeMap<NodeId, usize>,
    /// What its derivations read.
    pub(crate) sizes: Sizes,
    /// Where it goes; nothing where none is wanted, or none could be written.
    file: Mutex<Option<RecordFile>>,
}

impl<'a> Recorder<'a> {
    /// Begins the record, if `engine` is to write one: every node of `needed`, with what the store had.
    pub(crate) fn begin(
        engine: &'a Engine<'_>,
        graph: &Graph,
        needed: &[NodeId],
        hits: &Hits,
        clock: Instant,
    ) -> Self {
        let positions = needed.iter().enumerate().map(|(position, id)| (*id, position)).collect();
        let (sizes, file) = (Sizes::default(), Mutex::new(None));
        let recorder = Self { events: engine.events, clock, positions, sizes, file };
        if let Some(recording) = &engine.recording {
            let jobs = u32::try_from(engine.workers.max(1)).unwrap_or(u32::MAX);
            let begin = Line::Build(Build::new(recording.what.clone(), recording.start_ms, jobs));
            // In one piece: where there is nothing to build, this is all that a record costs.
            let mut text = begin.encode();
            for id in needed {
                text.push_str(&recorder.planned(graph, *id, hits).encode());
            }
            match engine.store.begin_record(recording.start_ms, &text) {
                Ok(file) => *recorder.file.lock().unwrap_or_else(PoisonError::into_inner) = Some(file),
                Err(cause) => recorder.lost(cause),
            }
        }
        recorder
    }

    fn planned(&self, graph: &Graph, id: NodeId, hits: &Hits) -> Line {
        let node = graph.node(id);
        let mut needs: Vec<usize> =
            node.dependencies.iter().filter_map(|port| self.positions.get(&port.node).copied()).collect();
        needs.sort_unstable();
        needs.dedup();
        let hit = hits.get(&id).map(|(derivation, at)| Hit {
            digest: derivation.to_string(),
            from: Place::Store,
            at_ms: milliseconds(*at),
        });
        Line::Derivation(Planned { name: plain(&node.key), kind: node.kind().to_owned(), needs, hit })
    }

    /// Whether anything is written down.
    pub(crate) fn is_on(&self) -> bool {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// `files` missing sources have come, which took since `begun`.
    pub(crate) fn sources(&self, begun: Instant, files: usize) {
        let files = files as u64;
        let sources = Sources { begun_ms: self.moment(begun), ended_ms: self.moment(Instant::now()), files };
        self.write(&Line::Sources(sources));
    }

    /// A worker takes up a node.
    pub(crate) fn begun(&self, turn: Turn, id: DerivationId) {
        let Some(derivation) = self.positions.get(&turn.node).copied() else { return };
        let (digest, queued_ms) = (id.to_string(), self.moment(turn.queued));
        let begun_ms = self.moment(Instant::now());
        self.write(&Line::Begun(Begun { derivation, digest, queued_ms, begun_ms, worker: turn.worker }));
    }

    /// It is done with it.
    pub(crate) fn ended(&self, turn: Turn, result: Result<Outcome, &EngineError>, used: Used) {
        let Some(derivation) = self.positions.get(&turn.node).copied() else { return };
        let ended_ms = self.moment(Instant::now());
        let (outcome, reason) = match result {
            Ok(outcome) => (outcome, None),
            Err(error) => (Outcome::Failed, Some(plain(&error.to_string()))),
        };
        self.write(&Line::Ended(Ended { derivation, ended_ms, outcome, reason, used }));
    }

    /// The build has come to its end.
    pub(crate) fn end(&self, succeeded: bool) {
        self.write(&Line::End(End { ended_ms: self.moment(Instant::now()), succeeded }));
    }

    fn moment(&self, at: Instant) -> u64 {
        milliseconds(at.saturating_duration_since(self.clock))
    }

    fn write(&self, line: &Line) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = file.as_mut() else { return };
        if let Err(cause) = open.append(&line.encode()) {
            // What follows a line that was cut off would be no record.
            *file = None;
            drop(file);
            self.lost(cause);
        }
    }

    fn lost(&self, cause: StoreError) {
        self.events.record_lost(&EngineError::Record { cause: Box::new(cause) });
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// In one line, without what terminals take for commands: records hold no control characters.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;
