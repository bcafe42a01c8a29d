// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The short texts by which files of /proc and /sys state a fact. A text of another form is refused, never taken for a `no`.

use crate::error::Malformed;

/// A boolean module parameter: `Y` or `N`.
pub(crate) fn parse_flag(text: &str) -> Result<bool, Malformed> {
    match text.trim_end() {
        "Y" => Ok(true),
        "N" => Ok(false),
        other => Err(Malformed::new(format!("{other:?} is neither Y nor N"))),
    }
}

/// The level in brackets, as in `none [integrity] confidentiality`.
pub(crate) fn parse_lockdown(text: &str) -> Result<String, Malformed> {
    let chosen: Vec<&str> = text
        .split_whitespace()
        .filter_map(|word| word.strip_prefix('[').and_then(|word| word.strip_suffix(']')))
        .collect();
    match chosen.as_slice() {
        [level @ ("none" | "integrity" | "confidentiality")] => Ok((*level).to_owned()),
        [..] => Err(Malformed::new(format!("{:?} names no single known level", text.trim_end()))),
    }
}

/// Bits of Documentation/admin-guide/tainted-kernels.rst, in decimal.
pub(crate) fn parse_tainted(text: &str) -> Result<u64, Malformed> {
    let text = text.trim_end();
    text.parse().map_err(|_| Malformed::new(format!("{text:?} is not a number")))
}

/// The names in /proc/modules (proc(5)), in byte order: the first word of each line.
pub(crate) fn parse_modules(text: &str) -> Result<Vec<String>, Malformed> {
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
