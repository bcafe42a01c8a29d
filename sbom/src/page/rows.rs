// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the template is filled with: texts only, in the order in which they are shown.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::component::{Component, ComponentId};
use crate::inventory::Inventory;
use crate::location::Location;
use crate::reading::Reading;
use crate::relationship::Verb;

/// Longer lists of others are folded.
const MANY: usize = 8;
/// Shown where nothing is known.
const NOTHING: &str = "–";

#[derive(Serialize)]
pub(super) struct Page {
    title: String,
    script: &'static str,
    script_digest: String,
    about: Vec<Fact>,
    notes: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Fact {
    term: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    homepage: Option<String>,
    purl: Option<String>,
    version: String,
    kind: &'static str,
    licence: String,
    supplier: String,
    links: Vec<Links>,
    files: Option<String>,
}

/// How a component is related to others.
#[derive(Serialize)]
struct Links {
    verb: &'static str,
    /// Their number, where it is large.
    many: Option<usize>,
    others: Vec<Other>,
}

#[derive(Serialize)]
struct Other {
    id: String,
    title: String,
}

impl Page {
    pub(super) fn of(
        reading: &Reading,
        sizes: &BTreeMap<ComponentId, u64>,
        script: &'static str,
        script_digest: String,
    ) -> Self {
        let inventory = &reading.inventory;
        let root = inventory.components().get(inventory.root());
        let relations = Relations::of(inventory);
        let files = inventory.files_by_owner();
        let mut all: Vec<(&ComponentId, &Component)> = inventory.components().iter().collect();
        all.sort_by_key(|(id, component)| (component.name.to_lowercase(), *id));
        let count = |id: &ComponentId| {
            let count = files.get(id).map(|all| counted(all.len(), "file"));
            let words: Vec<String> = count.into_iter().chain(sizes.get(id).copied().map(size)).collect();
            (!words.is_empty()).then(|| words.join(", "))
        };
        Self {
            title: root.map(Component::title).unwrap_or_default(),
            script,
            script_digest,
            about: about(reading),
            notes: reading.notes.iter().map(ToString::to_string).collect(),
            rows: all.into_iter().map(|(id, it)| row(id, it, relations.links(id), count(id))).collect(),
        }
    }
}

fn about(reading: &Reading) -> Vec<Fact> {
    let inventory = &reading.inventory;
    let files = inventory.files().len();
    let facts = [
        ("document", reading.name.clone()),
        ("format", Some(reading.stated.clone())),
        ("made", reading.created.map(|created| created.to_string())),
        ("author", reading.author.as_ref().map(|author| author.name().to_owned())),
        ("namespace", reading.namespace.clone()),
        ("components", Some(inventory.components().len().to_string())),
        ("files", (files > 0).then(|| files.to_string())),
    ];
    facts.into_iter().filter_map(|(term, value)| Some(Fact { term, value: value? })).collect()
}

fn row(id: &ComponentId, component: &Component, links: Vec<Links>, files: Option<String>) -> Row {
    let or_nothing = |text: Option<&str>| text.unwrap_or(NOTHING).to_owned();
    Row {
        id: id.to_string(),
        name: component.name.clone(),
        homepage: component.homepage.as_ref().filter(|url| is_web(url)).map(ToString::to_string),
        purl: component.purl.as_ref().map(ToString::to_string),
        version: or_nothing(component.version.as_deref()),
        kind: component.kind.name(),
        licence: or_nothing(component.licence().map(|licence| licence.as_str())),
        supplier: or_nothing(component.supplier.as_ref().map(|supplier| supplier.name())),
        links,
        files,
    }
}

/// A scheme can be one that runs something.
fn is_web(location: &Location) -> bool {
    ["https://", "http://"].iter().any(|scheme| location.as_str().starts_with(scheme))
}

/// A number of bytes for people, in units of a thousand.
fn size(bytes: u64) -> String {
    let (unit, word) = match bytes {
        0..1_000 => return counted(usize::try_from(bytes).unwrap_or_default(), "byte"),
        // From there on it would be rounded to a thousand.
        1_000..999_950 => (1_000, "kB"),
        _ => (1_000_000, "MB"),
    };
    let tenths = bytes.saturating_mul(10).saturating_add(unit / 2) / unit;
    format!("{}.{} {word}", tenths / 10, tenths % 10)
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// What is said of each component, from both ends.
struct Relations<'a> {
    inventory: &'a Inventory,
    forward: BTreeMap<(&'a ComponentId, Verb), Vec<&'a ComponentId>>,
    backward: BTreeMap<(&'a ComponentId, Verb), Vec<&'a ComponentId>>,
}

impl<'a> Relations<'a> {
    fn of(inventory: &'a Inventory) -> Self {
        let mut relations = Self { inventory, forward: BTreeMap::new(), backward: BTreeMap::new() };
        // That the root contains what it contains is the page itself.
        let told = |it: &&crate::relationship::Relationship| {
            it.verb != Verb::Contains || it.from != *inventory.root()
        };
        for it in inventory.relationships().iter().filter(told) {
            relations.forward.entry((&it.from, it.verb)).or_default().push(&it.to);
            relations.backward.entry((&it.to, it.verb)).or_default().push(&it.from);
        }
        relations
    }

    fn links(&self, id: &'a ComponentId) -> Vec<Links> {
        let links = |text: &'static str, ids: Option<&Vec<&ComponentId>>| {
            let ids = ids?;
            let many = (ids.len() > MANY).then_some(ids.len());
            let mut others: Vec<Other> = ids.iter().filter_map(|id| self.other(id)).collect();
            others.sort_by_cached_key(|other| (other.title.to_lowercase(), other.id.clone()));
            Some(Links { verb: text, many, others })
        };
        let forward = Verb::ALL.into_iter().map(|verb| (verb.text(), self.forward.get(&(id, verb))));
        let backward =
            Verb::ALL.into_iter().map(|verb| (verb.reversed_text(), self.backward.get(&(id, verb))));
        forward.chain(backward).filter_map(|(text, ids)| links(text, ids)).collect()
    }

    fn other(&self, id: &ComponentId) -> Option<Other> {
        Some(Other { id: id.to_string(), title: self.inventory.components().get(id)?.title() })
    }
}
