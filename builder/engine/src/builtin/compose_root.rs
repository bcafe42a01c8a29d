// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `compose-root@2`: the closure of an image and its own entries to the root tree, with the owner of each path.
//!
//! Inputs: each output of the closure by `recipe:output`; `closure of …`, the borne-out declarations, which only have to be there; `project …`, files
//! of the project by path; `own …`, trees that belong to the image itself. Arguments: what the image definition says of its root. Outputs: `root`, and `owners` with `owners.json`.

use std::collections::BTreeMap;

use ashlar_images::{Owner, OwnerMap, Template};
use ashlar_tree::{Metadata, Mode, Node, Tree, TreePath};
use serde_json::Value;

use super::Inputs;
use crate::EngineError;
use crate::sandboxed::attribute;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<BTreeMap<String, Tree>, EngineError> {
    let trees = inputs.trees()?;
    let mut map = OwnerMap::new();
    let definition = Owner::Definition(inputs.string("image")?.to_owned());
    let own = own_entries(inputs, &trees)?;
    let owned = |result: Result<(), ashlar_images::OwnerError>| {
        result.map_err(|cause| inputs.failed_with(&cause, cause.help()))
    };
    owned(map.add(&definition, &own))?;
    for (name, tree) in &trees {
        if name.starts_with("own ") {
            owned(map.add(&definition, tree))?;
        } else if !name.starts_with("closure of ") && !name.starts_with("project ") {
            owned(map.add(&Owner::Output(name.clone()), tree))?;
        }
    }
    for entry in inputs.array("attributes")? {
        let path = inputs.path(&inputs.text(&entry, "path")?)?;
        let declared = attribute(&entry).map_err(|reason| inputs.wrong(reason))?;
        owned(map.declare(&path, |node| match node {
            Node::Directory(metadata) | Node::File { metadata, .. } => {
                metadata.mode = declared.mode.unwrap_or(metadata.mode);
                metadata.uid = declared.uid;
                metadata.gid = declared.gid;
                metadata.xattrs.clone_from(&declared.xattrs);
            }
            Node::Symlink { uid, gid, .. } => {
                *uid = declared.uid;
                *gid = declared.gid;
            }
        }))?;
    }
    owned(map.check())?;
    let owners = format!("{}\n", map.to_json());
    Ok(BTreeMap::from([
        ("root".to_owned(), map.root().clone()),
        ("owners".to_owned(), inputs.one_file("owners.json", owners.as_bytes())?),
    ]))
}

/// What the image definition itself brings.
fn own_entries(inputs: &Inputs<'_>, trees: &BTreeMap<String, Tree>) -> Result<Tree, EngineError> {
    let mut tree = Tree::new();
    let put = |tree: &mut Tree, path: TreePath, node: Node| {
        tree.insert(path, node).map_err(|cause| inputs.failed(&cause))
    };
    for entry in inputs.array("directories")? {
        let path = inputs.path(&inputs.text(&entry, "path")?)?;
        put(&mut tree, path, Node::Directory(metadata(inputs, &entry)?))?;
    }
    for entry in inputs.array("links")? {
        let path = inputs.path(&inputs.text(&entry, "path")?)?;
        put(&mut tree, path, Node::symlink(inputs.text(&entry, "target")?))?;
    }
    for entry in inputs.array("files")? {
        let path = inputs.path(&inputs.text(&entry, "path")?)?;
        let content = content(inputs, trees, &entry)?;
        let metadata = metadata(inputs, &entry)?;
        let (blob, size) =
            inputs.stored(inputs.store().add_bytes(&content, metadata.mode.is_executable()))?;
        put(&mut tree, path, Node::File { metadata, blob, size })?;
    }
    Ok(tree)
}

fn content(
    inputs: &Inputs<'_>,
    trees: &BTreeMap<String, Tree>,
    entry: &Value,
) -> Result<Vec<u8>, EngineError> {
    let content = inputs.field(entry, "content")?;
    if let Some(text) = content.get("text").and_then(Value::as_str) {
        return Ok(text.as_bytes().to_vec());
    }
    let project_file = |path: &str| -> Result<Vec<u8>, EngineError> {
        let name = format!("project {path}");
        let tree = trees.get(&name).ok_or_else(|| inputs.wrong(format!("there is no input {name:?}")))?;
        let (_, blob, _) = inputs.content(tree, path.rsplit('/').next().unwrap_or(path))?;
        inputs.blob(blob)
    };
    if let Some(path) = content.get("template").and_then(Value::as_str) {
        let text = String::from_utf8(project_file(path)?)
            .map_err(|_| inputs.wrong(format!("{path} is not text")))?;
        let wrong = |cause: ashlar_images::TemplateError| inputs.failed_with(&cause, cause.help());
        let template = Template::parse(path, &text).map_err(wrong)?;
        let mut values = inputs.object("values")?;
        values.insert("image".to_owned(), inputs.string("image")?.into());
        values.insert("version".to_owned(), inputs.string("version")?.into());
        // A template declares what it uses; the image's other values are other templates'.
        let wanted: Vec<&str> = template.parameters().collect();
        values.retain(|name, _| wanted.contains(&name.as_str()));
        return Ok(template.render(&values).map_err(wrong)?.into_bytes());
    }
    match content.get("file").and_then(Value::as_str) {
        Some(path) => project_file(path),
        None => Err(inputs.wrong("a file has no content")),
    }
}

fn metadata(inputs: &Inputs<'_>, entry: &Value) -> Result<Metadata, EngineError> {
    let declared = attribute(entry).map_err(|reason| inputs.wrong(reason))?;
    Ok(Metadata {
        mode: declared.mode.unwrap_or(Mode::PLAIN),
        uid: declared.uid,
        gid: declared.gid,
        xattrs: declared.xattrs,
    })
}
