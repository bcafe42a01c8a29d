// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the template is filled with: texts only, in the order in which they are shown.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::amounts::{bytes, css, moment, percent, place, seconds, span};
use crate::line::Used;
use crate::record::{BuildRecord, Derivation, Ending, Fate, Work};
use crate::totals::permille;
use crate::{CriticalPath, Totals};

/// Marks on the chart's axis besides its beginning.
const MARKS: u64 = 8;
/// Shown where something was not measured.
const NOTHING: &str = "–";

#[derive(Serialize)]
pub(super) struct Page {
    what: String,
    ended: &'static str,
    began: String,
    totals: Vec<Total>,
    failures: Vec<Failure>,
    path: Vec<PathStep>,
    path_seconds: String,
    path_share: String,
    marks: Vec<Mark>,
    sources: Option<SourcesBar>,
    lanes: Vec<Lane>,
    rows: Vec<Row>,
    hits: usize,
    hit_names: Vec<HitName>,
    skipped: usize,
    skipped_names: Vec<String>,
}

#[derive(Serialize)]
struct Total {
    term: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Failure {
    name: String,
    reason: String,
}

#[derive(Serialize)]
struct PathStep {
    id: usize,
    name: String,
    seconds: String,
    share: String,
}

#[derive(Serialize)]
struct Mark {
    left: String,
    label: String,
}

#[derive(Serialize)]
struct SourcesBar {
    files: u64,
    seconds: String,
    left: String,
    width: String,
}

#[derive(Serialize)]
struct Lane {
    worker: u32,
    bars: Vec<Bar>,
}

#[derive(Serialize)]
struct Bar {
    id: usize,
    name: String,
    seconds: String,
    word: &'static str,
    critical: bool,
    left: String,
    width: String,
}

#[derive(Serialize)]
struct Row {
    id: usize,
    name: String,
    kind: String,
    digest: String,
    word: &'static str,
    critical: bool,
    worker: u32,
    begun: String,
    waited: String,
    took: String,
    user: String,
    system: String,
    process: String,
    group: String,
    bytes_in: String,
    bytes_out: String,
}

#[derive(Serialize)]
struct HitName {
    name: String,
    digest: String,
}

impl Page {
    pub(super) fn of(record: &BuildRecord) -> Self {
        let totals = Totals::of(record);
        let path = CriticalPath::of(record);
        let wall = record.wall_ms();
        let critical: BTreeSet<usize> = path.steps().iter().map(|step| step.derivation).collect();
        let ended = match (record.is_complete(), record.succeeded()) {
            (false, _) => "It was killed, or had not ended when this was written.",
            (true, true) => "It succeeded.",
            (true, false) => "It failed.",
        };
        let derivations = record.derivations();
        let steps = path.steps().iter().map(|step| PathStep {
            id: step.derivation,
            name: derivations[step.derivation].name.clone(),
            seconds: seconds(step.took_ms),
            share: percent(permille(step.took_ms, wall)),
        });
        let worked: Vec<(usize, &Derivation, &Work)> = worked(record).collect();
        let names = |word: &str| -> Vec<&Derivation> {
            derivations.iter().filter(|derivation| derivation.word() == word).collect()
        };
        let skipped_names: Vec<String> =
            names("skipped").iter().map(|derivation| derivation.name.clone()).collect();
        Self {
            what: record.what().join(" "),
            ended,
            began: moment(record.start_ms()),
            totals: total_rows(record, &totals),
            failures: worked.iter().filter_map(|(_, derivation, work)| failure(derivation, work)).collect(),
            path: steps.collect(),
            path_seconds: seconds(path.total_ms()),
            path_share: percent(permille(path.total_ms(), wall)),
            marks: (1..=MARKS).map(|mark| mark_of(mark, wall)).collect(),
            sources: record.sources().map(|sources| {
                let (left, width) = extent(sources.begun_ms, sources.ended_ms, wall);
                let took = seconds(sources.ended_ms - sources.begun_ms);
                SourcesBar { files: sources.files, seconds: took, left, width }
            }),
            lanes: lanes(record, &worked, &critical),
            rows: worked
                .iter()
                .map(|(id, derivation, work)| row(record, *id, derivation, work, &critical))
                .collect(),
            hits: totals.hits,
            hit_names: names("hit").into_iter().map(hit_name).collect(),
            skipped: totals.skipped,
            skipped_names,
        }
    }
}

fn worked(record: &BuildRecord) -> impl Iterator<Item = (usize, &Derivation, &Work)> {
    record.derivations().iter().enumerate().filter_map(|(id, derivation)| match &derivation.fate {
        Fate::Worked(work) => Some((id, derivation, work)),
        Fate::Hit { .. } | Fate::Skipped => None,
    })
}

fn total_rows(record: &BuildRecord, totals: &Totals) -> Vec<Total> {
    let parallelism = totals.parallelism_permille();
    let mut rows = vec![
        Total { term: "elapsed", value: span(totals.wall_ms) },
        Total { term: "CPU of programs", value: span(totals.cpu_ms) },
        Total {
            term: "workers busy on average",
            value: format!("{}.{:02} of {}", parallelism / 1000, parallelism % 1000 / 10, record.jobs()),
        },
        Total { term: "bytes in", value: bytes(totals.bytes_in) },
        Total { term: "bytes out", value: bytes(totals.bytes_out) },
        Total { term: "built", value: totals.built.to_string() },
        Total { term: "hits", value: totals.hits.to_string() },
    ];
    let rare = [("failed", totals.failed), ("interrupted", totals.interrupted), ("skipped", totals.skipped)];
    let rare = rare.into_iter().filter(|(_, count)| *count > 0);
    rows.extend(rare.map(|(term, count)| Total { term, value: count.to_string() }));
    rows
}

fn failure(derivation: &Derivation, work: &Work) -> Option<Failure> {
    match &work.ending {
        Ending::Ended { reason: Some(reason), .. } => {
            Some(Failure { name: derivation.name.clone(), reason: reason.clone() })
        }
        _ => None,
    }
}

fn mark_of(mark: u64, wall: u64) -> Mark {
    let ms = wall.saturating_mul(mark) / MARKS;
    Mark { left: css(place(ms, wall)), label: seconds(ms) }
}

/// Left edge and width.
fn extent(from: u64, until: u64, wall: u64) -> (String, String) {
    let (left, right) = (place(from, wall), place(until, wall));
    (css(left), css(right - left))
}

fn lanes(
    record: &BuildRecord,
    worked: &[(usize, &Derivation, &Work)],
    critical: &BTreeSet<usize>,
) -> Vec<Lane> {
    let mut lanes: BTreeMap<u32, Vec<Bar>> = BTreeMap::new();
    for (id, derivation, work) in worked {
        let (left, width) = extent(work.begun_ms, record.ended_ms(work), record.wall_ms());
        lanes.entry(work.worker).or_default().push(Bar {
            id: *id,
            name: derivation.name.clone(),
            seconds: seconds(record.took_ms(derivation)),
            word: derivation.word(),
            critical: critical.contains(id),
            left,
            width,
        });
    }
    lanes.into_iter().map(|(worker, bars)| Lane { worker, bars }).collect()
}

fn row(
    record: &BuildRecord,
    id: usize,
    derivation: &Derivation,
    work: &Work,
    critical: &BTreeSet<usize>,
) -> Row {
    let used = match &work.ending {
        Ending::Ended { used, .. } => *used,
        Ending::Interrupted => Used::default(),
    };
    let or_nothing = |amount: Option<u64>, write: fn(u64) -> String| amount.map_or(NOTHING.to_owned(), write);
    Row {
        id,
        name: derivation.name.clone(),
        kind: derivation.kind.clone(),
        digest: work.digest.to_string(),
        word: derivation.word(),
        critical: critical.contains(&id),
        worker: work.worker,
        begun: seconds(work.begun_ms),
        waited: seconds(work.begun_ms - work.queued_ms),
        took: seconds(record.took_ms(derivation)),
        user: or_nothing(used.user_ms, seconds),
        system: or_nothing(used.system_ms, seconds),
        process: or_nothing(used.peak_process_bytes, bytes),
        group: or_nothing(used.peak_group_bytes, bytes),
        bytes_in: or_nothing(used.bytes_in, bytes),
        bytes_out: or_nothing(used.bytes_out, bytes),
    }
}

fn hit_name(derivation: &Derivation) -> HitName {
    let digest = match &derivation.fate {
        Fate::Hit { digest, .. } => digest.to_string(),
        Fate::Worked(work) => work.digest.to_string(),
        Fate::Skipped => String::new(),
    };
    HitName { name: derivation.name.clone(), digest }
}
