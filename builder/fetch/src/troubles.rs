// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which servers do not work just now.
//!
//! With hundreds of files, waiting for a dead mirror once per file would take longer than all downloads.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::fetcher::locked;

/// So many failures in a row are more than bad luck.
const MANY: u32 = 3;

/// Failures in a row, by origin (scheme, host and port).
#[derive(Debug, Default)]
pub(crate) struct Troubles(Mutex<BTreeMap<String, u32>>);

impl Troubles {
    /// Whether the server of `url` failed several times in a row.
    pub(crate) fn has(&self, url: &str) -> bool {
        let Some(origin) = origin(url) else { return false };
        locked(&self.0).get(&origin).is_some_and(|&count| count >= MANY)
    }

    /// Notes how the server of `url` did. One that answers, with whatever, works.
    pub(crate) fn note(&self, url: &str, failed: bool) {
        let Some(origin) = origin(url) else { return };
        let mut counts = locked(&self.0);
        if failed {
            *counts.entry(origin).or_default() += 1;
        } else {
            counts.remove(&origin);
        }
    }
}

fn origin(url: &str) -> Option<String> {
    let url = reqwest::Url::parse(url).ok()?;
    url.has_host().then(|| url.origin().ascii_serialization())
}
