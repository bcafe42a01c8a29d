// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `compose-extension@3`: the closure of an extension, its modules signed, to its tree.
//!
//! Inputs: each output of the closure by `recipe:output`; `closure of …`, the borne-out declarations, which only have to be there;
//! `root modules …`, trees of the root's own modules. Arguments: `name`, `version`, `os`, `os_version`, `release`, `load`, and
//! `root_load`, what the root loads of its own. The extension's own files are the list of modules that PID 1 loads, and
//! `extension-release.<name>` as systemd-sysext(8) has it. Outputs: `root`, and `owners` with `owners.json`.

use ashlar_images::{Owner, OwnerMap, load_order_upon, modules_json};
use ashlar_tree::Tree;
use std::collections::BTreeMap;

use super::Inputs;
use super::module_files::contents;
use crate::EngineError;

/// What the names of inputs with the root's modules begin with.
const ROOT_MODULES: &str = "root modules ";

pub(super) fn run(inputs: &Inputs<'_>) -> Result<BTreeMap<String, Tree>, EngineError> {
    let name = inputs.string("name")?;
    let own = Owner::Definition(format!("extension {name}"));
    let owned = |result: Result<(), ashlar_images::OwnerError>| {
        result.map_err(|cause| inputs.failed_with(&cause, cause.help()))
    };
    let mut trees = inputs.trees()?;
    trees.retain(|input, _| !input.starts_with("closure of "));
    let root: Vec<Tree> =
        trees.extract_if(.., |input, _| input.starts_with(ROOT_MODULES)).map(|(_, tree)| tree).collect();
    let mut map = OwnerMap::new();
    for (output, tree) in &trees {
        owned(map.add(&Owner::Output(output.clone()), tree))?;
    }
    let modules = contents(inputs, trees.values())?;
    let root = contents(inputs, root.iter())?;
    let load = load_order_upon(&inputs.strings("load")?, &modules, &inputs.strings("root_load")?, &root)
        .map_err(|cause| inputs.not_assembled(cause))?;
    let paths: Vec<String> = load.iter().map(|path| format!("/{path}")).collect();
    let list = modules_json(&paths).map_err(|cause| inputs.failed(&cause))?;
    let release = format!(
        "ID={}\nVERSION_ID={}\nASHLAR_RELEASE={}\n",
        inputs.string("os")?,
        inputs.string("os_version")?,
        inputs.string("release")?
    );
    let mut files = Tree::new();
    for (path, text) in [
        ("usr/lib/ashlar/modules.json".to_owned(), list),
        (format!("usr/lib/extension-release.d/extension-release.{name}"), release),
    ] {
        let node = inputs.file(text.as_bytes(), false)?;
        inputs.put(&mut files, &path, node)?;
    }
    owned(map.add(&own, &files))?;
    owned(map.check())?;
    let owners = format!("{}\n", map.to_json());
    Ok(BTreeMap::from([
        ("root".to_owned(), map.root().clone()),
        ("owners".to_owned(), inputs.one_file("owners.json", owners.as_bytes())?),
    ]))
}
