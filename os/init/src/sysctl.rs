// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Applies the image's kernel settings: `/usr/lib/sysctl.d/*.conf`, in byte order of the file names.
//!
//! Format: sysctl.d(5), without globs and without the `-` prefix that would hide a failure.
//! Every line that cannot be applied is a failure of its own; the others are still applied.

use crate::error::{InitError, Malformed};
use std::fs;

const FOLDER: &str = "/usr/lib/sysctl.d";
const PROC: &str = "/proc/sys/";

/// One `key = value` line.
#[derive(Debug, PartialEq, Eq)]
struct Setting {
    /// As written, for messages.
    key: String,
    /// Below /proc/sys.
    path: String,
    value: String,
}

/// Applies all files and gives what failed.
pub(crate) fn apply_all() -> Vec<InitError> {
    let mut failures = Vec::new();
    let mut names = Vec::new();
    match fs::read_dir(FOLDER) {
        // An image without settings is legitimate.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(source) => failures.push(InitError::Read { path: FOLDER.to_owned(), source }),
        Ok(entries) => {
            for entry in entries {
                match entry {
                    Ok(entry) => names.push(entry.file_name()),
                    Err(source) => failures.push(InitError::Read { path: FOLDER.to_owned(), source }),
                }
            }
        }
    }
    names.sort();
    for name in names.iter().filter_map(|name| name.to_str()).filter(|name| name.ends_with(".conf")) {
        let path = format!("{FOLDER}/{name}");
        match fs::read_to_string(&path) {
            Ok(text) => apply(&path, &text, &mut failures),
            Err(source) => failures.push(InitError::Read { path, source }),
        }
    }
    failures
}

fn apply(file: &str, text: &str, failures: &mut Vec<InitError>) {
    for (line, setting) in parse(text) {
        let location = format!("{file}:{line}");
        match setting {
            Ok(Setting { key, path, value }) => {
                // Without O_CREAT: a key that the kernel lacks must say so, whatever /proc/sys allows.
                let written = fs::OpenOptions::new()
                    .write(true)
                    .open(format!("{PROC}{path}"))
                    .and_then(|mut file| std::io::Write::write_all(&mut file, value.as_bytes()));
                if let Err(source) = written {
                    failures.push(InitError::Sysctl { location, key, source });
                }
            }
            Err(source) => failures.push(InitError::Understand { path: location, source }),
        }
    }
}

/// Every line that is neither blank nor a comment, with its number from 1.
fn parse(text: &str) -> Vec<(usize, Result<Setting, Malformed>)> {
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
