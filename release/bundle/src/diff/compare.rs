// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The comparison: equal bytes are identical; an exclusion covers what may differ; a decoder takes the rest apart.
//!
//! Three rules keep exclusions narrow. What is *derived* may only differ where something differs that it can be derived
//! from: if nothing else in the release does, a derived difference is a difference. What *encodes* a file may only differ
//! where another part of the same file does. And a part that only one release has is a difference unless an exclusion
//! covers it by name.

use std::collections::{BTreeMap, BTreeSet};

use super::decode::{Decoder, Part};
use super::exclusions::covering;
use super::report::{Entry, Outcome, Reason, Report};
use super::side::Side;
use crate::{BundleError, BundlePath};

/// Parts of parts of parts: deeper than any image goes, shallow enough for the stack.
const MAX_DEPTH: usize = 8;

/// Compares two releases. Decoders are asked in order; the first that knows a part takes it apart.
///
/// # Errors
/// Only if a file cannot be read. What cannot be taken apart is in the report.
pub fn compare(
    first: &Side<'_>,
    second: &Side<'_>,
    decoders: &[&dyn Decoder],
) -> Result<Report, BundleError> {
    let mut comparison = Comparison { decoders, entries: Vec::new() };
    let (one, two) = (first.listing.files(), second.listing.files());
    let paths: BTreeSet<&BundlePath> = one.keys().chain(two.keys()).collect();
    for path in paths {
        match (one.get(path), two.get(path)) {
            (Some(one), Some(two)) if one == two => comparison.enter(path.as_str(), Outcome::Identical),
            (Some(_), Some(_)) => {
                comparison.differing(path.as_str(), &first.read(path)?, &second.read(path)?, 0);
            }
            (there, _) => comparison.lonely(path.as_str(), there.is_some()),
        }
    }
    Ok(comparison.finish())
}

struct Comparison<'d> {
    decoders: &'d [&'d dyn Decoder],
    /// Entries, and for the excluded the first byte that differs.
    entries: Vec<(Entry, u64)>,
}

impl Comparison<'_> {
    fn enter(&mut self, path: &str, outcome: Outcome) {
        self.entries.push((Entry { path: path.to_owned(), outcome }, 0));
    }

    /// Enters what may differ; `offset` is where, none where only one side has it.
    fn exclude(&mut self, path: &str, offset: Option<u64>) -> bool {
        let covering = covering(path);
        let Some(exclusion) = covering.filter(|found| offset.is_none() || found.reason != Reason::Carried)
        else {
            return false;
        };
        let outcome = Outcome::Excluded { reason: exclusion.reason, pattern: exclusion.pattern };
        self.entries.push((Entry { path: path.to_owned(), outcome }, offset.unwrap_or_default()));
        true
    }

    /// A file or part that only one side has.
    fn lonely(&mut self, path: &str, in_first: bool) {
        if !self.exclude(path, None) {
            self.enter(path, if in_first { Outcome::OnlyInFirst } else { Outcome::OnlyInSecond });
        }
    }

    /// A file or part with two contents, which differ.
    fn differing(&mut self, path: &str, one: &[u8], two: &[u8], depth: usize) {
        let offset = one.iter().zip(two).position(|(one, two)| one != two);
        let offset = offset.unwrap_or(one.len().min(two.len())) as u64;
        if self.exclude(path, Some(offset)) {
            return;
        }
        if depth == MAX_DEPTH {
            return self.enter(path, Outcome::Differs { offset });
        }
        match self.take_apart(path, one).and_then(|parts| Ok((parts, self.take_apart(path, two)?))) {
            Err(reason) => self.enter(path, Outcome::Undecodable { reason }),
            Ok((Some(one), Some(two))) => {
                if !self.parts(path, &one, &two, depth) {
                    // A byte got lost between the parts.
                    self.enter(path, Outcome::Differs { offset });
                }
            }
            // Not even of the same kind, or of no known one.
            Ok(_) => self.enter(path, Outcome::Differs { offset }),
        }
    }

    fn take_apart<'a>(&self, path: &str, bytes: &'a [u8]) -> Result<Option<Vec<Part<'a>>>, String> {
        for decoder in self.decoders {
            if let Some(parts) = decoder.decode(path, bytes)? {
                let names: BTreeSet<&str> = parts.iter().map(|part| part.name.as_str()).collect();
                if names.len() != parts.len() || names.iter().any(|name| name.contains('!')) {
                    return Err("it has two parts of one name, or one whose name holds a `!`".to_owned());
                }
                return Ok(Some(parts));
            }
        }
        Ok(None)
    }

    /// Compares parts; tells whether any differs.
    fn parts(&mut self, path: &str, one: &[Part<'_>], two: &[Part<'_>], depth: usize) -> bool {
        let index = |parts: &[Part<'_>]| -> BTreeMap<String, usize> {
            parts.iter().enumerate().map(|(index, part)| (part.name.clone(), index)).collect()
        };
        let (in_one, in_two) = (index(one), index(two));
        let mut differs = false;
        let names: BTreeSet<&String> = in_one.keys().chain(in_two.keys()).collect();
        for name in names {
            let inner = format!("{path}!{name}");
            match (in_one.get(name), in_two.get(name)) {
                (Some(one_at), Some(two_at)) => {
                    let (one, two) = (&one[*one_at].bytes, &two[*two_at].bytes);
                    if one == two {
                        self.enter(&inner, Outcome::Identical);
                    } else {
                        differs = true;
                        self.differing(&inner, one, two, depth + 1);
                    }
                }
                (there, _) => {
                    differs = true;
                    self.lonely(&inner, there.is_some());
                }
            }
        }
        let order = |parts: &[Part<'_>], others: &BTreeMap<String, usize>| -> Vec<String> {
            parts.iter().map(|part| part.name.clone()).filter(|name| others.contains_key(name)).collect()
        };
        if order(one, &in_two) != order(two, &in_one) {
            differs = true;
            self.enter(path, Outcome::Order);
        }
        differs
    }

    fn finish(self) -> Report {
        let reason = |entry: &Entry| match entry.outcome {
            Outcome::Excluded { reason, .. } => Some(reason),
            _ => None,
        };
        // What something else may be a function of.
        let cause = |entry: &Entry| {
            reason(entry).is_some_and(|reason| !matches!(reason, Reason::Derived | Reason::Encoding))
        };
        let explained = self.entries.iter().any(|(entry, _)| cause(entry));
        let changed: BTreeSet<String> = self
            .entries
            .iter()
            .filter(|(entry, _)| {
                entry.outcome != Outcome::Identical && reason(entry) != Some(Reason::Encoding)
            })
            .flat_map(|(entry, _)| containers(&entry.path).map(str::to_owned))
            .collect();
        let judge = |(mut entry, offset): (Entry, u64)| {
            let alone = match reason(&entry) {
                None => false,
                Some(Reason::Encoding) => {
                    !containers(&entry.path).next().is_some_and(|file| changed.contains(file))
                }
                Some(_) => !explained,
            };
            if alone {
                entry.outcome = Outcome::Differs { offset };
            }
            entry
        };
        Report { entries: self.entries.into_iter().map(judge).collect() }
    }
}

/// Every file or part that holds the part at `path`, the innermost first.
fn containers(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('!').map(|(at, _)| &path[..at])
}
