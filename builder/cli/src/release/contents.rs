// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The files of a release that are a function of checkout, version and signatures: what is written, and what an audit makes again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ashlar_engine::Built;
use ashlar_plan::Port;
use ashlar_recipe::ImageDefinition;
use ashlar_tree::{Node, Tree};

use crate::failure::Failure;
use crate::session::{Planned, Session};

/// Where the kernel's output has what a release shows of it.
const CONFIG: &str = "config";
const SYSTEM_MAP: &str = "System.map";

/// Files by their path in the release: where the store has them.
pub(crate) type Files = BTreeMap<String, PathBuf>;

/// Everything that was built for an image: what boots, and what is recorded of it.
pub(crate) fn image_files(
    session: &Session<'_>,
    image: &ImageDefinition,
    planned: &Planned,
    built: &Built,
) -> Result<Files, Failure> {
    let missing = |what: &str| not_built(image, what);
    let goal = planned.graph.find(&format!("image {}", image.name)).ok_or_else(|| missing("it"))?;
    let tree = session.store.get_tree(built.tree(goal, "out").ok_or_else(|| missing("it"))?)?;
    let mut files = Files::new();
    for (path, _) in tree.iter() {
        if let Some(file) = place(session, &tree, path.as_str())? {
            files.insert(path.as_str().to_owned(), file);
        }
    }
    for (name, shown) in [(CONFIG, "kernel.config"), (SYSTEM_MAP, "System.map")] {
        files.insert(shown.to_owned(), beside_kernel(session, image, planned, built, name)?);
    }
    Ok(files)
}

/// The `System.map` of an image's kernel: where the store has it.
pub(crate) fn system_map(
    session: &Session<'_>,
    image: &ImageDefinition,
    planned: &Planned,
    built: &Built,
) -> Result<PathBuf, Failure> {
    beside_kernel(session, image, planned, built, SYSTEM_MAP)
}

/// A file that lies beside the kernel in what its recipe gives.
fn beside_kernel(
    session: &Session<'_>,
    image: &ImageDefinition,
    planned: &Planned,
    built: &Built,
    name: &str,
) -> Result<PathBuf, Failure> {
    let kernel = built.trees.iter().find(|(port, _)| is_kernel(planned, port, image));
    let (_, tree) = kernel.ok_or_else(|| not_built(image, "its kernel"))?;
    let path = match image.kernel.file.as_str().rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{name}"),
        None => name.to_owned(),
    };
    place(session, &session.store.get_tree(*tree)?, &path)?.ok_or_else(|| not_built(image, &path))
}

fn not_built(image: &ImageDefinition, what: &str) -> Failure {
    Failure::Finding {
        message: format!("collect the files of image {}: {what} is not built", image.name),
        help: None,
    }
}

fn is_kernel(planned: &Planned, port: &Port, image: &ImageDefinition) -> bool {
    let key = &planned.graph.node(port.node).key;
    let name = key.strip_prefix("recipe ").and_then(|name| name.split('+').next());
    name == Some(image.kernel.image.recipe.as_str()) && port.output == image.kernel.image.output.as_str()
}

fn place(session: &Session<'_>, tree: &Tree, path: &str) -> Result<Option<PathBuf>, Failure> {
    let wrong = |cause: ashlar_tree::TreeError| Failure::surroundings(format!("find {path}: {cause}"));
    let at = ashlar_tree::TreePath::parse(path).map_err(wrong)?;
    match tree.get(&at) {
        Some(Node::File { blob, metadata, .. }) => {
            Ok(Some(session.store.blob_path(*blob, metadata.mode.is_executable())?))
        }
        _ => Ok(None),
    }
}
