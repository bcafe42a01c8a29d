// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `list-files@2`: a root and its SBOM to the root that holds it, with a list of every file that is in it.
//!
//! Inputs: `root`, and `owners` with `owners.json`; `sbom`, what `describe` made for the inside; `components`; `checksums
//! …`, of what the root is put together from. Arguments: those of `describe` that a document says of itself; the definition
//! called `name` owns the documents. Outputs: `root` and `owners`, which take the place of the inputs. The list is the last
//! file that comes into a root, and the one that it cannot name.

use std::collections::BTreeMap;

use ashlar_images::Owner;
use ashlar_plan::Builtin;
use ashlar_sbom::{Checksums, ComponentId, Facts, Format, OtherDocument, OwnedTree, read, with_files, write};
use ashlar_tree::{Node, Tree};

use super::Inputs;
use super::describe::{COMPONENTS, FOLDER, Failure, about, file_owner, owner_map};
use crate::EngineError;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<BTreeMap<String, Tree>, EngineError> {
    let facts: Facts = inputs.parsed()?;
    let trees = inputs.trees()?;
    let input =
        |name: &str| trees.get(name).ok_or_else(|| inputs.wrong(format!("there is no input {name:?}")));
    let mut map = owner_map(inputs, &trees, "")?;
    let definition = Owner::Definition(facts.name.clone());
    let owned = |result: Result<(), ashlar_images::OwnerError>| {
        result.map_err(|cause| inputs.failed_with(&cause, cause.help()))
    };
    owned(map.add(&definition, input("sbom")?))?;

    let (_, blob, _) = inputs.content(input("sbom")?, &format!("{FOLDER}/{}.spdx.json", facts.carrier))?;
    let bytes = inputs.blob(blob)?;
    let described = read(&bytes).map_err(|cause| inputs.failed_with(&cause, cause.help()))?;
    let (_, blob, _) = inputs.content(input("components")?, COMPONENTS)?;
    let names: BTreeMap<String, String> =
        serde_json::from_slice(&inputs.blob(blob)?).map_err(|cause| inputs.failed(&cause))?;
    let ids: BTreeMap<&str, &ComponentId> =
        described.inventory.components().keys().map(|id| (id.as_str(), id)).collect();
    let mut components: BTreeMap<String, ComponentId> = BTreeMap::new();
    for (recipe, id) in names {
        let known =
            ids.get(id.as_str()).ok_or_else(|| inputs.wrong(format!("the SBOM has no component {id}")))?;
        components.insert(recipe, (*known).clone());
    }
    let files = map.root().iter().filter(|(_, node)| matches!(node, Node::File { .. }));
    let owners = files.flat_map(|(path, _)| map.owners(path).map(|owner| (path.clone(), file_owner(owner))));
    let root = OwnedTree { tree: map.root().clone(), owners: owners.collect() };
    let read = |blob| inputs.blob(blob).map_err(Failure::Engine);
    let known = super::checksums::known(inputs, &trees)?;
    let listed = with_files(&described.inventory, &components, &root, &known, read);
    let listed = listed.map_err(|failure| failure.of(inputs))?;

    let name = format!("{}-files", facts.carrier);
    let path = format!("{FOLDER}/{name}.spdx.json");
    let mut document = about(inputs, Builtin::ListFiles, &facts, name)?;
    document.own_path = Some(inputs.path(&path)?);
    document.others.push(OtherDocument {
        name: facts.carrier,
        namespace: described.namespace.ok_or_else(|| inputs.wrong("the SBOM has no namespace"))?,
        checksums: Checksums::of(&bytes),
    });
    let list = write(Format::Spdx23, &document, &listed.with_owned_files())
        .map_err(|cause| inputs.failed_with(&cause, cause.help()))?;
    owned(map.add(&definition, &inputs.one_file(&path, &list)?))?;
    owned(map.check())?;
    let owners = format!("{}\n", map.to_json());
    Ok(BTreeMap::from([
        ("root".to_owned(), map.root().clone()),
        ("owners".to_owned(), inputs.one_file("owners.json", owners.as_bytes())?),
    ]))
}
