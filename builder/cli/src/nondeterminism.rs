// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why a build gives something else each time: the same derivation again and again, with one condition changed at a time.
//!
//! The runs that others are compared with are held still: a clock that starts at one moment for every program, one processor, fixed addresses.
//! Where two of those differ, none of the conditions is the cause: the build reads randomness, or its programs race each other. Design:
//! docs/design/perturbations.md.

use std::collections::BTreeMap;
use std::path::Path;

use ashlar_digest::TreeDigest;
use ashlar_engine::{Engine, EngineError, PermutedOrder, ShiftedClock, Surroundings};
use ashlar_plan::{Derivation, NodeId};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::memory_folder::MemoryFolder;
use crate::session::{Planned, Session};

/// The moments at which a clock starts for every program, ahead of the times that files get; the second is the changed one.
const MOMENTS: [&str; 2] = ["@2028-01-01 00:00:00", "@2029-03-04 05:06:07"];
/// Which permutation of directory entries; any will do.
const SEED: u64 = 11;

/// Something that surrounds a build and must not reach its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// The clock
    Clock,
    /// The number of processors, and of jobs
    Processors,
    /// The order of directory entries
    Order,
    /// The path of the build's folder outside of the sandbox
    Path,
    /// Where programs lie in memory
    Addresses,
    /// The host name
    Hostname,
    /// The file mode creation mask
    Umask,
    /// The locale
    Locale,
}

impl Condition {
    const ALL: [Self; 8] = [
        Self::Clock,
        Self::Processors,
        Self::Order,
        Self::Path,
        Self::Addresses,
        Self::Hostname,
        Self::Umask,
        Self::Locale,
    ];

    /// As it is named to people and programs.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Processors => "processors",
            Self::Order => "order",
            Self::Path => "path",
            Self::Addresses => "addresses",
            Self::Hostname => "hostname",
            Self::Umask => "umask",
            Self::Locale => "locale",
        }
    }

    /// What to do about it.
    pub(crate) const fn advice(self) -> &'static str {
        match self {
            Self::Clock => "have it use $SOURCE_DATE_EPOCH in the place of the time",
            Self::Processors => "give it a fixed number of parts, or sort what parallel jobs give",
            Self::Order => "sort what is read from folders",
            Self::Path => "have it write no path of /proc/self/mountinfo or of its own folder",
            Self::Addresses => "have it sort by names or numbers, not by pointers, and print no address",
            Self::Hostname => "have it leave out the name of the machine",
            Self::Umask => "set the modes that it records, or `umask 022` at the start of the step",
            Self::Locale => "set the locale of the program that sorts or formats, such as LC_ALL=C",
        }
    }
}

/// What the runs say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Each of these alone changes the result.
    DependsOn(Vec<Condition>),
    /// Two runs under one set of conditions differ.
    Unsteady,
    /// None of the conditions changes it.
    Steady,
}

/// What differed first, and why.
pub(crate) struct Cause {
    /// The recipe's node, by its key.
    pub(crate) node: String,
    /// What the runs say.
    pub(crate) verdict: Verdict,
}

impl Cause {
    /// The first of the nodes whose outputs are `differing` (`<key>:<output>`), in the order of building: what differs after it may differ
    /// because of it. `None` where no program of a recipe made any of them.
    pub(crate) fn of(
        session: &Session<'_>,
        planned: &Planned,
        differing: &[String],
        clock: &Path,
    ) -> Result<Option<Self>, Failure> {
        let is_differing = |key: &str| {
            differing.iter().any(|name| name.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
        };
        let needed = planned.graph.needed(&planned.goals);
        let first = needed.iter().copied().find(|id| {
            let node = planned.graph.node(*id);
            node.is_sandboxed() && is_differing(&node.key)
        });
        let Some(id) = first else { return Ok(None) };
        Ok(Some(Self::of_node(session, planned, id, clock)?))
    }

    /// Of a node that is known to differ.
    pub(crate) fn of_node(
        session: &Session<'_>,
        planned: &Planned,
        id: NodeId,
        clock: &Path,
    ) -> Result<Self, Failure> {
        let verdict = find(session, planned, id, clock)?;
        Ok(Self { node: planned.graph.node(id).key.clone(), verdict })
    }

    /// For people: lines.
    pub(crate) fn lines(&self) -> Vec<String> {
        let node = &self.node;
        match &self.verdict {
            Verdict::DependsOn(conditions) => conditions
                .iter()
                .map(|condition| {
                    format!("{node} depends on the {}: {}", condition.name(), condition.advice())
                })
                .collect(),
            Verdict::Unsteady => vec![format!(
                "{node} gives something else each time although nothing was changed: look for randomness, process ids, and programs that race each other"
            )],
            Verdict::Steady => vec![format!(
                "{node} gives the same under each single condition: look for several at once, another user, or a clock that goes on"
            )],
        }
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let (verdict, conditions) = match &self.verdict {
            Verdict::DependsOn(conditions) => {
                ("depends", conditions.iter().map(|condition| condition.name()).collect())
            }
            Verdict::Unsteady => ("unsteady", Vec::new()),
            Verdict::Steady => ("steady", Vec::new()),
        };
        json!({"node": self.node, "verdict": verdict, "conditions": conditions})
    }
}

/// Runs node `id` of what was planned under one condition after the other. Everything that it depends on is built in the usual way.
///
/// # Errors
/// If its dependencies cannot be built, or it fails even under the conditions that are held still.
pub(crate) fn find(
    session: &Session<'_>,
    planned: &Planned,
    id: NodeId,
    clock: &Path,
) -> Result<Verdict, Failure> {
    let label = &planned.graph.node(id).key;
    let scratch = session.store.scratch("conditions")?;
    session.with_engine(&planned.catalog, Surroundings::usual(1), |engine| {
        let derivation = engine.prepare(&planned.graph, id).map_err(Failure::Build)?;
        let mut runs = Runs { engine, derivation: &derivation, clock, folder: scratch.path() };
        let note = |what: &str| session.terminal.note(&format!("building {label} once more: {what}"));
        note("everything held still");
        let still = runs.once(runs.held_still()).map_err(|error| Failure::Build(vec![error]))?;
        note("everything held still, a second time");
        if runs.once(runs.held_still()).ok().as_ref() != Some(&still) {
            return Ok(Verdict::Unsteady);
        }
        let mut found = Vec::new();
        for condition in Condition::ALL {
            note(&format!("other {}", condition.name()));
            let order = (condition == Condition::Order)
                .then(|| MemoryFolder::make(|text| session.terminal.note(text)))
                .transpose()?;
            let surroundings = runs.changed(condition, session.jobs, order.as_ref().map(MemoryFolder::path));
            // A build that fails under a condition depends on it too.
            let again = runs.once(surroundings).ok();
            order.map(MemoryFolder::remove).transpose()?;
            if again.as_ref() != Some(&still) {
                found.push(condition);
            }
        }
        Ok(if found.is_empty() { Verdict::Steady } else { Verdict::DependsOn(found) })
    })
}

/// Runs of one derivation.
struct Runs<'r, 'e> {
    engine: &'r mut Engine<'e>,
    derivation: &'r Derivation,
    clock: &'r Path,
    folder: &'r Path,
}

impl Runs<'_, '_> {
    fn once(&mut self, surroundings: Surroundings) -> Result<BTreeMap<String, TreeDigest>, EngineError> {
        if let Some(left) = surroundings.folder.as_ref().filter(|folder| folder.exists()) {
            // Of a run that failed.
            ashlar_sandbox::remove_scratch(left).map_err(|cause| EngineError::Sandbox {
                label: self.derivation.label.clone(),
                cause: Box::new(cause),
            })?;
        }
        self.engine.surroundings = surroundings;
        self.engine.again(self.derivation)
    }

    fn held_still(&self) -> Surroundings {
        Surroundings {
            clock: Some(self.clock_at(MOMENTS[0])),
            cpus: Some(1),
            folder: Some(self.folder.join("room")),
            ..Surroundings::usual(1)
        }
    }

    /// [`Self::held_still`], but for one condition.
    fn changed(&self, condition: Condition, jobs: usize, order: Option<&Path>) -> Surroundings {
        let mut changed = self.held_still();
        match condition {
            Condition::Clock => changed.clock = Some(self.clock_at(MOMENTS[1])),
            Condition::Processors => {
                changed.cpus = None;
                changed.jobs = jobs + 1;
            }
            Condition::Order => {
                changed.order = order.map(|folder| PermutedOrder { folder: folder.to_owned(), seed: SEED });
            }
            Condition::Path => changed.folder = Some(self.folder.join("a-room-whose-name-is-longer")),
            Condition::Addresses => changed.random_addresses = true,
            Condition::Hostname => changed.hostname = "elsewhere".to_owned(),
            Condition::Umask => changed.umask = 0o077,
            Condition::Locale => changed.locale = "POSIX".to_owned(),
        }
        changed
    }

    fn clock_at(&self, moment: &str) -> ShiftedClock {
        ShiftedClock { library: self.clock.to_owned(), setting: moment.to_owned() }
    }
}
