// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which node is worked on next: a fixed number of workers, a queue ordered by what most work waits for.
//!
//! After the first failure no new node is begun; what runs is finished, so that its result is not lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ashlar_digest::TreeDigest;
use ashlar_plan::{Graph, NodeId, Port};

/// What nodes turned out to be: output by output.
pub(crate) type Realised = BTreeMap<Port, TreeDigest>;

/// A worker's turn at a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    pub(crate) node: NodeId,
    /// Which worker, from 0.
    pub(crate) worker: u32,
    /// Since when everything that the node needs was there.
    pub(crate) queued: Instant,
}

struct State {
    realised: Realised,
    /// Unmet dependencies of nodes that are not ready.
    waiting: BTreeMap<NodeId, BTreeSet<NodeId>>,
    /// Ready nodes: greatest priority last, then by position, so that the order is the same in every run.
    ready: BTreeSet<(u64, std::cmp::Reverse<NodeId>)>,
    /// When each of them became ready.
    queued: BTreeMap<NodeId, Instant>,
    running: usize,
    failures: usize,
}

/// Works through `to_build` with `workers` threads, each calling `work` with its turn and what is realised so far.
///
/// `realised` holds everything that `to_build` depends on outside itself. The result holds what could be realised.
pub(crate) fn run<E: Send>(
    graph: &Graph,
    to_build: &[NodeId],
    realised: Realised,
    workers: usize,
    work: impl Fn(Turn, &dyn Fn(&Port) -> Option<TreeDigest>) -> Result<BTreeMap<String, TreeDigest>, E> + Sync,
) -> (Realised, Vec<E>) {
    let priority = priorities(graph, to_build);
    let pending: BTreeSet<NodeId> = to_build.iter().copied().collect();
    let mut state = State {
        realised,
        waiting: BTreeMap::new(),
        ready: BTreeSet::new(),
        queued: BTreeMap::new(),
        running: 0,
        failures: 0,
    };
    for id in &pending {
        let unmet: BTreeSet<NodeId> = graph
            .node(*id)
            .dependencies
            .iter()
            .map(|port| port.node)
            .filter(|node| pending.contains(node))
            .collect();
        if unmet.is_empty() {
            state.ready.insert((priority[id], std::cmp::Reverse(*id)));
            state.queued.insert(*id, Instant::now());
        } else {
            state.waiting.insert(*id, unmet);
        }
    }
    let state = Mutex::new(state);
    let changed = Condvar::new();
    let errors = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for worker in 0..u32::try_from(workers.max(1)).unwrap_or(u32::MAX) {
            let (state, changed, errors, work, priority) = (&state, &changed, &errors, &work, &priority);
            scope.spawn(move || {
                while let Some((node, queued)) = next(state, changed) {
                    let tree_of = |port: &Port| locked(state).realised.get(port).copied();
                    let guard = Unwinding { state, changed };
                    let result = work(Turn { node, worker, queued }, &tree_of);
                    std::mem::forget(guard);
                    let mut state = locked(state);
                    state.running -= 1;
                    match result {
                        Ok(outputs) => finish(&mut state, priority, node, outputs),
                        Err(error) => {
                            state.failures += 1;
                            locked(errors).push(error);
                        }
                    }
                    drop(state);
                    changed.notify_all();
                }
            });
        }
    });
    let realised = state.into_inner().unwrap_or_else(PoisonError::into_inner).realised;
    (realised, errors.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Wakes the other workers if one panics; without it they would wait for its result for ever.
struct Unwinding<'a> {
    state: &'a Mutex<State>,
    changed: &'a Condvar,
}

impl Drop for Unwinding<'_> {
    fn drop(&mut self) {
        let mut state = locked(self.state);
        state.running -= 1;
        state.failures += 1;
        drop(state);
        self.changed.notify_all();
    }
}

/// The next node to work on, and since when it could be; `None` when there is nothing left to begin.
fn next(state: &Mutex<State>, changed: &Condvar) -> Option<(NodeId, Instant)> {
    let mut state = locked(state);
    loop {
        if state.failures > 0 {
            return None;
        }
        if let Some((_, std::cmp::Reverse(id))) = state.ready.pop_last() {
            state.running += 1;
            let queued = state.queued.remove(&id).unwrap_or_else(Instant::now);
            return Some((id, queued));
        }
        if state.running == 0 {
            return None;
        }
        state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
}

fn finish(
    state: &mut State,
    priority: &BTreeMap<NodeId, u64>,
    id: NodeId,
    outputs: BTreeMap<String, TreeDigest>,
) {
    for (output, digest) in outputs {
        state.realised.insert(Port { node: id, output }, digest);
    }
    let mut freed = Vec::new();
    for (node, unmet) in &mut state.waiting {
        if unmet.remove(&id) && unmet.is_empty() {
            freed.push(*node);
        }
    }
    for node in freed {
        state.waiting.remove(&node);
        state.ready.insert((priority[&node], std::cmp::Reverse(node)));
        state.queued.insert(node, Instant::now());
    }
}

/// How much work waits for each node: its own and the longest chain of dependents.
fn priorities(graph: &Graph, to_build: &[NodeId]) -> BTreeMap<NodeId, u64> {
    let mut below: BTreeMap<NodeId, u64> = BTreeMap::new();
    for id in to_build.iter().rev() {
        let node = graph.node(*id);
        let own = below.get(id).copied().unwrap_or(0) + node.weight;
        below.insert(*id, own);
        for port in &node.dependencies {
            let entry = below.entry(port.node).or_insert(0);
            *entry = (*entry).max(own);
        }
    }
    below
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
