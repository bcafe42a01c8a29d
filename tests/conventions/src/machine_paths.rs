// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Paths of a developer's machine: in no file. They work for one person, and tell where that person works.

use crate::repository::{TextFile, assert_none, root, text_files};

/// Folders that hold people's files, in two parts so that this file does not contain them.
const HOMES: &[(&str, &str)] =
    &[("/ho", "me/"), ("/ro", "ot/."), ("/Us", "ers/"), ("/var/ho", "me/"), ("/mnt/", "c/")];

fn violations(file: &TextFile, checkout: &str) -> Vec<String> {
    let mut result = Vec::new();
    for (number, line) in (1..).zip(file.text.lines()) {
        let homes = HOMES.iter().map(|(a, b)| format!("{a}{b}"));
        for path in homes.chain([checkout.to_owned()]) {
            if begins_in(line, &path) {
                result.push(format!("{}:{number}: a path of one machine: {path}", file.path));
            }
        }
    }
    result
}

/// Whether an absolute path that starts with `path` stands in the line.
fn begins_in(line: &str, path: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || "_-.}>)/~*$%".contains(c);
    let after = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    line.match_indices(path).any(|(at, _)| {
        let rest = &line[at + path.len()..];
        !line[..at].ends_with(inside) && (path.ends_with('/') || !rest.starts_with(after))
    })
}

#[test]
fn no_file_holds_a_path_of_this_machine() {
    let checkout = root();
    // A checkout directly below `/` has a name that may be a word of the sandbox's contract, such as /build.
    let known = checkout.components().count() > 2;
    let checkout = if known { checkout.to_str().unwrap() } else { "/no such folder" };
    let found: Vec<String> = text_files().iter().flat_map(|file| violations(file, checkout)).collect();
    assert_none("paths of one machine", &found);
}

#[test]
fn planted_paths_are_found() {
    let check = |line: &str| violations(&TextFile::planted("a.md", line), "/srv/ashlar").len();
    let home = format!("{}{}", HOMES[0].0, HOMES[0].1);
    assert_eq!(check(&format!("see {home}anna/notes")), 1);
    assert_eq!(check("`/srv/ashlar`"), 1);
    assert_eq!(check("/srv/ashlar/recipes"), 1);
    assert_eq!(check("/srv/ashlar-old /usr/srv/ashlar"), 0);
    assert_eq!(check(&format!("$OUT{home}")), 0, "relative to something else");
}
