// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The chase itself: differences of a node, and for each input that differs those of the node that makes it.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_digest::{Sha256, SourceDigest, TreeDigest};
use ashlar_plan::{
    Catalog, Difference, Graph, Input as Read, NodeId, Port, Role, differences, read_encoding,
};
use ashlar_recipe::{RecipeName, RecipeSet, SourceKind, SourceName};
use ashlar_store::{Past, Store};
use ashlar_tree::{Change, difference};
use serde_json::Value;

use super::answer::{Answer, Cause, Input, Standing};
use super::history::History;
use crate::failure::Failure;
use crate::outlook::Outlook;

/// Everything that an answer is made from.
pub(crate) struct Question<'a> {
    pub(crate) store: &'a Store,
    pub(crate) recipes: &'a RecipeSet,
    pub(crate) graph: &'a Graph,
    pub(crate) catalog: &'a Catalog,
    pub(crate) outlook: &'a Outlook,
    pub(crate) history: &'a History,
}

/// What was told already: each node is followed once.
type Told = BTreeSet<NodeId>;

impl Question<'_> {
    /// Why `node` is built, or since when it need not be.
    pub(crate) fn ask(&self, node: NodeId) -> Result<Answer, Failure> {
        let key = self.graph.node(node).key.clone();
        let id = self.outlook.ids.get(&node).copied();
        if let Some(id) = id.filter(|_| self.outlook.stored.contains(&node)) {
            let since = self.store.recorded_at(id)?.unwrap_or_default();
            return Ok(Answer { node: key, standing: Standing::Stored { id, since } });
        }
        let Some(past) = self.history.last(&key, id) else {
            return Ok(Answer { node: key, standing: Standing::New });
        };
        let causes = self.causes(node, past, &mut Told::new())?;
        Ok(Answer {
            node: key,
            standing: Standing::Changed { before: past.id, since: past.recorded, causes },
        })
    }

    /// In what `node` as it is now differs from `past`.
    fn causes(&self, node: NodeId, past: &Past, told: &mut Told) -> Result<Vec<Cause>, Failure> {
        let before = self.store.derivation(past.id)?.map(|text| read_encoding(&text)).transpose();
        let before = before.map_err(|reason| Failure::Finding {
            message: format!("read the derivation {} of {}: {reason}", past.id, past.realisation.name),
            help: Some("run `ashlar store check`".to_owned()),
        })?;
        let Some(before) = before else { return Ok(Vec::new()) };
        let ports = self.graph.node(node).ports();
        let mut causes = Vec::new();
        for difference in differences(&before, &self.encoding(node)?) {
            match difference {
                Difference::Text { what, before, after } => causes.push(Cause::Text { what, before, after }),
                Difference::Value { what, before, after } => {
                    causes.push(Cause::Value { what, before, after });
                }
                Difference::Input { role, before, after } => {
                    causes.extend(self.input(node, &role, ports.get(&role), before, after, told)?);
                }
            }
        }
        Ok(packages_paired(causes))
    }

    /// The encoding of `node` now. An input that is not built yet is one that nothing ever was.
    fn encoding(&self, node: NodeId) -> Result<Value, Failure> {
        let nothing = TreeDigest::new(Sha256::of(b"not built yet"));
        let tree_of = |port: &Port| Some(self.outlook.trees.get(port).copied().unwrap_or(nothing));
        let wrong = |reason: String| Failure::Finding {
            message: format!("describe {}: {reason}", self.graph.node(node).key),
            help: None,
        };
        let derivation =
            self.graph.lower(node, tree_of).ok_or_else(|| wrong("an input has no name".to_owned()))?;
        let text = derivation.encode().map_err(|cause| wrong(cause.to_string()))?;
        read_encoding(text.as_bytes()).map_err(wrong)
    }

    fn input(
        &self,
        node: NodeId,
        role: &Role,
        port: Option<&Port>,
        before: Option<Read>,
        after: Option<Read>,
        told: &mut Told,
    ) -> Result<Vec<Cause>, Failure> {
        let name = input_name(role, port.map(|port| self.graph.node(port.node).key.as_str()), port);
        match (before, after, port) {
            (None, _, _) => Ok(vec![Cause::Set { what: name, is_new: true }]),
            (_, None, _) => Ok(vec![Cause::Set { what: name, is_new: false }]),
            (Some(Read::Tree(before)), _, Some(port)) => self.artifact(&name, role, port, before, told),
            (Some(Read::Tree(before)), Some(Read::Tree(after)), None) => {
                let folder = self.folder(node, role);
                let changes = self.changes(before, after)?;
                let shown = changes.iter().map(|change| in_folder(change, folder.as_deref())).collect();
                Ok(vec![Cause::Files { what: folder.unwrap_or(name), changes: shown }])
            }
            (Some(before), Some(after), _) => {
                let shown = |read: Read| Some(self.shown(read));
                Ok(vec![Cause::Value { what: name, before: shown(before), after: shown(after) }])
            }
        }
    }

    /// The output of another node that was `before`. What merely merges others is passed through: its inputs are causes of ours.
    fn artifact(
        &self,
        name: &str,
        role: &Role,
        port: &Port,
        before: TreeDigest,
        told: &mut Told,
    ) -> Result<Vec<Cause>, Failure> {
        let key = &self.graph.node(port.node).key;
        let first = told.insert(port.node);
        let maker = self.history.maker(before, key);
        let causes = match maker.filter(|_| first) {
            Some(past) => self.causes(port.node, past, told)?,
            None => Vec::new(),
        };
        if is_merge(key) && !causes.is_empty() {
            let placed = |cause| match cause {
                Cause::Input(mut input) => {
                    input.role = role.to_string();
                    Cause::Input(input)
                }
                other => other,
            };
            return Ok(causes.into_iter().map(placed).collect());
        }
        let changes = match self.outlook.trees.get(port) {
            Some(after) => Some(self.changes(before, *after)?.iter().map(ToString::to_string).collect()),
            None => None,
        };
        let (name, role) = (name.to_owned(), role.to_string());
        Ok(vec![Cause::Input(Box::new(Input { name, role, changes, causes, told: !first }))])
    }

    /// What differs in two trees; nothing is known of one that was removed.
    fn changes(&self, before: TreeDigest, after: TreeDigest) -> Result<Vec<Change>, Failure> {
        if !self.store.has_tree(before) || !self.store.has_tree(after) {
            return Ok(Vec::new());
        }
        Ok(difference(&self.store.get_tree(before)?, &self.store.get_tree(after)?))
    }

    fn shown(&self, read: Read) -> String {
        match read {
            Read::Tree(digest) => format!("tree {digest}"),
            Read::Source(digest) => self.source(digest),
        }
    }

    fn source(&self, digest: SourceDigest) -> String {
        match self.catalog.get(&digest) {
            Some(location) => format!("{} ({digest})", location.name()),
            None => digest.to_string(),
        }
    }

    /// The folder of the project that a `path` source of a recipe's node is.
    fn folder(&self, node: NodeId, role: &Role) -> Option<String> {
        let Role::Source(source) = role else {
            let Role::Input(name) = role else { return None };
            return name.strip_prefix("project ").map(str::to_owned);
        };
        let key = self.graph.node(node).key.strip_prefix("recipe ")?;
        let recipe = self.recipes.recipe(&RecipeName::parse(key.split('+').next()?).ok()?)?;
        match &recipe.source(&SourceName::parse(source).ok()?)?.kind {
            SourceKind::Path { path, .. } => Some(path.to_string()),
            _ => None,
        }
    }
}

fn is_merge(key: &str) -> bool {
    key.starts_with("sysroot of ") || key.starts_with("target root of ")
}

/// What people call an input: an output by `recipe:output`, a seed set by its name, all else by what it is for.
fn input_name(role: &Role, key: Option<&str>, port: Option<&Port>) -> String {
    match (key, port) {
        (Some(key), Some(port)) if key.starts_with("recipe ") => {
            format!("{}:{}", key.trim_start_matches("recipe "), port.output)
        }
        (Some(key), _) if key.starts_with("seed ") => key.to_owned(),
        (Some(key), _) if !is_merge(key) => key.to_owned(),
        _ => match role {
            Role::Input(name) => name.clone(),
            other => other.to_string(),
        },
    }
}

/// A change of a tree with the folder that the tree stands for before its path. A tree of one file stands for the file.
fn in_folder(change: &Change, folder: Option<&str>) -> String {
    let text = change.to_string();
    let (Some(folder), Some((sign, rest))) = (folder, text.split_once(' ')) else { return text };
    let file = folder.rsplit('/').next().unwrap_or(folder);
    match rest.strip_prefix(file) {
        Some(more) if more.is_empty() || more.starts_with(' ') => format!("{sign} {folder}{more}"),
        _ => format!("{sign} {folder}/{rest}"),
    }
}

/// A package of the seed that went and came in another version is one change of a version.
fn packages_paired(causes: Vec<Cause>) -> Vec<Cause> {
    let mut gone: BTreeMap<String, String> = BTreeMap::new();
    for cause in &causes {
        if let Cause::Set { what, is_new: false } = cause
            && let Some((name, version)) = package(what)
        {
            gone.insert(name, version);
        }
    }
    let mut paired = BTreeSet::new();
    let mut result = Vec::new();
    for cause in causes {
        match &cause {
            Cause::Set { what, is_new: true } => match package(what) {
                Some((name, version)) if gone.contains_key(&name) => {
                    let (what, before) = (format!("package {name}"), gone.get(&name).cloned());
                    result.push(Cause::Value { what, before, after: Some(version) });
                    paired.insert(name);
                }
                _ => result.push(cause),
            },
            _ => result.push(cause),
        }
    }
    result.retain(|cause| match cause {
        Cause::Set { what, is_new: false } => !package(what).is_some_and(|(name, _)| paired.contains(&name)),
        _ => true,
    });
    result
}

/// Name and version of `package make_4.4.1-2_amd64`.
fn package(what: &str) -> Option<(String, String)> {
    let mut parts = what.trim_start_matches("package ").splitn(3, '_');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(name), Some(version), Some(_)) => Some((name.to_owned(), version.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
