// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The lines of a record: one JSON object each, appended while the build goes on.
//!
//! ```text
//! {"build":{"format":"ashlar-build-record","schema":1,"what":["qemu"],"start_ms":…,"jobs":2}}
//! {"derivation":{"name":"package make_4.4.1-2_amd64","kind":"unpack-deb@1","needs":[],"hit":{…}}}
//! {"derivation":{"name":"recipe musl","kind":"sandboxed","needs":[0]}}
//! {"sources":{"begun_ms":4,"ended_ms":2031,"files":1}}
//! {"begun":{"derivation":1,"digest":"…","queued_ms":2031,"begun_ms":2031,"worker":0}}
//! {"ended":{"derivation":1,"ended_ms":9000,"outcome":"built","used":{"user_ms":…,…}}}
//! {"end":{"ended_ms":9001,"succeeded":true}}
//! ```
//!
//! Whatever moment a build is killed at, all whole lines before it are a record. A moment is in milliseconds since the
//! build began, by a clock that nobody sets.

use serde::{Deserialize, Serialize};

/// The schema that is written and read.
pub(crate) const SCHEMA: u32 = 1;
/// What the first line states.
pub(crate) const FORMAT: &str = "ashlar-build-record";

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Line {
    /// The first: what is built, and when that began.
    Build(Build),
    /// A derivation of the build; the first such line has index 0. It stands behind those that it needs.
    Derivation(Planned),
    /// The sources that were missing have come.
    Sources(Sources),
    /// A worker took up a derivation.
    Begun(Begun),
    /// It is done with it.
    Ended(Ended),
    /// The last: the build came to its end, whether it succeeded or not.
    End(End),
}

/// What is built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    format: String,
    schema: u32,
    /// The names that were asked for.
    pub what: Vec<String>,
    /// When it began, in milliseconds since 1970-01-01 UTC.
    pub start_ms: u64,
    /// How many derivations could be worked on at one time.
    pub jobs: u32,
}

impl Build {
    /// The first line of a record of this schema.
    #[must_use]
    pub fn new(what: Vec<String>, start_ms: u64, jobs: u32) -> Self {
        Self { format: FORMAT.to_owned(), schema: SCHEMA, what, start_ms, jobs }
    }

    pub(crate) fn format(&self) -> &str {
        &self.format
    }
}

/// A derivation of the build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// What it makes, for people.
    pub name: String,
    /// `sandboxed`, or the builtin with its version.
    pub kind: String,
    /// The derivations whose results it reads, ascending.
    pub needs: Vec<usize>,
    /// Where its result was found before anything was built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hit: Option<Hit>,
}

/// A result that was there already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hit {
    /// The derivation's identity, in hexadecimal.
    pub digest: String,
    /// Where it was found.
    pub from: Place,
    /// When.
    pub at_ms: u64,
}

/// Where a result can be found instead of being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In this machine's store.
    Store,
}

/// The time in which missing sources were brought. No derivation is begun before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// When that began.
    pub begun_ms: u64,
    /// When all were there.
    pub ended_ms: u64,
    /// How many were missing.
    pub files: u64,
}

/// A worker took up a derivation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begun {
    /// Which, by index.
    pub derivation: usize,
    /// Its identity, in hexadecimal.
    pub digest: String,
    /// Since when all that it needs was there.
    pub queued_ms: u64,
    /// When the worker took it up.
    pub begun_ms: u64,
    /// Which worker, from 0.
    pub worker: u32,
}

/// A worker is done with a derivation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    /// Which, by index.
    pub derivation: usize,
    /// When.
    pub ended_ms: u64,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it failed, in one line; only where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it used.
    pub used: Used,
}

/// What came of the work on a derivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was built.
    Built,
    /// What it needs had turned out to be what it was before, or another process built it: the store had it.
    Hit,
    /// It failed.
    Failed,
}

/// What the work on a derivation used. What was not measured is absent: our own code shares its threads, so CPU and
/// memory are those of programs in a sandbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Used {
    /// CPU time in user mode, of all processes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_ms: Option<u64>,
    /// CPU time in the kernel, of all processes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_ms: Option<u64>,
    /// The largest resident set of a single process, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_process_bytes: Option<u64>,
    /// The most memory of the whole sandbox at one time, cached files included, in bytes: where it had a cgroup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_group_bytes: Option<u64>,
    /// Bytes of the files that it was shown: sysroot, target root, sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_in: Option<u64>,
    /// Bytes of the files in its outputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_out: Option<u64>,
}

/// The build came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// When.
    pub ended_ms: u64,
    /// Whether everything that was asked for is there.
    pub succeeded: bool,
}

impl Line {
    /// Its bytes, with the line feed that says that it is whole.
    #[must_use]
    pub fn encode(&self) -> String {
        // A value of these types is always JSON: keys are texts, numbers are integers.
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_these_bytes() {
        let digest = "0".repeat(64);
        let planned = |hit| {
            Line::Derivation(Planned {
                name: "recipe a".into(),
                kind: "sandboxed".into(),
                needs: vec![0, 3],
                hit,
            })
        };
        let used = Used { user_ms: Some(1), bytes_in: Some(2), ..Used::default() };
        let lines = [
            (
                Line::Build(Build::new(vec!["qemu".into()], 1_764_105_363_123, 2)),
                r#"{"build":{"format":"ashlar-build-record","schema":1,"what":["qemu"],"start_ms":1764105363123,"jobs":2}}"#.to_owned(),
            ),
            (planned(None), r#"{"derivation":{"name":"recipe a","kind":"sandboxed","needs":[0,3]}}"#.to_owned()),
            (
                planned(Some(Hit { digest: digest.clone(), from: Place::Store, at_ms: 7 })),
                format!(r#"{{"derivation":{{"name":"recipe a","kind":"sandboxed","needs":[0,3],"hit":{{"digest":"{digest}","from":"store","at_ms":7}}}}}}"#),
            ),
            (
                Line::Ended(Ended { derivation: 1, ended_ms: 9, outcome: Outcome::Failed, reason: Some("no".into()), used }),
                r#"{"ended":{"derivation":1,"ended_ms":9,"outcome":"failed","reason":"no","used":{"user_ms":1,"bytes_in":2}}}"#.to_owned(),
            ),
            (Line::End(End { ended_ms: 10, succeeded: true }), r#"{"end":{"ended_ms":10,"succeeded":true}}"#.to_owned()),
        ];
        for (line, text) in lines {
            assert_eq!(line.encode(), text.clone() + "\n");
            assert_eq!(serde_json::from_str::<Line>(&text).unwrap(), line);
        }
    }
}
