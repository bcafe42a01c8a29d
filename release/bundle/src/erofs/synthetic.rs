// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Small file systems for tests: every inode with its data behind it.

use std::collections::BTreeMap;

/// One path: `mode` with its type.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) mode: u16,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) data: Vec<u8>,
    /// Prefix number, name and value.
    pub(crate) xattrs: Vec<(u8, &'static str, &'static [u8])>,
    /// Written as an extended inode, with a time.
    pub(crate) extended: bool,
}

impl Entry {
    pub(crate) fn new(mode: u16, data: &[u8]) -> Self {
        Self { mode, uid: 0, gid: 0, data: data.to_vec(), xattrs: Vec::new(), extended: true }
    }

    fn attributes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if !self.xattrs.is_empty() {
            bytes.resize(12, 0);
        }
        for (prefix, name, value) in &self.xattrs {
            bytes.extend([name.len() as u8, *prefix]);
            bytes.extend((value.len() as u16).to_le_bytes());
            bytes.extend([name.as_bytes(), value].concat());
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        bytes
    }

    fn inode(&self) -> Vec<u8> {
        let attributes = self.attributes();
        let count = if attributes.is_empty() { 0 } else { (attributes.len() as u16 - 12) / 4 + 1 };
        let mut bytes = Vec::new();
        bytes.extend((2_u16 << 1 | u16::from(self.extended)).to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(self.mode.to_le_bytes());
        bytes.extend(1_u16.to_le_bytes());
        if self.extended {
            bytes.extend((self.data.len() as u64).to_le_bytes());
            bytes.extend([0; 8]);
            bytes.extend([self.uid, self.gid].map(u32::to_le_bytes).concat());
            bytes.extend(1_700_000_000_u64.to_le_bytes());
            bytes.extend(5_u32.to_le_bytes());
            bytes.extend(1_u32.to_le_bytes());
        } else {
            bytes.extend((self.data.len() as u32).to_le_bytes());
            bytes.extend([0; 12]);
            bytes.extend([self.uid as u16, self.gid as u16].map(u16::to_le_bytes).concat());
        }
        bytes.resize(if self.extended { 64 } else { 32 }, 0);
        [bytes, attributes, self.data.clone()].concat()
    }
}

/// A file system with these paths, without leading slash; folders above them have to be named, the root is there.
pub(crate) fn image(entries: &BTreeMap<&str, Entry>) -> Vec<u8> {
    let mut all: BTreeMap<&str, Entry> = entries.clone();
    all.entry("").or_insert_with(|| Entry::new(0o040_755, b""));
    // Folders first get the room that they need, then the numbers that they name.
    let mut numbers = BTreeMap::new();
    for _ in 0..2 {
        let folders: Vec<&str> =
            all.iter().filter(|(_, entry)| entry.mode >> 12 == 0o04).map(|(path, _)| *path).collect();
        for folder in folders {
            let data = folder_data(folder, &all, &numbers);
            all.get_mut(folder).unwrap().data = data;
        }
        let mut at = 0_u64;
        for (path, entry) in &all {
            numbers.insert(*path, at);
            at += (entry.inode().len() as u64).div_ceil(32);
        }
    }
    let mut file = vec![0; 4096];
    for entry in all.values() {
        file.extend(entry.inode());
        file.resize(file.len().next_multiple_of(32), 0);
    }
    file.resize(file.len().next_multiple_of(4096), 0);
    let blocks = (file.len() / 4096) as u32;
    for (at, bytes) in [
        (0, &0xE0F5_E1E2_u32.to_le_bytes()[..]),
        (12, &[12]),
        (14, &(numbers[""] as u16).to_le_bytes()),
        (16, &(all.len() as u64).to_le_bytes()),
        (36, &blocks.to_le_bytes()),
        (40, &1_u32.to_le_bytes()),
        (44, &1_u32.to_le_bytes()),
    ] {
        file[1024 + at..1024 + at + bytes.len()].copy_from_slice(bytes);
    }
    file
}

fn folder_data(folder: &str, all: &BTreeMap<&str, Entry>, numbers: &BTreeMap<&str, u64>) -> Vec<u8> {
    let number = |path: &str| numbers.get(path).copied().unwrap_or_default();
    let mut names = vec![(".".to_owned(), number(folder)), ("..".to_owned(), 0)];
    for path in all.keys().filter(|path| !path.is_empty()) {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        if above == folder {
            names.push((name.to_owned(), number(path)));
        }
    }
    let mut at = 12 * names.len();
    let mut data = Vec::new();
    for (name, number) in &names {
        data.extend(number.to_le_bytes());
        data.extend((at as u16).to_le_bytes());
        data.extend([0; 2]);
        at += name.len();
    }
    names.iter().for_each(|(name, _)| data.extend(name.as_bytes()));
    data
}
