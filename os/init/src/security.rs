// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The security state as the kernel states it, never as the command line or the build wished it.

use crate::error::{InitError, Malformed};
use std::fs;

const SIG_ENFORCE: &str = "/sys/module/module/parameters/sig_enforce";
const LOCKDOWN: &str = "/sys/kernel/security/lockdown";
const TAINTED: &str = "/proc/sys/kernel/tainted";
const MODULES: &str = "/proc/modules";

/// What could be learnt; an absent value comes with a failure.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SecurityState {
    /// Whether the kernel refuses modules without a valid signature.
    pub(crate) sig_enforce: Option<bool>,
    /// `none`, `integrity` or `confidentiality`.
    pub(crate) lockdown: Option<String>,
    /// Bits of Documentation/admin-guide/tainted-kernels.rst.
    pub(crate) tainted: Option<u64>,
    /// Names, in byte order.
    pub(crate) modules_loaded: Option<Vec<String>>,
}

impl SecurityState {
    /// Reads everything, and adds what failed to `failures`.
    pub(crate) fn read(failures: &mut Vec<InitError>) -> Self {
        Self {
            sig_enforce: learn(SIG_ENFORCE, parse_flag, failures),
            lockdown: learn(LOCKDOWN, parse_lockdown, failures),
            tainted: learn(TAINTED, parse_tainted, failures),
            modules_loaded: learn(MODULES, parse_modules, failures),
        }
    }
}

fn learn<T>(
    path: &str,
    parse: impl Fn(&str) -> Result<T, Malformed>,
    failures: &mut Vec<InitError>,
) -> Option<T> {
    let value = fs::read_to_string(path)
        .map_err(|source| InitError::Read { path: path.to_owned(), source })
        .and_then(|text| {
            parse(&text).map_err(|source| InitError::Understand { path: path.to_owned(), source })
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

/// The first word of each line of /proc/modules (proc(5)).
fn parse_modules(text: &str) -> Result<Vec<String>, Malformed> {
    let mut names = text
        .lines()
        .map(|line| match line.split(' ').next() {
            Some(name) if !name.is_empty() => Ok(name.to_owned()),
            _ => Err(Malformed::new(format!("{line:?} names no module"))),
        })
        .collect::<Result<Vec<_>, _>>()?;
    names.sort();
    Ok(names)
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

    #[test]
    fn modules_are_listed_in_byte_order() {
        let text = "loop 40960 1 - Live 0x0\ndm_mod 184320 2 dm_verity, Live 0x0\n";
        assert_eq!(parse_modules(text).unwrap(), ["dm_mod", "loop"]);
        assert_eq!(parse_modules("").unwrap(), Vec::<String>::new());
        assert!(parse_modules("\n").is_err());
    }
}
