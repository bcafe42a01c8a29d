// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a reader could not take over from a foreign document, told once for each sort with an example and a number.

use std::collections::BTreeMap;
use std::fmt;

/// Longest example, in characters: what stands in it comes from strangers.
const LONGEST: usize = 160;

/// Something that a document says and that the inventory does not, or the other way round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What was done about what.
    pub what: &'static str,
    /// How often.
    pub count: usize,
    /// The first of them.
    pub example: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.example)?;
        match self.count {
            1 => Ok(()),
            count => write!(f, " (and {} more)", count - 1),
        }
    }
}

/// Notes in the making, each sort once.
#[derive(Debug, Default)]
pub(crate) struct Notes(BTreeMap<&'static str, (usize, String)>);

impl Notes {
    /// Notes one thing of the sort `what`.
    pub(crate) fn add(&mut self, what: &'static str, example: impl FnOnce() -> String) {
        let (count, _) = self.0.entry(what).or_insert_with(|| {
            let example = example();
            let plain = example.chars().map(|c| if c.is_control() { ' ' } else { c });
            (0, plain.take(LONGEST).collect())
        });
        *count += 1;
    }

    pub(crate) fn finished(self) -> Vec<Note> {
        self.0.into_iter().map(|(what, (count, example))| Note { what, count, example }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sort_is_told_once_and_nothing_reaches_the_terminal_raw() {
        let mut notes = Notes::default();
        notes.add("left out", || format!("a\u{1b}[31m{}", "x".repeat(1000)));
        notes.add("left out", || unreachable!("only the first is an example"));
        let notes = notes.finished();
        assert_eq!(notes.len(), 1);
        let text = notes[0].to_string();
        assert!(text.starts_with("left out: a [31mxxx") && text.ends_with("x (and 1 more)"), "{text}");
        assert!(text.len() < 200);
    }
}
