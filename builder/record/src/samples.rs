// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Records for tests, derivation by derivation.

use std::ops::Range;

use crate::line::{Begun, Build, End, Ended, Hit, Line, Outcome, Place, Planned, Used};
use crate::record::BuildRecord;

/// What every derivation of a sample uses that ends.
const USED: Used = Used {
    user_ms: Some(2),
    system_ms: Some(1),
    peak_process_bytes: Some(5 << 20),
    peak_group_bytes: None,
    bytes_in: Some(100),
    bytes_out: Some(10),
};

/// A record in the making.
pub(crate) struct Sample {
    begin: Line,
    planned: Vec<Line>,
    /// With the moment by which they are ordered; what ends then comes before what begins then.
    work: Vec<(u64, u8, Line)>,
    /// Until when each worker is busy.
    workers: Vec<u64>,
    end: Option<Line>,
}

impl Sample {
    pub(crate) fn new(jobs: u32) -> Self {
        let begin = Line::Build(Build::new(vec!["qemu".to_owned()], 1_764_105_363_123, jobs));
        Self { begin, planned: Vec::new(), work: Vec::new(), workers: vec![0; jobs as usize], end: None }
    }

    fn plan(&mut self, name: &str, needs: &[usize], hit: Option<Hit>) -> usize {
        let (name, kind, needs) = (name.to_owned(), "sandboxed".to_owned(), needs.to_vec());
        self.planned.push(Line::Derivation(Planned { name, kind, needs, hit }));
        self.planned.len() - 1
    }

    pub(crate) fn hit(mut self, name: &str, needs: &[usize]) -> Self {
        self.plan(name, needs, Some(Hit { digest: digest(), from: Place::Store, at_ms: 0 }));
        self
    }

    pub(crate) fn skipped(mut self, name: &str, needs: &[usize]) -> Self {
        self.plan(name, needs, None);
        self
    }

    pub(crate) fn begun(mut self, name: &str, needs: &[usize], at_ms: u64) -> Self {
        let derivation = self.plan(name, needs, None);
        self.take_up(derivation, at_ms, u64::MAX);
        self
    }

    pub(crate) fn built(self, name: &str, needs: &[usize], when: Range<u64>) -> Self {
        self.ended(name, needs, when, Outcome::Built, None)
    }

    pub(crate) fn found(self, name: &str, needs: &[usize], when: Range<u64>) -> Self {
        self.ended(name, needs, when, Outcome::Hit, None)
    }

    pub(crate) fn failed(self, name: &str, needs: &[usize], when: Range<u64>, reason: &str) -> Self {
        self.ended(name, needs, when, Outcome::Failed, Some(reason.to_owned()))
    }

    fn ended(
        mut self,
        name: &str,
        needs: &[usize],
        when: Range<u64>,
        outcome: Outcome,
        reason: Option<String>,
    ) -> Self {
        let derivation = self.plan(name, needs, None);
        self.take_up(derivation, when.start, when.end);
        let ended = Ended { derivation, ended_ms: when.end, outcome, reason, used: USED };
        // What takes no time ends behind its own beginning, and before that of others.
        let order = if when.is_empty() { 2 } else { 0 };
        self.work.push((when.end, order, Line::Ended(ended)));
        self
    }

    fn take_up(&mut self, derivation: usize, begun_ms: u64, until: u64) {
        let worker = self.workers.iter().position(|free| *free <= begun_ms).expect("a free worker");
        self.workers[worker] = until;
        let worker = u32::try_from(worker).unwrap();
        let begun = Begun { derivation, digest: digest(), queued_ms: begun_ms, begun_ms, worker };
        self.work.push((begun_ms, 1, Line::Begun(begun)));
    }

    /// It succeeded, unless something failed.
    pub(crate) fn end(mut self, ended_ms: u64) -> Self {
        let failed = |(_, _, line): &(u64, u8, Line)| {
            matches!(line, Line::Ended(Ended { outcome: Outcome::Failed, .. }))
        };
        let succeeded = !self.work.iter().any(failed);
        self.end = Some(Line::End(End { ended_ms, succeeded }));
        self
    }

    pub(crate) fn encode(mut self) -> String {
        self.work.sort_by_key(|(moment, order, _)| (*moment, *order));
        let work = self.work.into_iter().map(|(_, _, line)| line);
        let lines = std::iter::once(self.begin).chain(self.planned).chain(work).chain(self.end);
        lines.map(|line| line.encode()).collect()
    }
}

/// A digest; which one says nothing here.
pub(crate) fn digest() -> String {
    "7".repeat(64)
}

pub(crate) fn read(sample: Sample) -> BuildRecord {
    BuildRecord::read(sample.encode().as_bytes()).unwrap()
}
