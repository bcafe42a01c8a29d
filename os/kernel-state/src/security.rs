// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The security state as the kernel states it, never as the command line or the build wished it.

use crate::error::{Malformed, StateError};
use crate::{module, trusted_keys};
use std::fs;

const SIG_ENFORCE: &str = "/sys/module/module/parameters/sig_enforce";
const LOCKDOWN: &str = "/sys/kernel/security/lockdown";
const TAINTED: &str = "/proc/sys/kernel/tainted";

/// What could be learnt; an absent value comes with a failure.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct SecurityState {
    /// Whether the kernel refuses modules without a valid signature.
    pub sig_enforce: Option<bool>,
    /// `none`, `integrity` or `confidentiality`.
    pub lockdown: Option<String>,
    /// Bits of Documentation/admin-guide/tainted-kernels.rst.
    pub tainted: Option<u64>,
    /// Names, in byte order.
    pub modules_loaded: Option<Vec<String>>,
    /// Descriptions of the keys that signatures of modules are checked with, in byte order.
    pub trusted_keys: Option<Vec<String>>,
}

impl SecurityState {
    /// Reads everything, and gives what failed beside it.
    #[must_use]
    pub fn read() -> (Self, Vec<StateError>) {
        let mut failures = Vec::new();
        let state = Self {
            sig_enforce: learn(SIG_ENFORCE, parse_flag, &mut failures),
            lockdown: learn(LOCKDOWN, parse_lockdown, &mut failures),
            tainted: learn(TAINTED, parse_tainted, &mut failures),
            modules_loaded: module::loaded_modules().map_err(|failure| failures.push(failure)).ok(),
            trusted_keys: learn(trusted_keys::PATH, trusted_keys::parse, &mut failures).map(|found| {
                failures.extend(found.foreign_failure());
                found.descriptions
            }),
        };
        (state, failures)
    }
}

fn learn<T>(
    path: &str,
    parse: impl Fn(&str) -> Result<T, Malformed>,
    failures: &mut Vec<StateError>,
) -> Option<T> {
    let value = fs::read_to_string(path)
        .map_err(|source| StateError::Read { path: path.to_owned(), source })
        .and_then(|text| {
            parse(&text).map_err(|source| StateError::Understand { path: path.to_owned(), source })
        });
    value.map_err(|failure| failures.push(failure)).ok()
}

/// A boolean module parameter: `Y` or `N`.
fn parse_flag(text: &str) -> Result<bool, Malformed> {
    match text.trim_end() {
        "Y" => Ok(true),
        "N" => Ok(false),
        other => Err(Malformed::new(format!("{other:?} is neither Y nor N"))),
    }
}

/// The level in brackets, as in `none [integrity] confidentiality`.
fn parse_lockdown(text: &str) -> Result<String, Malformed> {
    let chosen: Vec<&str> = text
        .split_whitespace()
        .filter_map(|word| word.strip_prefix('[').and_then(|word| word.strip_suffix(']')))
        .collect();
    match chosen.as_slice() {
        [level @ ("none" | "integrity" | "confidentiality")] => Ok((*level).to_owned()),
        [..] => Err(Malformed::new(format!("{:?} names no single known level", text.trim_end()))),
    }
}

fn parse_tainted(text: &str) -> Result<u64, Malformed> {
    let text = text.trim_end();
    text.parse().map_err(|_| Malformed::new(format!("{text:?} is not a number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_y_or_n() {
        let cases = [("Y\n", Some(true)), ("N\n", Some(false)), ("", None), ("1\n", None)];
        for (text, expected) in cases {
            assert_eq!(parse_flag(text).ok(), expected, "{text:?}");
        }
    }

    #[test]
    fn the_lockdown_level_is_the_one_in_brackets() {
        let cases = [
            ("none [integrity] confidentiality\n", Some("integrity")),
            ("[none] integrity confidentiality\n", Some("none")),
            ("none integrity [confidentiality]\n", Some("confidentiality")),
            ("none integrity confidentiality\n", None),
            ("[none] [integrity]\n", None),
            ("[strict]\n", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_lockdown(text).ok().as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn taint_is_a_number() {
        assert_eq!(parse_tainted("4096\n"), Ok(4096));
        assert!(parse_tainted("\n").is_err());
    }
}
