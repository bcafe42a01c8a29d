// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `compose-root@1`: the closure of an image and its own entries to the root tree, with the owner of each path.
//!
//! Inputs: each output of the closure by `recipe:output`; `closure of …`, the borne-out declarations, which only have to be there; `project …`, files
//! of the project by path. Arguments: what the image definition says of its root. Outputs: `root`, and `owners` with `owners.json`.

use std::collections::BTreeMap;

use ashlar_images::{Owner, OwnerMap, Template};
use ashlar_tree::{Metadata, Mode, Node, Tree, TreePath};
use serde_json::Value;

use super::Context;
use crate::EngineError;
use crate::sandboxed::attribute;

pub(super) fn run(context: &Context<'_>) -> Result<BTreeMap<String, Tree>, EngineError> {
    let trees = context.trees()?;
    let mut map = OwnerMap::new();
    let definition = Owner::Definition(context.string("image")?.to_owned());
    let own = own_entries(context, &trees)?;
    let owned = |result: Result<(), ashlar_images::OwnerError>| {
        result.map_err(|cause| {
            let help = cause.help().map(|help| format!("\n  {help}")).unwrap_or_default();
            context.wrong(format!("{cause}{help}"))
        })
    };
    owned(map.add(&definition, &own))?;
    for (name, tree) in &trees {
        if !name.starts_with("closure of ") && !name.starts_with("project ") {
            owned(map.add(&Owner::Output(name.clone()), tree))?;
        }
    }
    for entry in context.array("attributes")? {
        let path = context.path(&context.text(&entry, "path")?)?;
        let declared = attribute(&entry).map_err(|reason| context.wrong(reason))?;
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
    owned(map.require_owned(map.root()))?;
    let owners = format!("{}\n", map.to_json());
    Ok(BTreeMap::from([
        ("root".to_owned(), map.root().clone()),
        ("owners".to_owned(), context.one_file("owners.json", owners.as_bytes())?),
    ]))
}

/// What the image definition itself brings.
fn own_entries(context: &Context<'_>, trees: &BTreeMap<String, Tree>) -> Result<Tree, EngineError> {
    let mut tree = Tree::new();
    let put = |tree: &mut Tree, path: TreePath, node: Node| {
        tree.insert(path, node).map_err(|cause| context.wrong(cause.to_string()))
    };
    for entry in context.array("directories")? {
        let path = context.path(&context.text(&entry, "path")?)?;
        put(&mut tree, path, Node::Directory(metadata(context, &entry)?))?;
    }
    for entry in context.array("links")? {
        let path = context.path(&context.text(&entry, "path")?)?;
        put(&mut tree, path, Node::symlink(context.text(&entry, "target")?))?;
    }
    for entry in context.array("files")? {
        let path = context.path(&context.text(&entry, "path")?)?;
        let content = content(context, trees, &entry)?;
        let metadata = metadata(context, &entry)?;
        let (blob, size) =
            context.stored(context.store().add_bytes(&content, metadata.mode.is_executable()))?;
        put(&mut tree, path, Node::File { metadata, blob, size })?;
    }
    Ok(tree)
}

fn content(
    context: &Context<'_>,
    trees: &BTreeMap<String, Tree>,
    entry: &Value,
) -> Result<Vec<u8>, EngineError> {
    let content = context.field(entry, "content")?;
    if let Some(text) = content.get("text").and_then(Value::as_str) {
        return Ok(text.as_bytes().to_vec());
    }
    let project_file = |path: &str| -> Result<Vec<u8>, EngineError> {
        let name = format!("project {path}");
        let tree = trees.get(&name).ok_or_else(|| context.wrong(format!("there is no input {name:?}")))?;
        let (_, blob, _) = context.content(tree, path.rsplit('/').next().unwrap_or(path))?;
        context.blob(blob)
    };
    if let Some(path) = content.get("template").and_then(Value::as_str) {
        let text = String::from_utf8(project_file(path)?)
            .map_err(|_| context.wrong(format!("{path} is not text")))?;
        let wrong = |cause: ashlar_images::TemplateError| {
            let help = cause.help().map(|help| format!("\n  {help}")).unwrap_or_default();
            context.wrong(format!("{cause}{help}"))
        };
        let template = Template::parse(path, &text).map_err(wrong)?;
        let mut values = context.object("values")?;
        values.insert("image".to_owned(), context.string("image")?.into());
        values.insert("version".to_owned(), context.string("version")?.into());
        // A template declares what it uses; the image's other values are other templates'.
        let wanted: Vec<&str> = template.parameters().collect();
        values.retain(|name, _| wanted.contains(&name.as_str()));
        return Ok(template.render(&values).map_err(wrong)?.into_bytes());
    }
    match content.get("file").and_then(Value::as_str) {
        Some(path) => project_file(path),
        None => Err(context.wrong("a file has no content")),
    }
}

fn metadata(context: &Context<'_>, entry: &Value) -> Result<Metadata, EngineError> {
    let declared = attribute(entry).map_err(|reason| context.wrong(reason))?;
    Ok(Metadata {
        mode: declared.mode.unwrap_or(Mode::PLAIN),
        uid: declared.uid,
        gid: declared.gid,
        xattrs: declared.xattrs,
    })
}
