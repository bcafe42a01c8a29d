// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The judgement of one output: every file by every rule.

use std::collections::BTreeMap;

use ashlar_digest::BlobDigest;
use ashlar_recipe::Rule;
use ashlar_tree::{Node, Tree, TreePath};

use crate::book::Book;
use crate::exception::Exception;
use crate::marks::Marks;
use crate::report::Report;
use crate::runtime::{Runtime, Uses};
use crate::{attributes, elf, hardening, license, times};

/// What is judged, and all that the judgement may depend on.
#[derive(Debug)]
pub struct Question<'a> {
    /// Name of the recipe.
    pub recipe: &'a str,
    /// Name of the output.
    pub output: &'a str,
    /// Its tree.
    pub own: &'a Tree,
    /// The trees of the recipe's other outputs.
    pub siblings: Vec<&'a Tree>,
    /// The outputs of its declared closure, itself left out, by `recipe:output`.
    pub closure: &'a BTreeMap<String, Tree>,
    /// Those of them that the output itself declares.
    pub declared: Vec<String>,
    /// Names of the recipe's sources.
    pub sources: Vec<String>,
    /// The source epoch, seconds since 1970.
    pub epoch: u64,
    /// Paths whose modes, owners or extended attributes the output declares, and why.
    pub attributes: BTreeMap<TreePath, String>,
    /// What is excepted.
    pub exceptions: Vec<Exception>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What was found.
    pub report: Report,
    /// What is needed of each output of the closure: the fact that bears the declaration out.
    pub uses: Uses,
}

/// Judges an output; `read` gives contents.
///
/// # Errors
/// Only those of `read`.
pub fn judge<E>(
    question: &Question<'_>,
    mut read: impl FnMut(BlobDigest) -> Result<Vec<u8>, E>,
) -> Result<Judgement, E> {
    let mut book = Book::new(format!("{}:{}", question.recipe, question.output), &question.exceptions);
    let marks = Marks::new(&question.sources, question.epoch);
    let mut runtime = Runtime::new(question);
    for (path, node) in question.own.iter() {
        attributes::check(path, node, &question.attributes, &mut book);
        if let Node::File { blob, metadata, .. } = node {
            let bytes = read(*blob)?;
            let elf = elf_of(path, &bytes, &mut book);
            if let Some(elf) = &elf {
                hardening::check(path, elf, &mut book);
            }
            marks.check(path, &bytes, &mut book);
            times::check(path, &bytes, question.epoch, &mut book);
            runtime.file(path, &bytes, elf.as_ref(), metadata.mode.is_executable(), &mut book);
        }
    }
    license::check(question, &mut book);
    let uses = runtime.close(&mut book);
    Ok(Judgement { report: book.close(), uses })
}

/// What an ELF file says; one that cannot be read is a finding.
fn elf_of(path: &TreePath, bytes: &[u8], book: &mut Book<'_>) -> Option<elf::Elf> {
    elf::read(bytes).unwrap_or_else(|reason| {
        book.find(Rule::Readable, path.as_str(), reason);
        None
    })
}

#[cfg(test)]
mod tests;
