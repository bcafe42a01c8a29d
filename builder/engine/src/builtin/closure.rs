// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `check-closure@1`: whether an output's declared runtime closure is what its files really need.
//!
//! Inputs: `self`, and one for each output of the declared closure, by its name. Arguments: `declared`, the names that the recipe itself
//! lists. A library or interpreter that nobody in the closure brings is a finding, and so is a declared output that nothing needs.
//! The result is one file, `closure.json`: for each input what is needed from it.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_tree::{Node, Tree, TreePath};
use serde_json::{Value, json};

use super::Inputs;
use crate::EngineError;
use crate::elf;

const SELF: &str = "self";

pub(super) fn check(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let trees = inputs.trees()?;
    let declared: BTreeSet<String> = inputs.strings("declared")?.into_iter().collect();
    let own = trees.get(SELF).ok_or_else(|| inputs.wrong("there is no input `self`"))?;
    let mut findings = Vec::new();
    let mut used: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (path, node) in own.iter() {
        let Node::File { blob, metadata, .. } = node else { continue };
        let bytes = inputs.blob(*blob)?;
        let needs = match elf::needs(&bytes) {
            Ok(needs) => needs,
            Err(reason) => {
                findings.push(format!("{path}: {reason}"));
                continue;
            }
        };
        // A script that nobody can execute names an interpreter to nobody.
        let interpreter = needs.interpreter.filter(|_| metadata.mode.is_executable());
        for (what, wanted) in needs
            .libraries
            .iter()
            .map(|name| (name.clone(), Wanted::Library(name)))
            .chain(interpreter.iter().map(|path| (path.clone(), Wanted::Path(path))))
        {
            match trees.iter().find(|(_, tree)| wanted.is_in(tree)) {
                Some((name, _)) => {
                    used.entry(name).or_default().insert(what);
                }
                None => findings.push(format!("{path} needs {what}, which nothing in its declared closure brings; name the output that does under `runtime`")),
            }
        }
    }
    for name in declared.iter().filter(|name| !used.contains_key(name.as_str())) {
        findings.push(format!("`runtime` names {name}, which nothing here needs; take it out"));
    }
    if !findings.is_empty() {
        return Err(inputs.wrong(findings.join("\n  ")));
    }
    let facts: BTreeMap<&str, Value> =
        used.iter().filter(|(name, _)| **name != SELF).map(|(name, what)| (*name, json!(what))).collect();
    inputs.one_file("closure.json", format!("{}\n", json!(facts)).as_bytes())
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
        TreePath::parse(&path).is_ok_and(|path| tree.get(&path).is_some_and(|node| !node.is_directory()))
    }
}
