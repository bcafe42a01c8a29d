// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whether the declared runtime closure is what files really need: `runtime-declared`, `runtime-used`.
//!
//! What is needed: libraries and loader of an ELF file, libraries that its note calls required, the interpreter of a script.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_recipe::Rule;
use ashlar_tree::{Node, Tree, TreePath};

use crate::book::Book;
use crate::elf::Elf;
use crate::judge::Question;

/// What is needed of each output of the closure, by `recipe:output`.
pub type Uses = BTreeMap<String, BTreeSet<String>>;

/// The closure, and what was needed of it so far.
pub(crate) struct Runtime<'a> {
    question: &'a Question<'a>,
    uses: Uses,
}

impl<'a> Runtime<'a> {
    pub(crate) const fn new(question: &'a Question<'a>) -> Self {
        Self { question, uses: BTreeMap::new() }
    }

    /// Looks for all that one file needs. A file that nobody can execute asks for no interpreter.
    pub(crate) fn file(
        &mut self,
        path: &TreePath,
        bytes: &[u8],
        elf: Option<&Elf>,
        is_executable: bool,
        book: &mut Book<'_>,
    ) {
        let script = bytes.strip_prefix(b"#!").and_then(interpreter);
        let interpreter = elf.and_then(|elf| elf.interpreter.clone()).or(script);
        let mut wanted: Vec<Wanted> = Vec::new();
        wanted.extend(elf.iter().flat_map(|elf| &elf.libraries).map(|name| Wanted::Library(name.clone())));
        wanted.extend(interpreter.filter(|_| is_executable).map(Wanted::Path));
        for want in wanted {
            if !self.is_there(&want) {
                missing(path, want.name(), book);
            }
        }
        for choice in elf.iter().flat_map(|elf| &elf.dlopen) {
            let there =
                choice.names.iter().filter(|name| self.is_there(&Wanted::Library((*name).clone()))).count();
            if there == 0 && choice.is_required {
                missing(path, &choice.names.join(" or "), book);
            }
        }
    }

    /// Whether the output itself or one of its closure brings it; that one is needed then.
    fn is_there(&mut self, wanted: &Wanted) -> bool {
        if wanted.is_in(self.question.own) {
            return true;
        }
        let Some((name, _)) = self.question.closure.iter().find(|(_, tree)| wanted.is_in(tree)) else {
            return false;
        };
        self.uses.entry(name.clone()).or_default().insert(wanted.name().to_owned());
        true
    }

    /// What is needed of each output, after all files were looked at.
    pub(crate) fn close(self, book: &mut Book<'_>) -> Uses {
        for name in &self.question.declared {
            if !self.uses.contains_key(name) {
                book.find(Rule::RuntimeUsed, name, "`runtime` names it, and nothing here needs it");
            }
        }
        self.uses
    }
}

fn missing(path: &TreePath, what: &str, book: &mut Book<'_>) {
    let message = format!("it needs {what}, which nothing in its declared closure brings");
    book.find(Rule::RuntimeDeclared, path.as_str(), message);
}

/// What stands behind `#!`, up to a blank.
fn interpreter(rest: &[u8]) -> Option<String> {
    let line = rest.split(|byte| *byte == b'\n').next()?;
    String::from_utf8_lossy(line).split_whitespace().next().map(str::to_owned)
}

enum Wanted {
    Library(String),
    Path(String),
}

impl Wanted {
    fn name(&self) -> &str {
        match self {
            Self::Library(name) | Self::Path(name) => name,
        }
    }

    /// Libraries are found where musl's loader looks (`/lib`, `/usr/lib`); roots are usr-merged.
    fn is_in(&self, tree: &Tree) -> bool {
        let path = match self {
            Self::Library(name) => format!("usr/lib/{name}"),
            Self::Path(path) => {
                let path = path.trim_start_matches('/');
                let merged = ["lib/", "bin/", "sbin/"].iter().any(|top| path.starts_with(top));
                if merged { format!("usr/{path}") } else { path.to_owned() }
            }
        };
        TreePath::parse(&path).is_ok_and(|path| is_file(tree, &path))
    }
}

/// Whether a file stands at `path`, by links within the same folder if need be: a link to what another output has is a
/// dangling one.
fn is_file(tree: &Tree, path: &TreePath) -> bool {
    const LONGEST_CHAIN: usize = 8;
    let mut at = path.clone();
    for _ in 0..LONGEST_CHAIN {
        match tree.get(&at) {
            Some(Node::File { .. }) => return true,
            Some(Node::Symlink { target, .. }) => {
                let beside =
                    at.parent().map_or_else(|| TreePath::parse(target), |folder| folder.join(target));
                match beside {
                    Ok(next) => at = next,
                    Err(_) => return false,
                }
            }
            Some(Node::Directory(_)) | None => return false,
        }
    }
    false
}
