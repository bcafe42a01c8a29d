// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The initramfs: exactly init, the boot description and the root, with their folders and the mount points of init;
//! nothing that the kernel would take besides.

use std::path::Path;

use ashlar_images::BootSpec;

use super::archive::{self, Entry};
use crate::report::Notes;

const FILE: &str = "initramfs.cpio";
const INIT: &str = "init";

pub(super) fn check(initramfs: &[u8], boot: &[u8], root: &[u8], root_inside: bool, notes: &mut Notes) {
    let entries = match archive::entries(initramfs) {
        Ok(entries) => entries,
        Err(error) => return notes.find(FILE, error.to_string()),
    };
    let before = notes.count();
    for entry in &entries {
        let known = match entry.name.as_str() {
            INIT | BootSpec::PATH => entry.is_file(),
            BootSpec::ROOT_PATH => entry.is_file() && root_inside,
            name => entry.is_directory() && is_folder(name),
        };
        if !known {
            notes.find(FILE, format!("it holds {}, which no initramfs of a release has", entry.name));
        }
    }
    let content = |name: &str| {
        let entry = entries.iter().find(|entry| entry.name == name).filter(|entry| entry.is_file());
        entry.and_then(|entry: &Entry| initramfs.get(entry.content.clone()))
    };
    let executable = |entry: &Entry| entry.name == INIT && entry.is_file() && entry.mode & 0o111 == 0o111;
    if !entries.iter().any(executable) || content(INIT).is_none_or(<[u8]>::is_empty) {
        notes.find(FILE, "it has no program init");
    }
    let mut same = vec![(BootSpec::PATH, "boot.json", boot)];
    if root_inside {
        same.push((BootSpec::ROOT_PATH, "root.erofs", root));
    }
    for (inside, file, expected) in same {
        match content(inside) {
            None => notes.find(FILE, format!("it has no {inside}")),
            Some(found) if found != expected => {
                notes.find(FILE, format!("its {inside} is another file than {file}"));
            }
            Some(_) => {}
        }
    }
    if notes.count() == before {
        notes.prove(FILE, "it holds init, boot.json, the root where it lies in memory, and nothing else");
    }
}

/// Whether the builder writes a folder of this name.
fn is_folder(name: &str) -> bool {
    let parents = [BootSpec::PATH, BootSpec::ROOT_PATH].map(|path| Path::new(path).parent());
    BootSpec::MOUNT_POINTS.contains(&name) || parents.contains(&Some(Path::new(name)))
}
