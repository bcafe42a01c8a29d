// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `compose-extension@1`: the closure of an extension, its modules signed, to its tree.
//!
//! Inputs: each output of the closure by `recipe:output`; `closure of …`, the borne-out declarations, which only have to be there.
//! Arguments: `name`, `version`, `os`, `os_version`, `release`, `load`. The extension's own files are the list of modules that PID 1 loads,
//! `extension-release.<name>` as systemd-sysext(8) has it, and the list of components: who owns which path.

use ashlar_images::{Owner, OwnerMap, load_order, modules_json};
use ashlar_tree::Tree;

use super::Inputs;
use super::module_files::contents;
use crate::EngineError;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let name = inputs.string("name")?;
    let own = Owner::Definition(format!("extension {name}"));
    let owned = |result: Result<(), ashlar_images::OwnerError>| result.map_err(|cause| inputs.failed(&cause));
    let mut trees = inputs.trees()?;
    trees.retain(|input, _| !input.starts_with("closure of "));
    let mut map = OwnerMap::new();
    for (output, tree) in &trees {
        owned(map.add(&Owner::Output(output.clone()), tree))?;
    }
    let modules = contents(inputs, trees.values())?;
    let load = load_order(&inputs.strings("load")?, &modules).map_err(|cause| inputs.failed(&cause))?;
    let paths: Vec<String> = load.iter().map(|path| format!("/{path}")).collect();
    let list = modules_json(&paths).map_err(|cause| inputs.failed(&cause))?;
    let release = format!(
        "ID={}\nVERSION_ID={}\nASHLAR_RELEASE={}\n",
        inputs.string("os")?,
        inputs.string("os_version")?,
        inputs.string("release")?
    );
    let components = format!("usr/share/ashlar/extensions/{name}/components.json");
    // The list names itself, so its place is owned before it is written.
    let mut files = inputs.one_file(&components, b"")?;
    for (path, text) in [
        ("usr/lib/ashlar/modules.json".to_owned(), list),
        (format!("usr/lib/extension-release.d/extension-release.{name}"), release),
    ] {
        let node = inputs.file(text.as_bytes(), false)?;
        inputs.put(&mut files, &path, node)?;
    }
    owned(map.add(&own, &files))?;
    owned(map.check())?;
    let mut tree = map.root().clone();
    let text = format!("{}\n", map.to_json());
    if let Some(node) = tree.get_mut(&inputs.path(&components)?) {
        *node = inputs.file(text.as_bytes(), false)?;
    }
    Ok(tree)
}
