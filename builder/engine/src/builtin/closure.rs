// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `check-closure@2`: whether an output's declared runtime closure is what its files really need.
//!
//! Inputs: `self`, and one for each output of the declared closure, by its name. Arguments: `declared`, the names that the recipe itself
//! lists, and `exceptions`. A library or interpreter that nobody in the closure brings is a finding, and so are a declared output that
//! nothing needs, a program with debug sections, and an exception without effect.
//! The result is one file, `closure.json`: for each input what is needed from it.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use ashlar_tree::{Node, Pattern, Tree, TreePath};
use serde_json::{Value, json};

use super::Inputs;
use crate::EngineError;
use crate::elf;

const SELF: &str = "self";

/// An `[[output.exception]]`, and whether anything needed it.
struct Exception {
    rule: String,
    patterns: Vec<Pattern>,
    used: Cell<bool>,
}

/// Everything that one check looks at.
struct Check<'a> {
    trees: &'a BTreeMap<String, Tree>,
    exceptions: Vec<Exception>,
    findings: Vec<String>,
    used: BTreeMap<&'a str, BTreeSet<String>>,
}

pub(super) fn check(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let trees = inputs.trees()?;
    let declared: BTreeSet<String> = inputs.strings("declared")?.into_iter().collect();
    let own = trees.get(SELF).ok_or_else(|| inputs.wrong("there is no input `self`"))?;
    let exceptions = exceptions(inputs)?;
    let mut check = Check { trees: &trees, exceptions, findings: Vec::new(), used: BTreeMap::new() };
    for (path, node) in own.iter() {
        if let Node::File { blob, metadata, .. } = node {
            check.file(path, &inputs.blob(*blob)?, metadata.mode.is_executable());
        }
    }
    for name in &declared {
        if !check.used.contains_key(name.as_str()) && !check.is_excepted("runtime-used", name) {
            check.findings.push(format!("`runtime` names {name}, which nothing here needs; take it out"));
        }
    }
    for dead in check.exceptions.iter().filter(|exception| !exception.used.get()) {
        let finding = format!("the exception from {:?} is not needed; take it out", dead.rule);
        check.findings.push(finding);
    }
    if !check.findings.is_empty() {
        return Err(inputs.wrong(check.findings.join("\n  ")));
    }
    let facts: BTreeMap<&str, Value> = check
        .used
        .iter()
        .filter(|(name, _)| **name != SELF)
        .map(|(name, what)| (*name, json!(what)))
        .collect();
    inputs.one_file("closure.json", format!("{}\n", json!(facts)).as_bytes())
}

impl<'a> Check<'a> {
    fn file(&mut self, path: &TreePath, bytes: &[u8], executable: bool) {
        let needs = match elf::needs(bytes) {
            Ok(needs) => needs,
            Err(reason) => return self.findings.push(format!("{path}: {reason}")),
        };
        if needs.has_debug_sections && !self.is_excepted("stripped", path.as_str()) {
            self.findings.push(format!(
                "{path} carries debug sections; strip it, or state an exception from \"stripped\""
            ));
        }
        let libraries = needs.libraries.iter().map(|name| (name, Wanted::Library(name)));
        // A script that nobody can execute names an interpreter to nobody.
        let interpreter =
            needs.interpreter.as_ref().filter(|_| executable).map(|path| (path, Wanted::Path(path)));
        for (what, wanted) in libraries.chain(interpreter) {
            let trees: &'a BTreeMap<String, Tree> = self.trees;
            if let Some((name, _)) = trees.iter().find(|(_, tree)| wanted.is_in(tree)) {
                self.used.entry(name).or_default().insert(what.clone());
            } else if !self.is_excepted("runtime-declared", path.as_str()) {
                self.findings.push(format!(
                    "{path} needs {what}, which nothing in its declared closure brings; name the output that does under `runtime`"
                ));
            }
        }
    }

    fn is_excepted(&self, rule: &str, subject: &str) -> bool {
        let mut excepted = false;
        for exception in self.exceptions.iter().filter(|exception| exception.rule == rule) {
            let matches = TreePath::parse(subject)
                .is_ok_and(|path| exception.patterns.iter().any(|pattern| pattern.matches(&path)));
            if matches {
                exception.used.set(true);
                excepted = true;
            }
        }
        excepted
    }
}

fn exceptions(inputs: &Inputs<'_>) -> Result<Vec<Exception>, EngineError> {
    let mut exceptions = Vec::new();
    for value in inputs.array("exceptions")? {
        let mut patterns = Vec::new();
        for path in inputs.field(&value, "paths")?.as_array().into_iter().flatten() {
            let pattern = Pattern::parse(path.as_str().unwrap_or_default())
                .map_err(|cause| inputs.wrong(cause.to_string()))?;
            patterns.push(pattern);
        }
        exceptions.push(Exception { rule: inputs.text(&value, "rule")?, patterns, used: Cell::new(false) });
    }
    Ok(exceptions)
}

enum Wanted<'a> {
    Library(&'a str),
    Path(&'a str),
}

impl Wanted<'_> {
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

/// Whether a file stands at `path`, by links within the same folder if need be: a link to what another output has is a dangling one.
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
