// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Item by item: what only one side has, what is said of both, and contents that differ.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_digest::BlobDigest;
use ashlar_tree::{Metadata, Node, Tree, TreePath};

use crate::content::{Budget, differing};
use crate::report::{Bounds, Change, Comparison, Content, Entry};
use crate::{CompareError, Side};

/// What stands at a path, or is a member of an archive.
#[derive(Clone, Debug)]
pub(crate) struct Item<C> {
    /// What it is, for people: `file`, `directory`, `link`.
    pub(crate) kind: &'static str,
    /// What is said of it, such as its mode.
    pub(crate) facts: BTreeMap<String, String>,
    /// Its content and how long that is, if it has any.
    pub(crate) content: Option<(C, u64)>,
}

/// Compares two artifacts.
///
/// # Errors
/// [`CompareError::Read`] if a content that differs cannot be had.
pub fn compare(first: &Side<'_>, second: &Side<'_>, bounds: &Bounds) -> Result<Comparison, CompareError> {
    let (one, two) = (tree_items(&first.tree), tree_items(&second.tree));
    let mut budget = Budget::new(bounds);
    items(&one, &two, |_, (path, blob), (_, other), sizes| {
        if blob == other {
            return Ok(None);
        }
        if sizes.0.max(sizes.1) > bounds.largest || !budget.take() {
            return Ok(Some(Content::unread(sizes)));
        }
        Ok(differing(&first.read(path, *blob)?, &second.read(path, *other)?, bounds))
    })
}

/// Compares two contents, as of files outside of any artifact.
#[must_use]
pub fn compare_bytes(first: &[u8], second: &[u8], bounds: &Bounds) -> Option<Content> {
    differing(first, second, bounds)
}

/// Compares two sets of items. `content` compares two contents, given their sizes; it says nothing where they are the same.
pub(crate) fn items<C, E>(
    one: &BTreeMap<String, Item<C>>,
    two: &BTreeMap<String, Item<C>>,
    mut content: impl FnMut(&str, &C, &C, (u64, u64)) -> Result<Option<Content>, E>,
) -> Result<Comparison, E> {
    let mut comparison = Comparison::default();
    let paths: BTreeSet<&String> = one.keys().chain(two.keys()).collect();
    for path in paths {
        let changes = match (one.get(path), two.get(path)) {
            (None, None) => Vec::new(),
            (None, Some(item)) => vec![Change::Added { what: words(item) }],
            (Some(item), None) => vec![Change::Removed { what: words(item) }],
            (Some(one), Some(two)) => {
                let mut changes = facts(one, two);
                if let (Some((one, before)), Some((two, after))) = (&one.content, &two.content) {
                    changes.extend(content(path, one, two, (*before, *after))?.map(Change::Content));
                }
                changes
            }
        };
        if changes.is_empty() {
            comparison.same += 1;
        } else {
            comparison.entries.push(Entry { path: path.clone(), changes });
        }
    }
    Ok(comparison)
}

fn facts<C>(one: &Item<C>, two: &Item<C>) -> Vec<Change> {
    let fact = |what: &str, before: Option<String>, after: Option<String>| Change::Fact {
        what: what.to_owned(),
        before,
        after,
    };
    if one.kind != two.kind {
        return vec![fact("type", Some(words(one)), Some(words(two)))];
    }
    let names: BTreeSet<&String> = one.facts.keys().chain(two.facts.keys()).collect();
    let pairs = names.into_iter().map(|name| (name, one.facts.get(name), two.facts.get(name)));
    let pairs = pairs.filter(|(_, before, after)| before != after);
    pairs.map(|(name, before, after)| fact(name, before.cloned(), after.cloned())).collect()
}

fn words<C>(item: &Item<C>) -> String {
    match (&item.content, item.facts.get("target")) {
        (Some((_, 1)), _) => format!("{}, 1 byte", item.kind),
        (Some((_, size)), _) => format!("{}, {size} bytes", item.kind),
        (None, Some(target)) => format!("{} to {target}", item.kind),
        (None, None) => item.kind.to_owned(),
    }
}

type TreeItem = Item<(TreePath, BlobDigest)>;

fn tree_items(tree: &Tree) -> BTreeMap<String, TreeItem> {
    tree.iter().map(|(path, node)| (path.to_string(), tree_item(path, node))).collect()
}

fn tree_item(path: &TreePath, node: &Node) -> TreeItem {
    match node {
        Node::Directory(metadata) => Item { kind: "directory", facts: of_metadata(metadata), content: None },
        Node::File { metadata, blob, size } => {
            Item { kind: "file", facts: of_metadata(metadata), content: Some(((path.clone(), *blob), *size)) }
        }
        Node::Symlink { target, uid, gid } => {
            let facts = [("target", target.clone()), ("owner", format!("{uid}:{gid}"))];
            Item {
                kind: "link",
                facts: facts.map(|(name, fact)| (name.to_owned(), fact)).into(),
                content: None,
            }
        }
    }
}

fn of_metadata(metadata: &Metadata) -> BTreeMap<String, String> {
    let attribute = |(name, value): (&String, &Vec<u8>)| {
        let digits: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
        (format!("attribute {name}"), format!("0x{digits}"))
    };
    let mut facts: BTreeMap<String, String> = metadata.xattrs.iter().map(attribute).collect();
    facts.insert("mode".to_owned(), metadata.mode.to_string());
    facts.insert("owner".to_owned(), format!("{}:{}", metadata.uid, metadata.gid));
    facts
}

#[cfg(test)]
mod tests;
