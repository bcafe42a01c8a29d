// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Tests against servers that fail, break off and lie. Each is named after what the server does.

mod answers;
mod endings;
mod modules;
mod server;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use ashlar_digest::{Sha256, SourceDigest};

use crate::{Config, FetchError, Fetcher, Request, Silent};

/// A configuration in which waiting is short.
fn quick() -> Config {
    Config {
        connect_timeout: Duration::from_secs(5),
        idle_timeout: Duration::from_millis(400),
        rounds: 3,
        pause: Duration::from_millis(5),
        ..Config::default()
    }
}

/// 64 KiB that no compressor shrinks much and no two halves of which are equal.
fn content() -> Vec<u8> {
    (0_u64..2048).flat_map(|n| *Sha256::of(&n.to_le_bytes()).as_bytes()).collect()
}

fn request(content: &[u8], urls: &[String]) -> Request {
    Request {
        digest: SourceDigest::new(Sha256::of(content)),
        size: Some(content.len() as u64),
        name: "file".to_owned(),
        urls: urls.to_vec(),
    }
}

/// Fetches one file and reads what was delivered.
fn fetch(config: Config, request: Request, folder: &Path) -> Result<Vec<u8>, FetchError> {
    let fetcher = Fetcher::new(config).unwrap();
    let results: BTreeMap<_, _> =
        fetcher.fetch_all(vec![request], folder, &Silent, |_, path| std::fs::read(path).unwrap());
    results.into_values().next().unwrap()
}
