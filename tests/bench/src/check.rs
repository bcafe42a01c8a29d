// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bar: checking all of a store of 5 GB takes at most 15 s.
//!
//! The store is made for the purpose, of files in the sizes that artifacts have, and lies in the page cache as far as memory allows. The
//! limit beside it is what one core needs to hash as many bytes that are in its cache, divided by the number of cores: no check that
//! looks at every byte can be quicker.

use std::time::{Duration, Instant};

use ashlar_digest::{BlobDigest, Sha256};
use ashlar_store::{CheckMode, Store};
use ashlar_tree::{Node, Tree, TreePath};
use serde_json::json;

use crate::error::BenchError;
use crate::inputs::Inputs;
use crate::machine::Machine;
use crate::report::{Finished, seconds};
use crate::say;
use crate::series::Series;
use crate::verdict::Verdict;

const BAR: Duration = Duration::from_secs(15);
/// Sizes of files, and how many there are of each: 5.0 GB in 21,000 files.
const FILES: [(usize, usize); 4] = [(4 << 10, 12_000), (64 << 10, 7_000), (1 << 20, 2_000), (64 << 20, 37)];
/// Trees that share them out.
const TREES: usize = 200;
/// What is hashed for the limit.
const SAMPLE_BYTES: usize = 1 << 20;
const SAMPLE_ROUNDS: u32 = 400;

pub(crate) fn measure(inputs: &Inputs, checks: usize) -> Result<Finished, BenchError> {
    let scratch = inputs.store.scratch("bench-store").map_err(BenchError::store)?;
    say("bench: store: making a store of 5 GB");
    let store = Store::open(&scratch.path().join("store")).map_err(BenchError::store)?;
    fill(&store)?;
    let cores = Machine::look()?.processors;
    let (mut measured, mut limits, mut bytes) = (Vec::new(), Vec::new(), 0);
    // One more, which warms up.
    for round in 0..=checks {
        let start = Instant::now();
        let report = store.check(CheckMode::Full, &|_| {}).map_err(BenchError::store)?;
        let took = start.elapsed();
        if let Some(problem) = report.problems.first() {
            return Err(BenchError::Unlikely { reason: format!("the store is damaged: {problem}") });
        }
        bytes = report.bytes;
        let limit = one_core(bytes).div_f64(cores as f64);
        if round > 0 {
            measured.push(took);
            limits.push(limit);
        }
    }
    drop(store);
    scratch.remove().map_err(BenchError::store)?;
    let (ours, limit) = (Series::new(&measured), Series::new(&limits));
    let verdict = if ours.median() <= BAR.as_secs_f64() { Verdict::Pass } else { Verdict::Missed };
    let ratio = ours.median() / limit.median();
    Ok(Finished {
        name: "store check",
        found: format!("median {} for {:.2} GB", seconds(ours.median()), bytes as f64 / 1e9),
        bar: format!("≤ {}", seconds(BAR.as_secs_f64())),
        verdict,
        unit: seconds,
        json: json!({"check": ours.json(), "limit": limit.json(), "bytes": bytes, "cores": cores, "bar": BAR.as_secs_f64()}),
        rows: vec![
            ("check of a 5 GB store".to_owned(), ours),
            ("SHA-256 of as many bytes, on all cores".to_owned(), limit),
        ],
        notes: vec![format!(
            "store check: {ratio:.2} × what {cores} cores need for SHA-256 of as many bytes in their caches"
        )],
    })
}

/// How long one core hashes `bytes`.
fn one_core(bytes: u64) -> Duration {
    let sample = vec![0x5a; SAMPLE_BYTES];
    let start = Instant::now();
    for _ in 0..SAMPLE_ROUNDS {
        std::hint::black_box(Sha256::of(std::hint::black_box(&sample)));
    }
    start.elapsed().mul_f64(bytes as f64 / (SAMPLE_BYTES as f64 * f64::from(SAMPLE_ROUNDS)))
}

/// Adds all files, and trees that name them, a tenth of them checked out.
fn fill(store: &Store) -> Result<(), BenchError> {
    let mut files: Vec<(BlobDigest, u64)> = Vec::new();
    let mut content = Content { state: 0x9e37_79b9_7f4a_7c15 };
    for (size, count) in FILES {
        for _ in 0..count {
            files.push(store.add_bytes(&content.next(size), false).map_err(BenchError::store)?);
        }
    }
    for number in 0..TREES {
        let mut tree = Tree::new();
        for (index, (blob, size)) in files.iter().enumerate().filter(|(index, _)| index % TREES == number) {
            let path = format!("usr/share/{}/{index}", index % 50);
            let node = Node::file(*blob, *size, false);
            let wrong = |_| BenchError::Unlikely { reason: format!("{path} cannot be in a tree") };
            let path = TreePath::parse(&path).map_err(wrong)?;
            tree.insert(path, node).map_err(|cause| BenchError::Unlikely { reason: cause.to_string() })?;
        }
        let digest = store.put_tree(&tree).map_err(BenchError::store)?;
        if number % 10 == 0 {
            store.checkout(digest).map_err(BenchError::store)?;
        }
    }
    store.flush().map_err(BenchError::store)
}

/// Bytes of which no two files are alike (xorshift64*, by Vigna).
struct Content {
    state: u64,
}

impl Content {
    fn next(&mut self, size: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(size);
        while bytes.len() < size {
            self.state ^= self.state >> 12;
            self.state ^= self.state << 25;
            self.state ^= self.state >> 27;
            bytes.extend_from_slice(&self.state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
        }
        bytes.truncate(size);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_come_to_five_gigabytes_and_differ() {
        let total: usize = FILES.iter().map(|(size, count)| size * count).sum();
        assert!((4_900_000_000..5_300_000_000).contains(&total), "{total}");
        let mut content = Content { state: 1 };
        let (one, other) = (content.next(9), content.next(9));
        assert_eq!((one.len(), other.len()), (9, 9));
        assert_ne!(one, other);
    }
}
