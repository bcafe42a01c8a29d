// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `describe@3`: what recipes, lock and trees say of an image, or of an extension, to its SBOM (docs/design/sbom.md).
//!
//! Inputs: `root`, and `owners` with `owners.json`; `needs …`, by output the borne-out closure; `built against …`, trees of outputs;
//! `texts …`, by recipe, what its licence texts were found to say; `package texts …`, the same of packages of the seed;
//! `crates …`, vendored crates; `checksums …`, of what the root is put together from; `boot …`, trees of what boots;
//! `container … root` and `container … owners`. Arguments: `ashlar_sbom::Facts`. Outputs: `inside`, for the root;
//! `outside`, documents that lie beside the image; `components`, with `components.json`: the component that each recipe of
//! the root became.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_images::{Owner, OwnerMap};
use ashlar_plan::Builtin;
use ashlar_sbom::{
    Checksums, Description, Document, Evidence, Facts, FileOwner, Format, Inventory, LicenceText, OwnedTree,
    SbomError, Supplier, Timestamp, Tool, describe, with_files, write,
};
use ashlar_tree::{Tree, TreePath};
use serde_json::json;

use super::Inputs;
use crate::EngineError;

/// Where documents lie in a root.
pub(super) const FOLDER: &str = "usr/share/spdx";
/// The component of each recipe.
pub(super) const COMPONENTS: &str = "components.json";

const NEEDS: &str = "needs ";
const BUILT_AGAINST: &str = "built against ";
const BOOT: &str = "boot ";
const TEXTS: &str = "texts ";
const PACKAGE_TEXTS: &str = "package texts ";
const CRATES: &str = "crates ";
const CONTAINER: &str = "container ";

pub(super) fn run(inputs: &Inputs<'_>) -> Result<BTreeMap<String, Tree>, EngineError> {
    let facts: Facts = inputs.parsed()?;
    let trees = inputs.trees()?;
    let evidence = evidence(inputs, &facts, &trees)?;
    let read = |blob| inputs.blob(blob).map_err(Failure::Engine);
    let described = describe(&facts, &evidence, read);
    let Description { inventory, owners } = described.map_err(|failure| failure.of(inputs))?;
    let carrier = &facts.carrier;
    let document = |name: &str, format, inventory: &Inventory| -> Result<Vec<u8>, EngineError> {
        let about = about(inputs, Builtin::Describe, &facts, name.to_owned())?;
        write(format, &about, inventory).map_err(|cause| inputs.failed_with(&cause, cause.help()))
    };
    let shipped = inventory.shipped();
    // With files, because a component's deployable form is one (BSI TR-03183-2).
    let listed = with_files(&inventory, &owners, &evidence.root, &evidence.checksums, read);
    let deployed = listed.map_err(|failure| failure.of(inputs))?.part(true, |it| it.kind.ships());
    let os = document(carrier, Format::Spdx23, &shipped)?;
    let inside = inputs.one_file(&format!("{FOLDER}/{carrier}.spdx.json"), &os)?;
    // Documents about an extension lie beside it.
    let (folder, build) = match carrier.as_str() {
        "os" => ("", "build".to_owned()),
        extension => ("extensions/", format!("{extension}-build")),
    };
    let built = inventory.built();
    let mut outside = inputs.one_file(&format!("{folder}{carrier}.spdx.json"), &os)?;
    for (name, bytes) in [
        (format!("{build}.spdx.json"), document(&build, Format::Spdx23, &built)?),
        (format!("{build}.spdx3.json"), document(&build, Format::Spdx301, &built)?),
        (format!("{carrier}.spdx3.json"), document(carrier, Format::Spdx301, &deployed)?),
        (format!("{carrier}.cdx.json"), document(carrier, Format::CycloneDx16, &shipped)?),
    ] {
        let node = inputs.file(&bytes, false)?;
        inputs.put(&mut outside, &format!("{folder}{name}"), node)?;
    }
    let owners: BTreeMap<&str, &str> = owners.iter().map(|(name, id)| (name.as_str(), id.as_str())).collect();
    Ok(BTreeMap::from([
        ("inside".to_owned(), inside),
        ("outside".to_owned(), outside),
        ("components".to_owned(), inputs.one_file(COMPONENTS, format!("{}\n", json!(owners)).as_bytes())?),
    ]))
}

/// What fails while the crate of SBOMs reads files of the store.
pub(super) enum Failure {
    Sbom(SbomError),
    Engine(EngineError),
}

impl From<SbomError> for Failure {
    fn from(error: SbomError) -> Self {
        Self::Sbom(error)
    }
}

impl Failure {
    pub(super) fn of(self, inputs: &Inputs<'_>) -> EngineError {
        match self {
            Self::Sbom(cause) => inputs.failed_with(&cause, cause.help()),
            Self::Engine(error) => error,
        }
    }
}

/// What a document says of itself. Its tool is this step, whose version moves when its bytes do.
pub(super) fn about(
    inputs: &Inputs<'_>,
    step: Builtin,
    facts: &Facts,
    name: String,
) -> Result<Document, EngineError> {
    let (_, version) = step.id().split_once('@').unwrap_or_default();
    let created = Timestamp::new(facts.created);
    let author = Supplier::read(&facts.supplier);
    Ok(Document {
        name,
        namespace_base: facts.namespace.clone(),
        created: created
            .ok_or_else(|| inputs.wrong(format!("{} is no moment of a document", facts.created)))?,
        author: author.ok_or_else(|| inputs.wrong(format!("{:?} is no supplier", facts.supplier)))?,
        tool: Tool { name: "ashlar".to_owned(), version: version.to_owned() },
        own_path: None,
        by_builder: true,
        others: Vec::new(),
    })
}

fn evidence(
    inputs: &Inputs<'_>,
    facts: &Facts,
    trees: &BTreeMap<String, Tree>,
) -> Result<Evidence, EngineError> {
    let with = |prefix: &'static str| {
        trees.iter().filter_map(move |(name, tree)| Some((name.strip_prefix(prefix)?.to_owned(), tree)))
    };
    let mut needs = BTreeMap::new();
    for (output, tree) in with(NEEDS) {
        let (_, blob, _) = inputs.content(tree, super::lint::CLOSURE)?;
        let closure: BTreeMap<String, BTreeSet<String>> =
            serde_json::from_slice(&inputs.blob(blob)?).map_err(|cause| inputs.failed(&cause))?;
        needs.insert(output, closure);
    }
    let mut licence_texts: BTreeMap<String, BTreeMap<String, LicenceText>> = BTreeMap::new();
    let found = |tree: &Tree| -> Result<BTreeMap<String, LicenceText>, EngineError> {
        let (_, blob, _) = inputs.content(tree, super::licence_texts::FILE)?;
        serde_json::from_slice(&inputs.blob(blob)?).map_err(|cause| inputs.failed(&cause))
    };
    for (name, tree) in with(TEXTS) {
        let recipe = name.split(' ').next().unwrap_or(&name).to_owned();
        licence_texts.entry(recipe).or_default().extend(found(tree)?);
    }
    let mut package_texts = BTreeMap::new();
    for (package, tree) in with(PACKAGE_TEXTS) {
        let path = super::package_copyright::path_of(&package);
        let text = found(tree)?.remove(&path);
        let text = text.ok_or_else(|| {
            inputs.wrong(format!("package {package} has no {path}, by which its licence is known"))
        })?;
        package_texts.insert(package, text);
    }
    let mut boot = BTreeMap::new();
    for (name, tree) in with(BOOT) {
        let file =
            facts.boot.get(&name).ok_or_else(|| inputs.wrong(format!("nothing is said of boot {name}")))?;
        let (_, blob, _) = inputs.content(tree, &file.file)?;
        boot.insert(name, Checksums::of(&inputs.blob(blob)?));
    }
    let mut containers = BTreeMap::new();
    for name in facts.containers.keys() {
        let key = format!("{CONTAINER}{name} ");
        containers.insert(name.clone(), owned(inputs, trees, &key)?);
    }
    Ok(Evidence {
        root: owned(inputs, trees, "")?,
        containers,
        needs,
        built_against: with(BUILT_AGAINST).map(|(name, tree)| (name, tree.clone())).collect(),
        licence_texts,
        package_texts,
        crates: with(CRATES).map(|(name, tree)| (name, tree.clone())).collect(),
        boot,
        checksums: super::checksums::known(inputs, trees)?,
    })
}

/// The inputs `<prefix>root` and `<prefix>owners`.
fn owned(
    inputs: &Inputs<'_>,
    trees: &BTreeMap<String, Tree>,
    prefix: &str,
) -> Result<OwnedTree, EngineError> {
    let map = owner_map(inputs, trees, prefix)?;
    let mut owners: BTreeMap<TreePath, FileOwner> = BTreeMap::new();
    for (path, _) in map.root().iter().filter(|(_, node)| !node.is_directory()) {
        owners.extend(map.owners(path).map(|owner| (path.clone(), file_owner(owner))));
    }
    Ok(OwnedTree { tree: map.root().clone(), owners })
}

pub(super) fn file_owner(owner: &Owner) -> FileOwner {
    match owner {
        Owner::Output(output) => FileOwner::Output(output.clone()),
        Owner::Definition(_) => FileOwner::Definition,
    }
}

/// The inputs `<prefix>root` and `<prefix>owners` as the map that they came from.
pub(super) fn owner_map(
    inputs: &Inputs<'_>,
    trees: &BTreeMap<String, Tree>,
    prefix: &str,
) -> Result<OwnerMap, EngineError> {
    let input = |name: &str| {
        let name = format!("{prefix}{name}");
        trees.get(&name).ok_or_else(|| inputs.wrong(format!("there is no input {name:?}")))
    };
    let (_, blob, _) = inputs.content(input("owners")?, "owners.json")?;
    OwnerMap::of(input("root")?.clone(), &inputs.blob(blob)?)
        .map_err(|cause| inputs.failed_with(&cause, cause.help()))
}
