// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An error with its causes, in one line. It is a crate because crates that share nothing else write such lines.
//!
//! ```text
//! lock the suite trixie: read InRelease: connection refused
//! ```
#![forbid(unsafe_code)]

use std::error::Error;

/// An error and everything below it, joined by `: `.
///
/// A cause that the line so far ends with already is not written again: transparent variants repeat theirs, and some
/// messages hold it.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    for cause in std::iter::successors(error.source(), |cause| (*cause).source()) {
        let more = cause.to_string();
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Step {
        #[error("read {0}")]
        Read(&'static str, #[source] std::io::Error),
        #[error(transparent)]
        Same(Box<Step>),
        #[error("judge it: {0}")]
        Holds(#[source] std::io::Error),
    }

    #[test]
    fn every_cause_is_told_once() {
        let cause = || std::io::Error::other("no such thing");
        assert_eq!(chain(&cause()), "no such thing");
        assert_eq!(chain(&Step::Read("a", cause())), "read a: no such thing");
        assert_eq!(chain(&Step::Same(Box::new(Step::Read("a", cause())))), "read a: no such thing");
        assert_eq!(chain(&Step::Holds(cause())), "judge it: no such thing");
    }
}
