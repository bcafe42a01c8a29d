// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Host names of registries and mirrors: in no file.
//!
//! Where bytes come from is configuration of the machine (DESIGN: "a mirror is never trusted"), and a name that is
//! written down fails in every network that has mirrors of its own. The one default is that of `builder/fetch`.

use crate::repository::{TextFile, assert_none, text_files};

/// Host names, in two parts so that this file does not contain them.
const HOSTS: &[(&str, &str)] = &[
    ("crates", "io"),
    ("deb.debian", "org"),
    ("ftp.debian", "org"),
    ("security.debian", "org"),
    ("snapshot.debian", "org"),
    ("cdn-fastly.deb.debian", "org"),
    ("archive.ubuntu", "com"),
    ("proxy.golang", "org"),
    ("sum.golang", "org"),
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("registry.npmjs", "org"),
    ("rubygems", "org"),
    ("hub.docker", "com"),
    ("ghcr", "io"),
    ("quay", "io"),
];

/// The archive's public snapshot service is the last resort for bytes (DESIGN, "where bytes come from").
const EXCEPTION: (&str, &str) = ("builder/fetch/src/", concat!("snapshot.debian", ".org"));

fn violations(file: &TextFile) -> Vec<String> {
    // cargo writes the name of its default registry into every lock.
    if file.path.rsplit('/').next() == Some("Cargo.lock") {
        return Vec::new();
    }
    let mut result = Vec::new();
    for (number, line) in (1..).zip(file.text.lines()) {
        for host in HOSTS.iter().map(|(name, domain)| format!("{name}.{domain}")) {
            let excepted = file.path.starts_with(EXCEPTION.0) && host == EXCEPTION.1;
            if names(line, &host) && !excepted {
                result.push(format!("{}:{number}: names the host {host}", file.path));
            }
        }
    }
    result
}

/// Whether the host, or one below it, stands in the line.
fn names(line: &str, host: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    line.match_indices(host)
        .any(|(at, _)| !line[..at].ends_with(part) && !line[at + host.len()..].starts_with(part))
}

#[test]
fn no_file_names_a_registry() {
    let found: Vec<String> = text_files().iter().flat_map(violations).collect();
    assert_none("host names of registries", &found);
}

#[test]
fn planted_hosts_are_found() {
    let line = format!("url = \"https://{}.{}/debian/\"\n", HOSTS[1].0, HOSTS[1].1);
    let file = TextFile::planted("docs/a.md", &line);
    assert_eq!(violations(&file), [format!("docs/a.md:1: names the host {}.{}", HOSTS[1].0, HOSTS[1].1)]);
    assert!(violations(&TextFile::planted("os/Cargo.lock", &line)).is_empty());
    let below = format!("static.{}.{}", HOSTS[0].0, HOSTS[0].1);
    assert_eq!(violations(&TextFile::planted("a.rs", &below)).len(), 1);
    assert!(violations(&TextFile::planted("a.rs", "my-crates.iot")).is_empty());
}

#[test]
fn the_exception_holds_in_one_place_only() {
    let line = format!("https://{}/archive/", EXCEPTION.1);
    assert!(violations(&TextFile::planted("builder/fetch/src/mirrors/mod.rs", &line)).is_empty());
    assert_eq!(violations(&TextFile::planted("builder/lock/src/lib.rs", &line)).len(), 1);
}
