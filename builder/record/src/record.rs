// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A record that was read: each derivation with all that its lines say of it.

use ashlar_digest::DerivationId;

use crate::line::{End, Outcome, Sources, Used};

/// What one build did. It comes from [`BuildRecord::read`] alone, so that what its parts say fits together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildRecord {
    pub(crate) what: Vec<String>,
    pub(crate) start_ms: u64,
    pub(crate) jobs: u32,
    pub(crate) sources: Option<Sources>,
    pub(crate) derivations: Vec<Derivation>,
    pub(crate) end: Option<End>,
}

/// One derivation of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derivation {
    /// What it makes. Two of one build are never called the same.
    pub name: String,
    /// `sandboxed`, or the builtin with its version.
    pub kind: String,
    /// The derivations whose results it reads: each stands before it.
    pub needs: Vec<usize>,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a derivation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The store had it before anything was built.
    Hit {
        /// Its identity.
        digest: DerivationId,
        /// When it was found, in milliseconds since the build began.
        at_ms: u64,
    },
    /// A worker took it up.
    Worked(Work),
    /// It was never begun: something that it needs failed, or the build was ended before.
    Skipped,
}

/// The work of one worker on one derivation. Moments are milliseconds since the build began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// The derivation's identity.
    pub digest: DerivationId,
    /// Since when all that it needs was there.
    pub queued_ms: u64,
    /// When it was taken up.
    pub begun_ms: u64,
    /// By which worker, from 0.
    pub worker: u32,
    /// How it ended.
    pub ending: Ending,
}

/// How the work on a derivation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It came to its end.
    Ended {
        /// When.
        ended_ms: u64,
        /// With what.
        outcome: Outcome,
        /// Why it failed, where it did.
        reason: Option<String>,
        /// What it used.
        used: Used,
    },
    /// The build was killed meanwhile.
    Interrupted,
}

impl BuildRecord {
    /// The names that were asked for.
    #[must_use]
    pub fn what(&self) -> &[String] {
        &self.what
    }

    /// When it began, in milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub const fn start_ms(&self) -> u64 {
        self.start_ms
    }

    /// How many derivations could be worked on at one time.
    #[must_use]
    pub const fn jobs(&self) -> u32 {
        self.jobs
    }

    /// The time in which missing sources were brought, where any were missing.
    #[must_use]
    pub const fn sources(&self) -> Option<Sources> {
        self.sources
    }

    /// All derivations, each behind those that it needs.
    #[must_use]
    pub fn derivations(&self) -> &[Derivation] {
        &self.derivations
    }

    /// Whether the build came to its end; otherwise it was killed, or still goes on.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.end.is_some()
    }

    /// Whether everything that was asked for is there.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.end.is_some_and(|end| end.succeeded)
    }

    /// How long it took: to its end, or to the last moment that the record knows of. Milliseconds.
    #[must_use]
    pub fn wall_ms(&self) -> u64 {
        self.end.map_or_else(|| self.last_moment_ms(), |end| end.ended_ms)
    }

    /// How long a worker was busy with a derivation, in milliseconds; nothing for what was not begun.
    #[must_use]
    pub fn took_ms(&self, derivation: &Derivation) -> u64 {
        match &derivation.fate {
            Fate::Worked(work) => self.ended_ms(work).saturating_sub(work.begun_ms),
            Fate::Hit { .. } | Fate::Skipped => 0,
        }
    }

    /// When a worker was done: for what was interrupted, the last moment that the record knows of.
    pub(crate) fn ended_ms(&self, work: &Work) -> u64 {
        match work.ending {
            Ending::Ended { ended_ms, .. } => ended_ms,
            Ending::Interrupted => self.wall_ms(),
        }
    }

    pub(crate) fn last_moment_ms(&self) -> u64 {
        let moments = self.derivations.iter().map(|derivation| match &derivation.fate {
            Fate::Hit { at_ms, .. } => *at_ms,
            Fate::Worked(Work { ending: Ending::Ended { ended_ms, .. }, .. }) => *ended_ms,
            Fate::Worked(work) => work.begun_ms,
            Fate::Skipped => 0,
        });
        moments.chain(self.sources.map(|sources| sources.ended_ms)).max().unwrap_or(0)
    }
}

impl Derivation {
    /// What became of it, in one word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match &self.fate {
            Fate::Hit { .. } => "hit",
            Fate::Skipped => "skipped",
            Fate::Worked(work) => match work.ending {
                Ending::Interrupted => "interrupted",
                Ending::Ended { outcome: Outcome::Built, .. } => "built",
                Ending::Ended { outcome: Outcome::Hit, .. } => "hit",
                Ending::Ended { outcome: Outcome::Failed, .. } => "failed",
            },
        }
    }
}
