// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What lies in a root or an extension: a few files, an SBOM document, and the list of all of them.

use std::collections::BTreeMap;

use ashlar_digest::Sha256;
use serde_json::{Value, json};

use super::erofs::{Entry, image};

/// The files of a file system, which are changed at will.
#[derive(Clone, Debug)]
pub(crate) struct FileSystem {
    name: String,
    /// By path without leading slash.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl FileSystem {
    /// What the documents called `name` describe rightly; `document` is the SBOM.
    pub(crate) fn new(name: &str, document: &[u8]) -> Self {
        let mut files = BTreeMap::new();
        for (path, content) in [("usr/bin/program", &b"a program"[..]), ("usr/share/empty", b"")] {
            files.insert(path.to_owned(), content.to_vec());
        }
        files.insert(format!("usr/share/spdx/{name}.spdx.json"), document.to_vec());
        let mut system = Self { name: name.to_owned(), files };
        system.list(|_| {});
        system
    }

    /// Where the list of files lies.
    pub(crate) fn list_path(&self) -> String {
        format!("usr/share/spdx/{}-files.spdx.json", self.name)
    }

    /// Lists the files as they are now, changed by `change`.
    pub(crate) fn list(&mut self, change: impl FnOnce(&mut Vec<Value>)) {
        let own = self.list_path();
        let listed = |(path, content): (&String, &Vec<u8>)| {
            let sha256 = Sha256::of(content).to_string();
            let checksums = [
                json!({"algorithm": "SHA1", "checksumValue": "0"}),
                json!({"algorithm": "SHA256", "checksumValue": sha256}),
            ];
            json!({"SPDXID": "SPDXRef-File", "fileName": format!("./{path}"), "checksums": checksums})
        };
        let mut files: Vec<Value> = self.files.iter().filter(|(path, _)| **path != own).map(listed).collect();
        change(&mut files);
        let text = json!({"spdxVersion": "SPDX-2.3", "files": files}).to_string();
        self.files.insert(own, text.into_bytes());
    }

    /// As an erofs of `blocks` blocks.
    pub(crate) fn image(&self, blocks: usize) -> Vec<u8> {
        let mut entries: BTreeMap<&str, Entry> = BTreeMap::new();
        for (path, content) in &self.files {
            for (end, _) in path.match_indices('/') {
                entries.insert(&path[..end], Entry::new(0o040_755, b""));
            }
            entries.insert(path, Entry::new(0o100_644, content));
        }
        let mut bytes = image(&entries);
        assert!(bytes.len() <= blocks * 4096);
        bytes.resize(blocks * 4096, 0);
        bytes
    }
}
