// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Checks of our own code on what a build installed.

use ashlar_digest::TreeDigest;
use ashlar_kernel_config as kernel_config;
use ashlar_store::Store;
use ashlar_tree::{Node, Tree, TreePath};
use serde_json::Value;

use crate::EngineError;

/// Runs every assert of a build; gives what they found.
pub(crate) fn check(
    store: &Store,
    label: &str,
    installed: &Tree,
    asserts: &[Value],
) -> Result<Vec<String>, EngineError> {
    let mut findings = Vec::new();
    for assert in asserts {
        match assert.get("kernel-config") {
            Some(arguments) => findings.extend(check_kernel_config(store, label, installed, arguments)?),
            None => return Err(EngineError::builtin(label, format!("there is no assert {assert}"))),
        }
    }
    Ok(findings)
}

/// The resolved configuration holds everything that the fragments ask for.
fn check_kernel_config(
    store: &Store,
    label: &str,
    installed: &Tree,
    arguments: &Value,
) -> Result<Vec<String>, EngineError> {
    let wrong = |reason: String| EngineError::builtin(label, reason);
    let file = arguments.get("file").and_then(Value::as_str).unwrap_or_default();
    let resolved = read(store, label, installed, file)?;
    let mut fragments = Vec::new();
    for fragment in arguments.get("fragments").and_then(Value::as_array).into_iter().flatten() {
        let path = fragment.get("path").and_then(Value::as_str).unwrap_or_default();
        let digest = fragment.get("tree").and_then(Value::as_str).unwrap_or_default();
        let digest: TreeDigest =
            digest.parse().map_err(|cause| wrong(format!("fragment {path}: {cause}")))?;
        let tree = store.get_tree(digest).map_err(EngineError::store(label))?;
        let name = path.rsplit('/').next().unwrap_or(path);
        let text = read(store, label, &tree, name)?;
        fragments
            .push(kernel_config::Fragment::parse(path, &text).map_err(|causes| wrong(sentences(&causes)))?);
    }
    let requested = kernel_config::Layers::merge(&fragments);
    let resolved =
        kernel_config::Resolved::parse(file, &resolved).map_err(|causes| wrong(sentences(&causes)))?;
    Ok(kernel_config::check(&requested, &resolved).iter().map(ToString::to_string).collect())
}

fn read(store: &Store, label: &str, tree: &Tree, path: &str) -> Result<String, EngineError> {
    let wrong = |reason: String| EngineError::builtin(label, reason);
    let parsed = TreePath::parse(path).map_err(|cause| wrong(cause.to_string()))?;
    let Some(Node::File { blob, .. }) = tree.get(&parsed) else {
        return Err(wrong(format!("there is no file {path} to check")));
    };
    let bytes = store.read_blob(*blob).map_err(EngineError::store(label))?;
    String::from_utf8(bytes).map_err(|_| wrong(format!("{path} is not text")))
}

fn sentences(causes: &[kernel_config::ConfigError]) -> String {
    causes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n  ")
}
