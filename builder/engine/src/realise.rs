// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One worker's turn at one derivation: from the store, or carried out, stored and recorded.

use std::collections::BTreeMap;
use std::time::Instant;

use ashlar_digest::{DerivationId, TreeDigest};
use ashlar_plan::{Action, Derivation};
use ashlar_record::{Outcome, Used};
use ashlar_store::{Realisation, Recorded};
use ashlar_tree::Tree;

use crate::engine::{identity, plan_error};
use crate::recorder::Recorder;
use crate::sandboxed::Workshop;
use crate::schedule::Turn;
use crate::{Engine, EngineError, How, builtin};

type Outputs = BTreeMap<String, TreeDigest>;

impl Engine<'_> {
    /// Takes `derivation` from the store, or carries it out.
    pub(crate) fn realise(
        &self,
        turn: Turn,
        derivation: &Derivation,
        recorder: &Recorder<'_>,
    ) -> Result<(DerivationId, Outputs), EngineError> {
        let clock = Instant::now();
        let id = identity(derivation)?;
        recorder.begun(turn, id);
        let mut used = Used::default();
        let result = self.realise_measured(derivation, id, recorder, &mut used);
        let outcome = result.as_ref().map(|(how, _)| match how {
            How::Built => Outcome::Built,
            How::Cached => Outcome::Hit,
        });
        recorder.ended(turn, outcome, used);
        let (how, outputs) = result?;
        self.events.finished(&derivation.label, how, clock.elapsed());
        Ok((id, outputs))
    }

    /// Carries `derivation` out once more, whatever the store has, and records no result of it. Its log takes the place of the last one.
    ///
    /// # Errors
    /// If it fails, or the store cannot be written.
    pub fn again(&self, derivation: &Derivation) -> Result<Outputs, EngineError> {
        let (label, id) = (derivation.label.as_str(), identity(derivation)?);
        // Two builds of one derivation at one time would write one log.
        let _guard = self.store.lock(id, || self.events.waiting(label)).map_err(EngineError::store(label))?;
        let trees = self.carry_out(derivation, id, &mut Used::default())?;
        let stored = |tree: Tree| self.store.put_tree(&tree).map_err(EngineError::store(label));
        trees.into_iter().map(|(name, tree)| Ok((name, stored(tree)?))).collect()
    }

    fn realise_measured(
        &self,
        derivation: &Derivation,
        id: DerivationId,
        recorder: &Recorder<'_>,
        used: &mut Used,
    ) -> Result<(How, Outputs), EngineError> {
        let label = derivation.label.as_str();
        let stored = |cause| EngineError::store(label)(cause);
        let _guard = self.store.lock(id, || self.events.waiting(label)).map_err(stored)?;
        let known = self.store.realisation(id).map_err(stored)?;
        if let Some(known) = known.filter(|_| !self.rebuild) {
            return Ok((How::Cached, known.outputs));
        }
        self.events.started(label, id);
        if recorder.is_on() {
            used.bytes_in = Some(recorder.sizes.of_inputs(self.store, derivation).map_err(stored)?);
        }
        let trees = self.carry_out(derivation, id, used)?;
        let mut outputs = BTreeMap::new();
        let mut bytes_out = 0_u64;
        for (name, tree) in trees {
            let (digest, bytes) = (self.store.put_tree(&tree).map_err(stored)?, tree.content_size());
            recorder.sizes.learn(digest, bytes);
            bytes_out = bytes_out.saturating_add(bytes);
            outputs.insert(name, digest);
        }
        used.bytes_out = Some(bytes_out);
        let encoding = derivation.encode().map_err(|cause| plan_error(label, cause))?;
        let realisation = Realisation { name: label.to_owned(), outputs: outputs.clone() };
        match self.store.record(id, &realisation, encoding.as_bytes()).map_err(stored)? {
            Recorded::New | Recorded::Same => Ok((How::Built, outputs)),
            Recorded::Differs(before) => Err(self.difference(label, id, &before, &realisation)?),
        }
    }

    fn carry_out(
        &self,
        derivation: &Derivation,
        id: DerivationId,
        used: &mut Used,
    ) -> Result<BTreeMap<String, Tree>, EngineError> {
        match &derivation.action {
            Action::Builtin(action) => builtin::run(self.store, &derivation.label, action),
            Action::Sandboxed(action) => {
                let workshop = Workshop {
                    store: self.store,
                    helper: &self.helper,
                    surroundings: &self.surroundings,
                    limits: &self.limits,
                    cancel: &self.cancel,
                };
                workshop.build(&derivation.label, id, action, used)
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
