// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which crate may touch what lies outside: the network, the kernel, the terminal, the disk.
//!
//! A crate can only touch what it links, beyond std (see `purity.rs`). Dependencies of tests are free.

use crate::repository::assert_none;
use crate::workspaces::{Dependency, Package, all_members};

/// Packages that do something to the outside, and the crates of ours that may depend on them.
const EFFECTS: &[(&str, &[&str], &[&str])] = &[
    (
        "opens sockets",
        &[
            "reqwest",
            "tokio",
            "hyper",
            "ureq",
            "curl",
            "isahc",
            "attohttpc",
            "rustls",
            "native-tls",
            "socket2",
        ],
        &["ashlar-fetch"],
    ),
    (
        "makes raw system calls",
        &["libc", "nix", "syscalls", "landlock", "seccompiler", "libseccomp"],
        &["ashlar-sandbox", "ashlar-init", "ashlar-signing-agent"],
    ),
    (
        "makes wrapped system calls",
        &["rustix"],
        &[
            "ashlar-sandbox",
            "ashlar-init",
            // A target reads what PID 1 reads, by PID 1's own files, one of which mounts.
            "ashlar-fuzz",
            "ashlar-kernel-state",
            "ashlar-release-bundle",
            "ashlar-module-trial",
            "ashlar-store",
            "ashlar-probe",
            "ashlar-signing-agent",
        ],
    ),
    ("parses the command line", &["clap", "lexopt", "pico-args", "argh"], &["ashlar"]),
    ("draws on a terminal", &["indicatif", "console", "crossterm", "termcolor", "anstream"], &["ashlar"]),
    ("erases the types of errors", &["anyhow", "eyre", "color-eyre"], &["ashlar"]),
    (
        "touches the disk",
        &["tempfile", "walkdir", "fs-err", "memmap2", "ignore"],
        &["ashlar-fetch", "ashlar-engine", "ashlar-store", "ashlar"],
    ),
    ("reads the clock or the environment", &["chrono", "time", "jiff", "dirs", "etcetera"], &["ashlar"]),
    ("judges signatures", &["sequoia-openpgp", "pgp", "rpgp"], &["ashlar-openpgp"]),
];

fn violations(members: &[Package]) -> Vec<String> {
    let mut result = Vec::new();
    for member in members {
        for (what, packages, allowed) in EFFECTS {
            if allowed.contains(&member.name.as_str()) {
                continue;
            }
            let used = member.dependencies.iter().filter(|other| !other.dev);
            let used = used.filter(|other| packages.contains(&other.name.as_str()));
            result
                .extend(used.map(|other| format!("{} depends on {}, which {what}", member.name, other.name)));
        }
    }
    result
}

#[test]
fn only_effect_crates_have_effects() {
    assert_none("dependencies with effects", &violations(&all_members()));
}

#[test]
fn a_planted_dependency_is_found() {
    let mut members = all_members();
    let images = members.iter_mut().find(|member| member.name == "ashlar-images").unwrap();
    images.dependencies.push(Dependency { name: "reqwest".to_owned(), dev: false });
    images.dependencies.push(Dependency { name: "tokio".to_owned(), dev: true });
    assert_eq!(violations(&members), ["ashlar-images depends on reqwest, which opens sockets"]);
}
