// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reads a record that anybody may have written: what no build can have done is refused.
//!
//! Only the last line may be cut off, for that is what a killed build leaves. Everything else is an error with its line.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_digest::DerivationId;
use serde_json::Value;

use crate::RecordError;
use crate::line::{Begun, Build, Ended, FORMAT, Hit, Line, Outcome, Planned, SCHEMA, Sources};
use crate::record::{BuildRecord, Derivation, Ending, Fate, Work};

/// No record is larger. One of a hundred thousand derivations, which no project has, would be.
const LIMIT: usize = 64 << 20;
/// No build has more workers.
const MOST_JOBS: u32 = 65_536;
/// No build takes longer: three years, in milliseconds. Sums of a record's times stay far from what 64 bits hold.
const LONGEST_MS: u64 = 100_000_000_000;
/// No build begins later: the end of the year 9999, in milliseconds since 1970.
const LATEST_MS: u64 = 253_402_300_799_999;
/// Nothing that was used is more: a pebibyte, or as many milliseconds.
const MOST: u64 = 1 << 50;

impl BuildRecord {
    /// Reads a record.
    ///
    /// # Errors
    /// [`RecordError::Size`], [`RecordError::Empty`], [`RecordError::Schema`], or [`RecordError::Line`] for the first
    /// line that does not fit those before it.
    pub fn read(bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.len() > LIMIT {
            return Err(RecordError::Size { limit: LIMIT });
        }
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(&bytes[..0], |at| &bytes[..at]);
        let mut lines = (1..).zip(whole.split(|byte| *byte == b'\n'));
        let first = lines.next().filter(|(_, first)| !first.is_empty()).ok_or(RecordError::Empty)?.1;
        let mut reading = Reading::begin(first)?;
        for (line, bytes) in lines {
            reading.take(bytes).map_err(|reason| RecordError::Line { line, reason })?;
        }
        reading
            .finish()
            .map_err(|reason| RecordError::Line { line: whole.split(|byte| *byte == b'\n').count(), reason })
    }
}

/// What was read so far.
struct Reading {
    record: BuildRecord,
    names: BTreeSet<String>,
    /// Until when each worker is busy; nothing while it is.
    free_at: BTreeMap<u32, Option<u64>>,
    /// Whether all derivations were told.
    planned: bool,
}

impl Reading {
    fn begin(first: &[u8]) -> Result<Self, RecordError> {
        let wrong = |reason: String| RecordError::Line { line: 1, reason };
        let value: Value = serde_json::from_slice(first).map_err(|error| wrong(error.to_string()))?;
        // Other schemas may have other fields, so these two are looked at first.
        let stated = |key: &str| value.get("build").and_then(|build| build.get(key));
        if stated("format").and_then(Value::as_str) != Some(FORMAT) {
            return Err(wrong(format!("it does not begin with the format {FORMAT:?}")));
        }
        match stated("schema").and_then(Value::as_u64) {
            Some(found) if found != u64::from(SCHEMA) => {
                return Err(RecordError::Schema { found, known: SCHEMA });
            }
            _ => {}
        }
        // From the bytes: a value has lost keys that were given twice.
        match serde_json::from_slice(first).map_err(|error| wrong(error.to_string()))? {
            Line::Build(build) => Self::of(build).map_err(wrong),
            _ => Err(wrong("it says something else too".to_owned())),
        }
    }

    fn of(build: Build) -> Result<Self, String> {
        if build.format() != FORMAT {
            return Err("its format is given twice".to_owned());
        }
        build.what.iter().try_for_each(|name| plain("a name", name))?;
        if build.jobs == 0 || build.jobs > MOST_JOBS {
            return Err(format!("{} jobs: a build has 1 to {MOST_JOBS}", build.jobs));
        }
        if build.start_ms > LATEST_MS {
            return Err("it begins after the year 9999".to_owned());
        }
        let Build { what, start_ms, jobs, .. } = build;
        let record = BuildRecord { what, start_ms, jobs, sources: None, derivations: Vec::new(), end: None };
        Ok(Self { record, names: BTreeSet::new(), free_at: BTreeMap::new(), planned: false })
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        if self.record.end.is_some() {
            return Err("it comes after the end".to_owned());
        }
        let line: Line = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if !matches!(line, Line::Derivation(_)) {
            self.planned = true;
        }
        match line {
            Line::Build(_) => Err("a second beginning".to_owned()),
            Line::Derivation(planned) => self.derivation(planned),
            Line::Sources(sources) => self.sources(sources),
            Line::Begun(begun) => self.begun(&begun),
            Line::Ended(ended) => self.ended(ended),
            Line::End(end) => {
                moment(end.ended_ms)?;
                if end.ended_ms < self.record.last_moment_ms() {
                    return Err("it ends before something that it did".to_owned());
                }
                self.record.end = Some(end);
                Ok(())
            }
        }
    }

    fn derivation(&mut self, planned: Planned) -> Result<(), String> {
        if self.planned {
            return Err("a derivation that was not planned at the beginning".to_owned());
        }
        let Planned { name, kind, needs, hit } = planned;
        plain("the name", &name)?;
        plain("the kind", &kind)?;
        let index = self.record.derivations.len();
        if !needs.is_sorted_by(|one, next| one < next) || needs.last().is_some_and(|last| *last >= index) {
            return Err("what it needs is not in ascending order, or not before it".to_owned());
        }
        let fate = match hit {
            None => Fate::Skipped,
            Some(Hit { digest, at_ms, .. }) => {
                moment(at_ms)?;
                let there = |need: &usize| matches!(self.record.derivations[*need].fate, Fate::Hit { .. });
                if !needs.iter().all(there) {
                    return Err("a hit needs what was not there: its identity cannot be known".to_owned());
                }
                Fate::Hit { digest: identity(&digest)?, at_ms }
            }
        };
        if !self.names.insert(name.clone()) {
            return Err(format!("a second derivation called {name:?}"));
        }
        self.record.derivations.push(Derivation { name, kind, needs, fate });
        Ok(())
    }

    fn sources(&mut self, sources: Sources) -> Result<(), String> {
        moment(sources.ended_ms)?;
        if self.record.sources.is_some() || !self.free_at.is_empty() {
            return Err("sources are brought once, before anything is begun".to_owned());
        }
        if sources.begun_ms > sources.ended_ms || sources.files > MOST {
            return Err("sources that no build can have brought".to_owned());
        }
        self.record.sources = Some(sources);
        Ok(())
    }

    fn begun(&mut self, begun: &Begun) -> Result<(), String> {
        moment(begun.begun_ms)?;
        let derivation =
            self.record.derivations.get(begun.derivation).ok_or("there is no such derivation")?;
        if derivation.fate != Fate::Skipped {
            return Err("it was begun before, or was there".to_owned());
        }
        let there = derivation.needs.iter().map(|need| self.record.derivations[*need].there_at());
        let there = there.collect::<Option<Vec<u64>>>().ok_or("what it needs is not there yet")?;
        let ready =
            there.into_iter().chain(self.record.sources.map(|sources| sources.ended_ms)).max().unwrap_or(0);
        if begun.queued_ms > begun.begun_ms || ready > begun.begun_ms {
            return Err("it was begun before it could be".to_owned());
        }
        if begun.worker >= self.record.jobs {
            return Err(format!("there is no worker {}", begun.worker));
        }
        match self.free_at.insert(begun.worker, None) {
            Some(None) => return Err(format!("worker {} is busy with something else", begun.worker)),
            Some(Some(free)) if free > begun.begun_ms => {
                return Err(format!("worker {} was busy with something else", begun.worker));
            }
            _ => {}
        }
        let work = Work {
            digest: identity(&begun.digest)?,
            queued_ms: begun.queued_ms,
            begun_ms: begun.begun_ms,
            worker: begun.worker,
            ending: Ending::Interrupted,
        };
        self.record.derivations[begun.derivation].fate = Fate::Worked(work);
        Ok(())
    }

    fn ended(&mut self, ended: Ended) -> Result<(), String> {
        moment(ended.ended_ms)?;
        let derivation =
            self.record.derivations.get_mut(ended.derivation).ok_or("there is no such derivation")?;
        let Fate::Worked(work @ Work { ending: Ending::Interrupted, .. }) = &mut derivation.fate else {
            return Err("nobody works on it".to_owned());
        };
        let Ended { ended_ms, outcome, reason, used, .. } = ended;
        if ended_ms < work.begun_ms {
            return Err("it ended before it was begun".to_owned());
        }
        if reason.is_some() != (outcome == Outcome::Failed) {
            return Err("what fails has a reason, and nothing else has one".to_owned());
        }
        reason.iter().try_for_each(|reason| plain("the reason", reason))?;
        let amounts = [
            used.user_ms,
            used.system_ms,
            used.peak_process_bytes,
            used.peak_group_bytes,
            used.bytes_in,
            used.bytes_out,
        ];
        if amounts.iter().flatten().any(|amount| *amount > MOST) {
            return Err("it used more than any machine has".to_owned());
        }
        self.free_at.insert(work.worker, Some(ended_ms));
        work.ending = Ending::Ended { ended_ms, outcome, reason, used };
        Ok(())
    }

    /// A build that came to its end has waited for all its workers, and one that succeeded has made everything.
    fn finish(self) -> Result<BuildRecord, String> {
        if self.record.end.is_some() && self.free_at.values().any(Option::is_none) {
            return Err("it ends while a worker is busy".to_owned());
        }
        if self.record.succeeded()
            && self.record.derivations.iter().any(|derivation| derivation.there_at().is_none())
        {
            return Err("it succeeded without everything being there".to_owned());
        }
        Ok(self.record)
    }
}

impl Derivation {
    /// When its result was there; nothing if it is not.
    fn there_at(&self) -> Option<u64> {
        match &self.fate {
            Fate::Hit { at_ms, .. } => Some(*at_ms),
            Fate::Worked(Work {
                ending: Ending::Ended { ended_ms, outcome: Outcome::Built | Outcome::Hit, .. },
                ..
            }) => Some(*ended_ms),
            Fate::Worked(_) | Fate::Skipped => None,
        }
    }
}

/// Terminals take control characters for commands, and pages must not hold them.
fn plain(what: &str, text: &str) -> Result<(), String> {
    match text.chars().any(char::is_control) || text.is_empty() {
        true => Err(format!("{what} is empty or holds a control character")),
        false => Ok(()),
    }
}

fn moment(ms: u64) -> Result<(), String> {
    if ms > LONGEST_MS { Err("no build takes so long".to_owned()) } else { Ok(()) }
}

fn identity(digest: &str) -> Result<DerivationId, String> {
    digest.parse().map_err(|_| "a digest is 64 lowercase hexadecimal digits".to_owned())
}

#[cfg(test)]
mod tests;
