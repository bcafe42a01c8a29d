// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `go-proxy@1`: files of Go modules to a folder that serves as a module proxy (`GOPROXY=file:///sources/<name>`).
//!
//! Inputs: one file each, named `<module>@<version> mod` or `… zip`. The argument `h1` says for each what its go.sum hash is, and the
//! file is judged by it here once more: the lock names the bytes, but go.sum is what people review. The folder is that of
//! `ashlar_fetch::go`; its lists and `.info` files, which no go.sum pins, hold the versions and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_digest::BlobDigest;
use ashlar_fetch::go::{GoFile, ModuleVersion};
use ashlar_tree::{Node, Tree};

use super::Inputs;
use crate::EngineError;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let hashes = inputs.object("h1")?;
    let mut tree = Tree::new();
    let mut lists: BTreeMap<String, BTreeSet<ModuleVersion>> = BTreeMap::new();
    for (name, digest) in inputs.sources() {
        let wrong = |reason: String| inputs.wrong(format!("Go module {name}: {reason}"));
        let hash = hashes.get(name).and_then(|hash| hash.as_str());
        let hash = hash.ok_or_else(|| wrong("it has no h1 hash".to_owned()))?;
        let file = pinned(name, hash).map_err(wrong)?;
        let blob = BlobDigest::new(digest.sha256());
        let path = inputs.stored(inputs.store().blob_path(blob, false))?;
        file.verify(&path).map_err(|reason| wrong(reason.to_string()))?;
        let size = std::fs::metadata(&path).map_err(|cause| wrong(cause.to_string()))?.len();
        inputs.put(&mut tree, &file.path(), Node::file(blob, size, false))?;
        lists.entry(file.module.folder()).or_default().insert(file.module);
    }
    for (folder, modules) in lists {
        let mut list = String::new();
        for module in modules {
            list.push_str(module.version());
            list.push('\n');
            let info = format!("{{\"Version\":\"{}\"}}\n", module.version());
            let node = inputs.file(info.as_bytes(), false)?;
            inputs.put(&mut tree, &module.file("info"), node)?;
        }
        let node = inputs.file(list.as_bytes(), false)?;
        inputs.put(&mut tree, &format!("{folder}/list"), node)?;
    }
    Ok(tree)
}

/// The file that an input's name and hash stand for.
fn pinned(name: &str, hash: &str) -> Result<GoFile, String> {
    let (module, kind) = name.rsplit_once(' ').ok_or("its name has no kind")?;
    let (path, version) = module.split_once('@').ok_or("its name has no version")?;
    Ok(GoFile { module: ModuleVersion::parse(path, version)?, kind: kind.parse()?, hash: hash.parse()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_digest::{Sha256, SourceDigest};
    use ashlar_fetch::go::Hash1;
    use ashlar_plan::{Builtin, BuiltinAction, Input};
    use ashlar_store::Store;
    use serde_json::json;

    const MOD: &[u8] = b"module a.example/B\n";

    /// Runs the step on one go.mod that is called `name` and said to hash to `hash`.
    fn proxy(name: &str, hash: &str) -> Result<(tempfile::TempDir, Store, Tree), EngineError> {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        store.add_bytes(MOD, false).unwrap();
        let input = Input::Source(SourceDigest::new(Sha256::of(MOD)));
        let action = BuiltinAction {
            builtin: Builtin::GoProxy,
            inputs: BTreeMap::from([(name.to_owned(), input)]),
            arguments: json!({"h1": {name: hash}}).into(),
        };
        let tree = run(&Inputs::new(&store, "proxy", &action))?;
        Ok((folder, store, tree))
    }

    #[test]
    fn the_folder_has_the_shape_of_a_proxy() {
        let hash = Hash1::of_go_mod(Sha256::of(MOD)).to_string();
        let (_folder, store, tree) = proxy("a.example/B@v1.0.0-RC1 mod", &hash).unwrap();
        let contents: Vec<(String, Vec<u8>)> = tree
            .iter()
            .filter_map(|(path, node)| match node {
                Node::File { blob, .. } => Some((path.to_string(), store.read_blob(*blob).unwrap())),
                _ => None,
            })
            .collect();
        let expected: [(&str, &[u8]); 3] = [
            ("a.example/!b/@v/list", b"v1.0.0-RC1\n"),
            ("a.example/!b/@v/v1.0.0-!r!c1.info", b"{\"Version\":\"v1.0.0-RC1\"}\n"),
            ("a.example/!b/@v/v1.0.0-!r!c1.mod", MOD),
        ];
        assert_eq!(contents, expected.map(|(path, bytes)| (path.to_owned(), bytes.to_vec())));
    }

    #[test]
    fn a_lock_that_names_other_bytes_than_go_sum_pins() {
        let other = Hash1::of_go_mod(Sha256::of(b"module evil\n")).to_string();
        let error = proxy("a.example/B@v1.0.0 mod", &other).unwrap_err().to_string();
        assert!(error.contains("a.example/B@v1.0.0") && error.contains(&other), "{error}");
    }

    #[test]
    fn path_traversal_in_an_input_name() {
        let hash = Hash1::of_go_mod(Sha256::of(MOD)).to_string();
        for name in ["../../etc@v1.0.0 mod", "a.example/b@v1/../../x mod", "a.example/b@v1.0.0 exe", "x"] {
            let error = proxy(name, &hash).unwrap_err().to_string();
            assert!(error.contains("Go module"), "{name}: {error}");
        }
    }
}
