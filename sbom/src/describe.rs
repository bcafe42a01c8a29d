// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From what is known of an image to its inventory: facts of recipes and lock, trees with owners, and what programs say of themselves.
//!
//! ```text
//! Facts, trees ─parts─▶ owned files, programs ─components, links─▶ InventoryBuilder ─▶ Inventory
//! ```
//!
//! A recipe is one component for each thing that carries it (the OS, an extension, a container). What its programs were linked from is a
//! relationship of that component; the rules of static linking are in `archives`.

mod archives;
mod build;
mod component;
mod language;
mod part;
mod program;
mod texts;

use std::collections::{BTreeMap, BTreeSet};

use ashlar_digest::BlobDigest;
use ashlar_recipe::License;
use ashlar_tree::{Node, Tree, TreePath};

use crate::builder::InventoryBuilder;
use crate::checksum::Checksums;
use crate::component::{Component, ComponentId, Kind};
use crate::error::SbomError;
use crate::facts::{Facts, RecipeFacts};
use crate::inventory::Inventory;
use crate::licence_text::LicenceText;
use crate::relationship::Verb;
pub use texts::holds_licence;

use archives::Archives;
use part::Part;
use program::Program;
use texts::Texts;

/// Who brings a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileOwner {
    /// An output of a recipe, as `recipe:output`.
    Output(String),
    /// The definition of the image or extension.
    Definition,
}

/// A tree, and the owner of each of its files and links.
#[derive(Clone, Debug)]
pub struct OwnedTree {
    /// The tree.
    pub tree: Tree,
    /// The owner by path.
    pub owners: BTreeMap<TreePath, FileOwner>,
}

/// What was built, as far as an inventory depends on it.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The root of the image, or the tree of the extension.
    pub root: OwnedTree,
    /// The roots of containers, by name.
    pub containers: BTreeMap<String, OwnedTree>,
    /// What each output needs of which other when it runs, all by `recipe:output`.
    pub needs: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// The outputs that shipped recipes were built against, by `recipe:output`.
    pub built_against: BTreeMap<String, Tree>,
    /// What the licence texts that recipes install (`usr/share/licenses/<recipe>/…`) and their crates have (`<name>-<version>/…`) say,
    /// by recipe and path.
    pub licence_texts: BTreeMap<String, BTreeMap<String, LicenceText>>,
    /// What packages of the seed say of what is copied from them, by package.
    pub package_texts: BTreeMap<String, LicenceText>,
    /// The crates that recipes are built from, by recipe: `<name>-<version>/…`.
    pub crates: BTreeMap<String, Tree>,
    /// The checksums of contents of the root, as far as they are known already.
    pub checksums: BTreeMap<BlobDigest, Checksums>,
    /// The checksums of what boots, by the names of [`Facts::boot`].
    pub boot: BTreeMap<String, Checksums>,
}

/// What was described, and which component each owner of a file became.
#[derive(Clone, Debug)]
pub struct Description {
    /// The inventory, without files.
    pub inventory: Inventory,
    /// The component of each recipe of the root, by the recipe's name.
    pub owners: BTreeMap<String, ComponentId>,
}

/// Describes an image or an extension. `read` gives the content of a file of its trees.
///
/// # Errors
/// [`SbomError::Fact`] for a fact of a wrong form, [`SbomError::Program`] for a program that cannot be read, [`SbomError::Problems`] if
/// what comes out does not hold together; what `read` fails with.
pub fn describe<E: From<SbomError> + Send>(
    facts: &Facts,
    evidence: &Evidence,
    read: impl Fn(BlobDigest) -> Result<Vec<u8>, E> + Sync,
) -> Result<Description, E> {
    let root_part = Part::read(&evidence.root, &read)?;
    let mut builder = InventoryBuilder::new(component::root(facts)?);
    let root = builder.root().clone();
    let archives = Archives::read(&evidence.built_against);
    let texts = Texts::read(evidence, &read)?;
    let describing = Describing { facts, evidence, archives: &archives, texts: &texts };
    let owners = describing.part(&mut builder, &root, &facts.carrier, &root_part)?;
    let mut described: BTreeMap<&str, Vec<ComponentId>> = BTreeMap::new();
    let of_root = owners.iter().map(|(name, id)| (name.as_str(), vec![id.clone()]));
    described.extend(of_root);
    for (name, container) in &evidence.containers {
        let part = Part::read(container, &read)?;
        let checksums = container_checksums(facts, evidence, name)?;
        let own = component::container(facts, name, checksums)?;
        let id = builder.component_in(&root, own);
        for (recipe, id) in describing.part(&mut builder, &id, name, &part)? {
            if let Some((recipe, _)) = facts.recipes.get_key_value(&recipe) {
                described.entry(recipe).or_default().push(id);
            }
        }
        licences_of_all(&mut builder, &id);
    }
    licences_of_all(&mut builder, &root);
    build::add(&mut builder, facts, &described)?;
    Ok(Description { inventory: builder.build()?, owners })
}

/// States for what holds components the licences of all of them; what none of them says is not known of the whole.
fn licences_of_all(builder: &mut InventoryBuilder, id: &ComponentId) {
    let held = builder.held_by(id);
    let of = |licence: fn(&Component) -> Option<&License>| {
        let held = held.iter().filter(|component| component.kind != Kind::Container);
        let all: Option<BTreeSet<String>> = held.map(|component| licence(component).map(terms)).try_fold(
            BTreeSet::new(),
            |mut all, terms| {
                all.extend(terms?);
                Some(all)
            },
        );
        let all: Vec<String> = all?.into_iter().collect();
        License::parse(&all.join(" AND ")).ok()
    };
    let (declared, concluded) = (of(|it| it.declared.as_ref()), of(|it| it.concluded.as_ref()));
    builder.set_licences(id, declared, concluded);
}

/// The parts of an expression that all hold: where it has a choice, itself.
fn terms(licence: &License) -> Vec<String> {
    match licence.as_str() {
        text if text.contains(" OR ") => vec![format!("({text})")],
        text => text.split(" AND ").map(|term| term.trim_matches(['(', ')']).to_owned()).collect(),
    }
}

fn container_checksums(facts: &Facts, evidence: &Evidence, name: &str) -> Result<Checksums, SbomError> {
    let path = facts.containers.get(name).and_then(|container| TreePath::parse(&container.path).ok());
    let node = path.and_then(|path| evidence.root.tree.get(&path));
    let blob = node.and_then(|node| if let Node::File { blob, .. } = node { Some(blob) } else { None });
    let blob = fact(&format!("container {name}"), "the root does not have it", blob)?;
    Ok(Checksums::sha256(blob.sha256()))
}

struct Describing<'a> {
    facts: &'a Facts,
    evidence: &'a Evidence,
    archives: &'a Archives,
    texts: &'a Texts<'a>,
}

impl Describing<'_> {
    /// Adds the components of one part, all contained by `container`, whom purls call `carrier`. Gives those of its recipes.
    fn part(
        &self,
        builder: &mut InventoryBuilder,
        container: &ComponentId,
        carrier: &str,
        part: &Part,
    ) -> Result<BTreeMap<String, ComponentId>, SbomError> {
        let is_root = container == builder.root();
        let boots = self.facts.boot.values().filter(|_| is_root).map(|boot| boot.recipe.as_str());
        let names: BTreeSet<&str> = part.recipes().chain(boots).collect();
        let mut ids = BTreeMap::new();
        for name in names {
            self.recipe(builder, container, carrier, part, name, &mut ids)?;
        }
        if is_root {
            for (name, boot) in &self.facts.boot {
                let id = self.recipe(builder, container, carrier, part, &boot.recipe, &mut ids)?;
                let file = component::boot_file(
                    self.facts,
                    self.texts,
                    boot,
                    carrier,
                    self.evidence.boot.get(name),
                )?;
                builder.component_in(&id, file);
            }
        }
        self.dynamic_links(builder, part, &ids);
        let shipped: Vec<(String, ComponentId)> =
            ids.iter().map(|(name, id)| (name.clone(), id.clone())).collect();
        for (name, id) in shipped {
            self.static_links(builder, container, carrier, part, &name, &id, &mut ids)?;
        }
        Ok(ids)
    }

    fn recipe(
        &self,
        builder: &mut InventoryBuilder,
        container: &ComponentId,
        carrier: &str,
        part: &Part,
        name: &str,
        ids: &mut BTreeMap<String, ComponentId>,
    ) -> Result<ComponentId, SbomError> {
        if let Some(id) = ids.get(name) {
            return Ok(id.clone());
        }
        let component = component::recipe(self.facts, self.texts, name, carrier, part.of(name))?;
        let id = self.contained(builder, container, component);
        ids.insert(name.to_owned(), id.clone());
        Ok(id)
    }

    /// Adds a component to `container`, unless it is there by the same purl: ecosystems have no word for who carries it, and a Go module
    /// can be a recipe's own.
    fn contained(
        &self,
        builder: &mut InventoryBuilder,
        container: &ComponentId,
        component: Component,
    ) -> ComponentId {
        builder.same_as(&component).unwrap_or_else(|| builder.component_in(container, component))
    }

    fn dynamic_links(
        &self,
        builder: &mut InventoryBuilder,
        part: &Part,
        ids: &BTreeMap<String, ComponentId>,
    ) {
        for output in part.outputs() {
            for (needed, names) in self.evidence.needs.get(output).into_iter().flatten() {
                let ends = (ids.get(recipe_of(output)), ids.get(recipe_of(needed)));
                if let (Some(from), Some(to)) = ends
                    && from != to
                {
                    let is_library = names.iter().any(|name| name.contains(".so"));
                    builder.relate(
                        from,
                        if is_library { Verb::LinksDynamically } else { Verb::DependsOn },
                        to,
                    );
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one step of `part`, whose state this is")]
    fn static_links(
        &self,
        builder: &mut InventoryBuilder,
        container: &ComponentId,
        carrier: &str,
        part: &Part,
        name: &str,
        id: &ComponentId,
        ids: &mut BTreeMap<String, ComponentId>,
    ) -> Result<(), SbomError> {
        let facts = component::facts_of(self.facts, name)?;
        let programs = part.of(name).programs();
        for linked in self.archives.linked(&facts.links, programs) {
            let is_dynamic =
                ids.get(linked).is_some_and(|to| builder.are_related(id, Verb::LinksDynamically, to));
            if linked != name && !is_dynamic {
                let to = self.recipe(builder, container, carrier, part, linked, ids)?;
                builder.relate(id, Verb::LinksStatically, &to);
                self.crates_of(builder, container, linked, &to)?;
            }
        }
        for runtime in self.facts.runtimes.iter().filter(|runtime| !runtime.is_go()) {
            if facts.seeds.contains(&runtime.set) && programs.iter().any(Program::may_hold_c) {
                let runtime = component::runtime(self.facts, self.texts, runtime, carrier)?;
                let to = self.contained(builder, container, runtime);
                builder.relate(id, Verb::LinksStatically, &to);
            }
        }
        for linked in self.modules_and_crates(name, facts, programs)? {
            let to = self.contained(builder, container, linked);
            if to != *id {
                builder.relate(id, Verb::LinksStatically, &to);
            }
        }
        Ok(())
    }
}

impl Describing<'_> {
    /// The crates that a library in Rust was made from, which come with it into a program.
    fn crates_of(
        &self,
        builder: &mut InventoryBuilder,
        container: &ComponentId,
        name: &str,
        id: &ComponentId,
    ) -> Result<(), SbomError> {
        let facts = component::facts_of(self.facts, name)?;
        for linked in language::crates_in(name, facts, self.archives.of_recipe(name))? {
            let linked = language::linked_crate(self.texts, (name, facts), linked)?;
            let to = self.contained(builder, container, linked);
            builder.relate(id, Verb::LinksStatically, &to);
        }
        Ok(())
    }

    /// What programs of a recipe say that they were linked from, and what is known of it.
    fn modules_and_crates(
        &self,
        name: &str,
        facts: &RecipeFacts,
        programs: &[Program],
    ) -> Result<Vec<Component>, SbomError> {
        let go = programs.iter().flat_map(|program| &program.go).flat_map(crate::GoBuild::components);
        let crates =
            programs.iter().flat_map(|program| &program.crates).flat_map(crate::CrateList::components);
        language::check_locked(name, facts, programs)?;
        let mut found = Vec::new();
        for component in go {
            let runtimes = self.facts.runtimes.iter();
            let mut runtime = runtimes
                .filter(|it| it.is_go() && it.name == component.name && facts.seeds.contains(&it.set));
            found.push(match runtime.next() {
                Some(runtime) => language::standard_library(self.facts, self.texts, runtime, component)?,
                None => language::module(self.texts, name, component),
            });
        }
        for component in crates {
            found.push(language::linked_crate(self.texts, (name, facts), component)?);
        }
        Ok(found)
    }
}

/// The recipe of `recipe:output`.
pub(crate) fn recipe_of(output: &str) -> &str {
    output.split(':').next().unwrap_or(output)
}

/// A component of which only kind and name are known to be right: what cannot be made is an error with its name.
fn fact<T>(what: &str, reason: &str, value: Option<T>) -> Result<T, SbomError> {
    value.ok_or_else(|| SbomError::Fact { what: what.to_owned(), reason: reason.to_owned() })
}

/// What makes a component a library or a program.
const fn kind_of(owns_programs: bool) -> Kind {
    if owns_programs { Kind::Application } else { Kind::Library }
}

#[cfg(test)]
mod tests;
