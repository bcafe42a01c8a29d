// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Entries of a package's tar archive: whoever unpacks it without our checks finds the same entries.
#![forbid(unsafe_code)]
#![no_main]

use std::ffi::OsStr;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path};

use ashlar_debian::{DebKind, DebianError, read_deb};
use ashlar_fuzz::LIMITS;
use ashlar_fuzz_seeds::archives::deb;
use libfuzzer_sys::fuzz_target;
use tar::{Archive, EntryType};

/// Path, kind, mode, owner, group, and what it holds or points to.
type Entry = (String, EntryType, u32, u64, u64, Vec<u8>);

/// A path without `.` and slashes that say nothing.
fn normal(path: &[u8]) -> String {
    let parts = Path::new(OsStr::from_bytes(path)).components().filter(|part| *part != Component::CurDir);
    parts.collect::<std::path::PathBuf>().to_string_lossy().into_owned()
}

fn ours(bytes: &[u8]) -> Result<Vec<Entry>, DebianError> {
    let mut entries = Vec::new();
    let package = deb("data.tar", bytes);
    read_deb::<_, DebianError>("x.deb", &package[..], &LIMITS, None, |entry| {
        let (kind, content) = match entry.kind {
            DebKind::Directory => (EntryType::Directory, Vec::new()),
            DebKind::File { content, .. } => {
                let mut bytes = Vec::new();
                // A failure is one of the archive, which reading reports itself.
                content.read_to_end(&mut bytes).ok();
                (EntryType::Regular, bytes)
            }
            DebKind::Symlink { target } => (EntryType::Symlink, target.into_bytes()),
            DebKind::Hardlink { target } => (EntryType::Link, target.into_bytes()),
        };
        entries.push((entry.path, kind, entry.mode.into(), entry.uid.into(), entry.gid.into(), content));
        Ok(())
    })?;
    Ok(entries)
}

fn theirs(bytes: &[u8]) -> Vec<Entry> {
    let mut entries = Vec::new();
    for entry in Archive::new(bytes).entries().expect("it is an archive") {
        let mut entry = entry.expect("the other reader refuses an entry");
        let (path, kind) = (normal(&entry.path_bytes()), entry.header().entry_type());
        let mut content = Vec::new();
        match kind {
            EntryType::Regular => drop(entry.read_to_end(&mut content).expect("it has a content")),
            EntryType::Symlink => content = entry.link_name_bytes().unwrap_or_default().into_owned(),
            EntryType::Link => content = normal(&entry.link_name_bytes().unwrap_or_default()).into_bytes(),
            _ => {}
        }
        let header = entry.header();
        let number = |value: std::io::Result<u64>| value.expect("it is a number");
        let mode = header.mode().expect("it is a number") & 0o7777;
        if !path.is_empty() {
            entries.push((path, kind, mode, number(header.uid()), number(header.gid()), content));
        }
    }
    entries
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(ours) = ours(bytes) {
        assert_eq!(ours, theirs(bytes), "who unpacks it finds other entries");
    }
});
