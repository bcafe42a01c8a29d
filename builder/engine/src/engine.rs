// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The engine itself: from a graph and goals to realisations.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ashlar_digest::{BlobDigest, DerivationId, SourceDigest, TreeDigest};
use ashlar_plan::{Derivation, Graph, NodeId, PlanError, Port};
use ashlar_sandbox::{Cancel, Limits};
use ashlar_store::{Realisation, Store};

use crate::recorder::{Hits, Recorder, Recording};
use crate::schedule::{self, Realised};
use crate::{EngineError, Events, SourceError, Surroundings};

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
    /// What to write into the build record; without it, none is written.
    pub recording: Option<Recording>,
}

impl std::fmt::Debug for Engine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("store", &self.store)
            .field("surroundings", &self.surroundings)
            .finish_non_exhaustive()
    }
}

/// A finished build.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// What every node turned out to be.
    pub trees: BTreeMap<Port, TreeDigest>,
    /// The derivation of every node.
    pub ids: BTreeMap<NodeId, DerivationId>,
    /// The nodes that the store did not have when the build began.
    pub fresh: BTreeSet<NodeId>,
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
        let clock = Instant::now();
        let needed = graph.needed(goals);
        let mut realised = Realised::new();
        let mut to_build = Vec::new();
        let mut hits = Hits::new();
        for id in &needed {
            match self.look_up(graph, *id, &realised).map_err(|error| vec![error])? {
                Some((derivation, realisation)) if !self.rebuild => {
                    remember(&mut realised, *id, &realisation);
                    hits.insert(*id, (derivation, clock.elapsed()));
                }
                _ => to_build.push(*id),
            }
        }
        self.events.planned(hits.len(), to_build.len());
        let recorder = Recorder::begin(self, graph, &needed, &hits, clock);
        let mut ids: BTreeMap<NodeId, DerivationId> =
            hits.iter().map(|(id, (found, _))| (*id, *found)).collect();
        let built = if to_build.is_empty() {
            Ok(realised)
        } else {
            self.build_missing(graph, &to_build, realised, &recorder, &mut ids)
        };
        recorder.end(built.is_ok());
        Ok(Built { trees: built?, ids, fresh: to_build.into_iter().collect() })
    }

    /// Builds what the store lacks, and adds its derivations to `ids`.
    fn build_missing(
        &self,
        graph: &Graph,
        to_build: &[NodeId],
        realised: Realised,
        recorder: &Recorder<'_>,
        ids: &mut BTreeMap<NodeId, DerivationId>,
    ) -> Result<Realised, Vec<EngineError>> {
        self.bring_sources(graph, to_build, Some(recorder)).map_err(|error| vec![error])?;
        let found = Mutex::new(ids);
        let (realised, errors) = schedule::run(graph, to_build, realised, self.workers, |turn, tree_of| {
            let label = &graph.node(turn.node).key;
            let result = graph
                .lower(turn.node, tree_of)
                .ok_or_else(|| EngineError::builtin(label, "an input is not realised"))
                .and_then(|derivation| self.realise(turn, &derivation, recorder));
            match result {
                Ok((id, outputs)) => {
                    found.lock().unwrap_or_else(PoisonError::into_inner).insert(turn.node, id);
                    Ok(outputs)
                }
                Err(error) => {
                    self.events.failed(label, &error);
                    Err(error)
                }
            }
        });
        if errors.is_empty() { Ok(realised) } else { Err(errors) }
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
        self.bring_sources(graph, &[id], None).map_err(|error| vec![error])?;
        let label = &graph.node(id).key;
        graph
            .lower(id, |port| built.trees.get(port).copied())
            .ok_or_else(|| vec![EngineError::builtin(label, "an input is not realised")])
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
    fn bring_sources(
        &self,
        graph: &Graph,
        to_build: &[NodeId],
        recorder: Option<&Recorder<'_>>,
    ) -> Result<(), EngineError> {
        let begun = Instant::now();
        let missing: BTreeSet<SourceDigest> = to_build
            .iter()
            .flat_map(|id| graph.node(*id).sources().collect::<Vec<_>>())
            .filter(|digest| !self.store.has_blob(BlobDigest::new(digest.sha256())))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let missing: Vec<SourceDigest> = missing.into_iter().collect();
        self.sources.bring(&missing).map_err(|cause| EngineError::Sources { cause })?;
        if let Some(recorder) = recorder {
            recorder.sources(begun, missing.len());
        }
        Ok(())
    }
}

fn remember(realised: &mut Realised, node: NodeId, realisation: &Realisation) {
    for (output, digest) in &realisation.outputs {
        realised.insert(Port { node, output: output.clone() }, *digest);
    }
}

/// The identity of `derivation`.
pub(crate) fn identity(derivation: &Derivation) -> Result<DerivationId, EngineError> {
    derivation.id().map_err(|cause| plan_error(&derivation.label, cause))
}

/// An error of an identity.
pub(crate) fn plan_error(label: &str, cause: ashlar_digest::CanonicalError) -> EngineError {
    let cause = PlanError::Identity { label: label.to_owned(), cause };
    EngineError::Plan { label: label.to_owned(), cause: Box::new(cause) }
}
