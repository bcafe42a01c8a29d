// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The engine itself: from a graph and goals to realisations.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ashlar_digest::{BlobDigest, DerivationId, SourceDigest, TreeDigest};
use ashlar_plan::{Action, Derivation, Graph, NodeId, PlanError, Port};
use ashlar_sandbox::{Cancel, Limits};
use ashlar_store::{Realisation, Recorded, Store};
use ashlar_tree::Tree;

use crate::sandboxed::Workshop;
use crate::schedule::{self, Realised};
use crate::{EngineError, Events, How, SourceError, Surroundings, builtin};

/// Brings upstream files into the store.
pub trait SourceProvider: Sync {
    /// Brings every file of `wanted` into the store, verified. Files that are there already are not asked for.
    ///
    /// # Errors
    /// If one of them cannot be had.
    fn bring(&self, wanted: &[SourceDigest]) -> Result<(), SourceError>;
}

/// What realises derivations.
pub struct Engine<'a> {
    /// Where everything lives.
    pub store: &'a Store,
    /// The program that becomes the sandbox (`ashlar_sandbox::dispatch`).
    pub helper: PathBuf,
    /// Where sources come from.
    pub sources: &'a dyn SourceProvider,
    /// Who listens.
    pub events: &'a dyn Events,
    /// Derivations worked on at one time.
    pub workers: usize,
    /// What surrounds builds.
    pub surroundings: Surroundings,
    /// What builds may use.
    pub limits: Limits,
    /// Ends everything.
    pub cancel: Cancel,
    /// Build even what the store has, and compare: a difference is an error.
    pub rebuild: bool,
}

impl std::fmt::Debug for Engine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("store", &self.store)
            .field("surroundings", &self.surroundings)
            .finish_non_exhaustive()
    }
}

/// How one node came to be.
#[derive(Clone, Debug)]
pub struct Record {
    /// The node.
    pub key: String,
    /// Its derivation.
    pub id: DerivationId,
    /// Whether it was built now.
    pub how: How,
    /// Since the build began.
    pub started: Duration,
    /// How long it took.
    pub took: Duration,
    /// CPU time of its programs.
    pub cpu: Duration,
    /// The greatest memory of one of its processes, bytes.
    pub max_rss_bytes: u64,
}

/// A finished build.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// What every node turned out to be.
    pub trees: BTreeMap<Port, TreeDigest>,
    /// How, in the order of finishing.
    pub records: Vec<Record>,
}

impl Built {
    /// The tree of an output.
    #[must_use]
    pub fn tree(&self, node: NodeId, output: &str) -> Option<TreeDigest> {
        self.trees.get(&Port { node, output: output.to_owned() }).copied()
    }
}

impl Engine<'_> {
    /// Makes `goals` true.
    ///
    /// # Errors
    /// All that failed; what could be built is recorded in the store all the same.
    pub fn build(&self, graph: &Graph, goals: &[NodeId]) -> Result<Built, Vec<EngineError>> {
        let begun = Instant::now();
        let needed = graph.needed(goals);
        let mut realised = Realised::new();
        let mut to_build = Vec::new();
        let mut built = Built::default();
        for id in &needed {
            match self.look_up(graph, *id, &realised).map_err(|error| vec![error])? {
                Some((derivation, realisation)) if !self.rebuild => {
                    remember(&mut realised, *id, &realisation);
                    built.records.push(Record::cached(&graph.node(*id).key, derivation));
                }
                _ => to_build.push(*id),
            }
        }
        self.events.planned(needed.len() - to_build.len(), to_build.len());
        if to_build.is_empty() {
            built.trees = realised;
            return Ok(built);
        }
        self.bring_sources(graph, &to_build).map_err(|error| vec![error])?;
        let records = Mutex::new(Vec::new());
        let (realised, errors) = schedule::run(graph, &to_build, realised, self.workers, |id, tree_of| {
            let label = &graph.node(id).key;
            let derivation = graph
                .lower(id, tree_of)
                .ok_or_else(|| EngineError::builtin(label, "an input is not realised"))?;
            let result = self.realise(&derivation, begun);
            match result {
                Ok((outputs, record)) => {
                    records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
                    Ok(outputs)
                }
                Err(error) => {
                    self.events.failed(label, &error);
                    Err(error)
                }
            }
        });
        if !errors.is_empty() {
            return Err(errors);
        }
        built.records.extend(records.into_inner().unwrap_or_else(PoisonError::into_inner));
        built.trees = realised;
        Ok(built)
    }

    /// The identity of `id`, if all its inputs are recorded.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn identity_of(&self, graph: &Graph, id: NodeId) -> Result<Option<DerivationId>, EngineError> {
        let mut realised = Realised::new();
        for node in graph.needed(&[id]) {
            if let Some((_, found)) = self.look_up(graph, node, &realised)? {
                remember(&mut realised, node, &found);
            }
        }
        graph
            .lower(id, |port| realised.get(port).copied())
            .map(|derivation| identity(&derivation))
            .transpose()
    }

    /// Makes everything true that `id` depends on, and gives its derivation without carrying it out; its sources are brought too.
    ///
    /// # Errors
    /// All that failed.
    pub fn prepare(&self, graph: &Graph, id: NodeId) -> Result<Derivation, Vec<EngineError>> {
        let goals: Vec<NodeId> = graph.node(id).dependencies.iter().map(|port| port.node).collect();
        let built = self.build(graph, &goals)?;
        self.bring_sources(graph, &[id]).map_err(|error| vec![error])?;
        let label = &graph.node(id).key;
        graph
            .lower(id, |port| built.trees.get(port).copied())
            .ok_or_else(|| vec![EngineError::builtin(label, "an input is not realised")])
    }

    /// Carries `derivation` out once more, whatever the store has, and records no result of it. Its log takes the place of the last one.
    ///
    /// # Errors
    /// If it fails, or the store cannot be written.
    pub fn again(&self, derivation: &Derivation) -> Result<BTreeMap<String, TreeDigest>, EngineError> {
        let label = derivation.label.as_str();
        let (trees, ..) = self.carry_out(derivation, identity(derivation)?)?;
        let stored = |tree: Tree| self.store.put_tree(&tree).map_err(EngineError::store(label));
        trees.into_iter().map(|(name, tree)| Ok((name, stored(tree)?))).collect()
    }

    /// The derivation of `id` and what it gave, if its inputs are known and it is recorded.
    fn look_up(
        &self,
        graph: &Graph,
        id: NodeId,
        realised: &Realised,
    ) -> Result<Option<(DerivationId, Realisation)>, EngineError> {
        let Some(derivation) = graph.lower(id, |port| realised.get(port).copied()) else { return Ok(None) };
        let derivation_id = identity(&derivation)?;
        let found = self.store.realisation(derivation_id).map_err(EngineError::store(&derivation.label))?;
        Ok(found.map(|found| (derivation_id, found)))
    }

    /// Every source that `to_build` may need and the store lacks, in one go.
    fn bring_sources(&self, graph: &Graph, to_build: &[NodeId]) -> Result<(), EngineError> {
        let missing: BTreeSet<SourceDigest> = to_build
            .iter()
            .flat_map(|id| graph.node(*id).sources().collect::<Vec<_>>())
            .filter(|digest| !self.store.has_blob(BlobDigest::new(digest.sha256())))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let missing: Vec<SourceDigest> = missing.into_iter().collect();
        self.sources.bring(&missing).map_err(|cause| EngineError::Sources { cause })
    }

    /// Takes `derivation` from the store, or carries it out.
    fn realise(
        &self,
        derivation: &Derivation,
        begun: Instant,
    ) -> Result<(BTreeMap<String, TreeDigest>, Record), EngineError> {
        let label = derivation.label.as_str();
        let id = identity(derivation)?;
        let stored = |cause| EngineError::store(label)(cause);
        let (started, clock) = (begun.elapsed(), Instant::now());
        let guard = self.store.lock(id, || self.events.waiting(label)).map_err(stored)?;
        let known = self.store.realisation(id).map_err(stored)?;
        if let Some(known) = known.as_ref().filter(|_| !self.rebuild) {
            drop(guard);
            self.events.finished(label, How::Cached, clock.elapsed());
            return Ok((
                known.outputs.clone(),
                Record { how: How::Cached, started, took: clock.elapsed(), ..Record::cached(label, id) },
            ));
        }
        self.events.started(label, id);
        let (trees, cpu, max_rss_bytes) = self.carry_out(derivation, id)?;
        let mut outputs = BTreeMap::new();
        for (name, tree) in trees {
            outputs.insert(name, self.store.put_tree(&tree).map_err(stored)?);
        }
        let encoding = derivation.encode().map_err(|cause| plan_error(label, cause))?;
        let realisation = Realisation { name: label.to_owned(), outputs: outputs.clone() };
        match self.store.record(id, &realisation, encoding.as_bytes()).map_err(stored)? {
            Recorded::New | Recorded::Same => {}
            Recorded::Differs(before) => return Err(self.difference(label, id, &before, &realisation)?),
        }
        drop(guard);
        self.events.finished(label, How::Built, clock.elapsed());
        let record = Record {
            key: label.to_owned(),
            id,
            how: How::Built,
            started,
            took: clock.elapsed(),
            cpu,
            max_rss_bytes,
        };
        Ok((outputs, record))
    }

    fn carry_out(
        &self,
        derivation: &Derivation,
        id: DerivationId,
    ) -> Result<(BTreeMap<String, Tree>, Duration, u64), EngineError> {
        match &derivation.action {
            Action::Builtin(action) => {
                Ok((builtin::run(self.store, &derivation.label, action)?, Duration::ZERO, 0))
            }
            Action::Sandboxed(action) => {
                let workshop = Workshop {
                    store: self.store,
                    helper: &self.helper,
                    surroundings: &self.surroundings,
                    limits: &self.limits,
                    cancel: &self.cancel,
                };
                let made = workshop.build(&derivation.label, id, action)?;
                Ok((made.outputs, made.cpu, made.max_rss_bytes))
            }
        }
    }

    /// Says where two results of one derivation differ.
    fn difference(
        &self,
        label: &str,
        id: DerivationId,
        before: &Realisation,
        after: &Realisation,
    ) -> Result<EngineError, EngineError> {
        let mut findings = vec!["it gave something else than before: it is not reproducible".to_owned()];
        for (name, digest) in &after.outputs {
            let Some(old) = before.outputs.get(name).filter(|old| *old != digest) else { continue };
            let read = |digest: TreeDigest| self.store.get_tree(digest).map_err(EngineError::store(label));
            let changes = ashlar_tree::difference(&read(*old)?, &read(*digest)?);
            findings.extend(changes.iter().take(40).map(|change| format!("{name}: {change}")));
        }
        Ok(EngineError::Result { label: label.to_owned(), findings, log: self.store.log_path(id) })
    }
}

impl Record {
    fn cached(key: &str, id: DerivationId) -> Self {
        Self {
            key: key.to_owned(),
            id,
            how: How::Cached,
            started: Duration::ZERO,
            took: Duration::ZERO,
            cpu: Duration::ZERO,
            max_rss_bytes: 0,
        }
    }
}

fn remember(realised: &mut Realised, node: NodeId, realisation: &Realisation) {
    for (output, digest) in &realisation.outputs {
        realised.insert(Port { node, output: output.clone() }, *digest);
    }
}

fn identity(derivation: &Derivation) -> Result<DerivationId, EngineError> {
    derivation.id().map_err(|cause| plan_error(&derivation.label, cause))
}

fn plan_error(label: &str, cause: ashlar_digest::CanonicalError) -> EngineError {
    let cause = PlanError::Identity { label: label.to_owned(), cause };
    EngineError::Plan { label: label.to_owned(), cause: Box::new(cause) }
}
