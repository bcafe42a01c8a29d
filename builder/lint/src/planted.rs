// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Planted files and trees for tests: ELF files byte by byte, so that no compiler is needed and nothing but what a test
//! plants is wrong.
//!
//! ```text
//! header │ program headers │ interpreter, strings, dynamic, code │ contents of sections │ names │ section headers
//! ```
//!
//! The whole file is one segment that is loaded at `base`, and the code is another.

use std::collections::BTreeMap;

use ashlar_digest::{BlobDigest, Sha256};
use ashlar_tree::{Node, Tree, TreePath};

use crate::judge::Question;

pub(crate) const EXEC: u16 = 2;
pub(crate) const DYN: u16 = 3;
pub(crate) const REL: u16 = 1;
pub(crate) const PROGBITS: u32 = 1;
pub(crate) const SYMTAB: u32 = 2;
pub(crate) const NOTE: u32 = 7;

/// Tags of dynamic entries, and flags.
pub(crate) const TEXTREL: (u64, u64) = (22, 0);
pub(crate) const JMPREL: (u64, u64) = (23, 0);
pub(crate) const FLAGS_BIND_NOW: (u64, u64) = (30, 8);
pub(crate) const FLAGS_TEXTREL: (u64, u64) = (30, 4);
pub(crate) const FLAGS_1_PIE: (u64, u64) = (0x6fff_fffb, 0x0800_0000);
pub(crate) const FLAGS_1_NOW: (u64, u64) = (0x6fff_fffb, 1);

/// `mov %fs:0x28,%rax`.
pub(crate) const READS_GUARD: &[u8] = &[0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0];

/// An ELF file of 64 bits for x86_64.
#[derive(Clone)]
pub(crate) struct Planted {
    pub(crate) file_type: u16,
    pub(crate) base: u64,
    pub(crate) interpreter: Option<&'static str>,
    /// DT_NEEDED.
    pub(crate) libraries: Vec<&'static str>,
    pub(crate) run_path: Option<&'static str>,
    /// Further dynamic entries; `None` for a file without a dynamic section.
    pub(crate) dynamic: Option<Vec<(u64, u64)>>,
    pub(crate) has_relro: bool,
    /// Flags of PT_GNU_STACK.
    pub(crate) stack: Option<u32>,
    pub(crate) code: Vec<u8>,
    /// Flags of the code's segment.
    pub(crate) code_flags: u32,
    pub(crate) sections: Vec<(&'static str, u32, Vec<u8>)>,
}

impl Planted {
    /// A library that obeys every rule.
    pub(crate) fn library() -> Self {
        Self {
            file_type: DYN,
            base: 0,
            interpreter: None,
            libraries: Vec::new(),
            run_path: None,
            dynamic: Some(vec![JMPREL, FLAGS_BIND_NOW]),
            has_relro: true,
            stack: Some(6),
            code: READS_GUARD.to_vec(),
            code_flags: 5,
            sections: Vec::new(),
        }
    }

    /// A program that obeys every rule.
    pub(crate) fn program() -> Self {
        Self { interpreter: Some("/lib/ld-musl-x86_64.so.1"), ..Self::library() }
    }

    /// A kernel module.
    pub(crate) fn module() -> Self {
        let sections = vec![(".modinfo", PROGBITS, b"name=x\0".to_vec()), (".symtab", SYMTAB, Vec::new())];
        Self {
            file_type: REL,
            dynamic: None,
            has_relro: false,
            stack: None,
            code: Vec::new(),
            sections,
            ..Self::library()
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut strings = vec![0];
        let mut string = |text: &str| {
            let at = strings.len() as u64;
            strings.extend(text.bytes().chain([0]));
            at
        };
        let mut entries: Vec<(u64, u64)> = self.libraries.iter().map(|name| (1, string(name))).collect();
        entries.extend(self.run_path.map(|path| (29, string(path))));
        entries.extend(self.dynamic.iter().flatten());

        let is_linked = self.file_type != REL;
        let headers =
            [self.interpreter.is_some(), self.dynamic.is_some(), self.has_relro, self.stack.is_some()];
        let headers = headers.iter().filter(|has| **has).count() + if is_linked { 2 } else { 0 };
        let mut body = Vec::new();
        let start = 64 + 56 * headers;
        let mut put = |bytes: &[u8]| {
            body.resize(body.len().next_multiple_of(8), 0);
            let at = (start + body.len()) as u64;
            body.extend(bytes);
            (at, bytes.len() as u64)
        };
        let interpreter = self.interpreter.map(|path| put(&[path.as_bytes(), &[0]].concat()));
        let table = put(&strings);
        entries.extend([(5, self.base + table.0), (10, table.1), (0, 0)]);
        let words = entries.iter().flat_map(|(tag, value)| [tag.to_le_bytes(), value.to_le_bytes()]);
        let dynamic = self.dynamic.as_ref().map(|_| put(&words.flatten().collect::<Vec<u8>>()));
        let code = put(&self.code);
        let mut names = vec![0];
        let mut sections = vec![(0, 0, (0, 0))];
        let own = self.sections.iter().map(|(name, kind, bytes)| (*name, *kind, Some(bytes)));
        for (name, kind, bytes) in own.chain([(".shstrtab", 3, None)]) {
            let at = u32::try_from(names.len()).unwrap();
            names.extend(name.bytes().chain([0]));
            sections.push((at, kind, bytes.map_or((0, 0), |bytes| put(bytes))));
        }
        let table = put(&names);
        sections.last_mut().unwrap().2 = table;
        let section_headers = put(&[]).0;

        let mut file = Vec::new();
        file.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
        file.extend(self.file_type.to_le_bytes());
        file.extend(62_u16.to_le_bytes());
        file.extend(1_u32.to_le_bytes());
        for word in [self.base + code.0, if headers == 0 { 0 } else { 64 }, section_headers] {
            file.extend(word.to_le_bytes());
        }
        file.extend(0_u32.to_le_bytes());
        let count = |number: usize| u16::try_from(number).unwrap();
        for half in [64, 56, count(headers), 64, count(sections.len()), count(sections.len() - 1)] {
            file.extend(half.to_le_bytes());
        }
        let mut segment = |kind: u32, flags: u32, (at, size): (u64, u64)| {
            file.extend(kind.to_le_bytes());
            file.extend(flags.to_le_bytes());
            for word in [at, self.base + at, self.base + at, size, size, 8] {
                file.extend(word.to_le_bytes());
            }
        };
        if is_linked {
            segment(1, 4, (0, section_headers));
            segment(1, self.code_flags, code);
        }
        if let Some(place) = interpreter {
            segment(3, 4, place);
        }
        if let Some(place) = dynamic {
            segment(2, 6, place);
        }
        if self.has_relro {
            segment(0x6474_e552, 4, dynamic.unwrap_or_default());
        }
        if let Some(flags) = self.stack {
            segment(0x6474_e551, flags, (0, 0));
        }
        assert_eq!(file.len(), start, "program headers end where the body begins");
        file.extend(body);
        for (name, kind, (at, size)) in sections {
            file.extend(name.to_le_bytes());
            file.extend(kind.to_le_bytes());
            for word in [0, 0, at, size, 0, 4, 0] {
                // Link and information are halves of one word, both 0.
                file.extend(u64::to_le_bytes(word));
            }
        }
        file
    }
}

/// The note of libraries that are loaded by name.
pub(crate) fn dlopen_note(json: &str) -> (&'static str, u32, Vec<u8>) {
    let size = u32::try_from(json.len() + 1).unwrap();
    let mut note =
        [4_u32.to_le_bytes(), size.to_le_bytes(), 0x407c_0c0a_u32.to_le_bytes(), *b"FDO\0"].concat();
    note.extend(json.bytes().chain([0]));
    note.resize(note.len().next_multiple_of(4), 0);
    (".note.dlopen", NOTE, note)
}

/// A tree of these files, all executable, and their contents.
pub(crate) fn tree(files: &[(&str, &[u8])]) -> (Tree, BTreeMap<BlobDigest, Vec<u8>>) {
    let (mut tree, mut blobs) = (Tree::new(), BTreeMap::new());
    for (path, bytes) in files {
        let blob = BlobDigest::new(Sha256::of(bytes));
        blobs.insert(blob, bytes.to_vec());
        tree.insert(TreePath::parse(path).unwrap(), Node::file(blob, bytes.len() as u64, true)).unwrap();
    }
    (tree, blobs)
}

static NO_CLOSURE: BTreeMap<String, Tree> = BTreeMap::new();

/// The question about output `runtime` of recipe `x`, without closure and exceptions.
pub(crate) const fn question(own: &Tree) -> Question<'_> {
    Question {
        recipe: "x",
        output: "runtime",
        own,
        siblings: Vec::new(),
        closure: &NO_CLOSURE,
        declared: Vec::new(),
        sources: Vec::new(),
        epoch: 1_700_000_000,
        attributes: BTreeMap::new(),
        exceptions: Vec::new(),
    }
}
