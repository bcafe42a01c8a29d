// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Kernel settings, as files of `/usr/lib/sysctl.d` write them.
//!
//! Format: sysctl.d(5), without globs and without the `-` prefix that would hide a failure.

use crate::error::Malformed;

/// One `key = value` line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// As written, for messages.
    pub(crate) key: String,
    /// Below /proc/sys.
    pub(crate) path: String,
    pub(crate) value: String,
}

/// Every line that is neither blank nor a comment, with its number from 1.
pub(crate) fn parse(text: &str) -> Vec<(usize, Result<Setting, Malformed>)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', ';']))
        .map(|(number, line)| (number, parse_line(line)))
        .collect()
}

fn parse_line(line: &str) -> Result<Setting, Malformed> {
    let Some((key, value)) = line.split_once('=') else {
        return Err(Malformed::new(format!("{line:?} is not of the form key = value")));
    };
    let (key, value) = (key.trim(), value.trim());
    if key.starts_with('-') {
        return Err(Malformed::new(format!("{key:?}: a failure cannot be ignored by a leading -")));
    }
    // sysctl.d(5): where the first separator is a slash, dots are part of names (net/ipv4/conf/eth0.1/forwarding).
    let path: String = match key.find(['.', '/']).map(|at| key.as_bytes()[at]) {
        Some(b'.') => key
            .chars()
            .map(|character| match character {
                '.' => '/',
                '/' => '.',
                other => other,
            })
            .collect(),
        _ => key.to_owned(),
    };
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(Malformed::new(format!("{key:?} is not the name of a setting")));
    }
    if value.is_empty() {
        return Err(Malformed::new(format!("{key:?} has no value")));
    }
    Ok(Setting { key: key.to_owned(), path, value: value.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_become_paths_and_values() {
        let cases = [
            ("kernel.kptr_restrict = 2", "kernel/kptr_restrict", "2"),
            ("kernel.kptr_restrict=2", "kernel/kptr_restrict", "2"),
            ("  net.ipv4.tcp_rmem = 4096 87380 6291456  ", "net/ipv4/tcp_rmem", "4096 87380 6291456"),
            ("net.ipv4.conf.eth0/1.forwarding = 0", "net/ipv4/conf/eth0.1/forwarding", "0"),
            ("net/ipv4/conf/eth0.1/forwarding = 0", "net/ipv4/conf/eth0.1/forwarding", "0"),
            ("kernel.core_pattern = |/bin/false a=b", "kernel/core_pattern", "|/bin/false a=b"),
        ];
        for (text, path, value) in cases {
            let parsed = parse(text);
            let [(1, Ok(setting))] = parsed.as_slice() else { panic!("{text:?}: {parsed:?}") };
            assert_eq!((setting.path.as_str(), setting.value.as_str()), (path, value), "{text:?}");
        }
    }

    #[test]
    fn comments_and_blank_lines_are_skipped_but_counted() {
        let parsed = parse("# a\n\n; b\nkernel.a = 1\n");
        assert!(matches!(parsed.as_slice(), [(4, Ok(_))]), "{parsed:?}");
    }

    #[test]
    fn every_bad_line_is_an_error_of_its_own() {
        let bad = ["kernel.a", "= 1", "kernel.a =", "-kernel.a = 1", "kernel..a = 1", "/kernel/a = 1"];
        for (number, result) in parse(&bad.join("\n")) {
            assert!(result.is_err(), "line {number}: {result:?}");
        }
    }

    #[test]
    fn a_path_traversal_out_of_proc_sys_is_refused() {
        for line in ["net/../../../etc/passwd = x", "../x = 1", "a/./b = 1", "net.//.x = 1"] {
            assert!(parse_line(line).is_err(), "{line:?}");
        }
    }
}
