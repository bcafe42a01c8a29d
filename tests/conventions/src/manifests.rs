// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Manifests: one set of lints for all workspaces, one place for versions, no script that runs at build time.

use std::fs;

use toml::{Table, Value};

use crate::repository::{assert_none, root};
use crate::workspaces::{WORKSPACES, all_members};

fn read(path: &str) -> Table {
    fs::read_to_string(root().join(path)).unwrap().parse().unwrap()
}

fn workspace_differences(host: &Table, path: &str, other: &Table) -> Vec<String> {
    ["lints", "package"]
        .iter()
        .filter(|key| host["workspace"].get(key) != other["workspace"].get(key))
        .map(|key| format!("[workspace.{key}] of {path} is not that of Cargo.toml"))
        .collect()
}

/// Versions by package, whatever a workspace calls its dependency.
fn versions(manifest: &Table) -> Vec<(String, String)> {
    let dependencies = manifest["workspace"]["dependencies"].as_table().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let dependencies = dependencies.iter().map(|(name, value)| {
        let package = value.get("package").map_or_else(|| name.clone(), &text);
        (package, text(value.get("version").unwrap_or(value)))
    });
    dependencies.collect()
}

fn member_violations(path: &str, manifest: &Table) -> Vec<String> {
    let inherits = |value: &Value| value.get("workspace").and_then(Value::as_bool) == Some(true);
    let mut result = Vec::new();
    if !manifest.get("lints").is_some_and(inherits) {
        result.push(format!("{path}: [lints] is not the workspace's"));
    }
    for key in ["version", "edition", "rust-version", "license", "publish"] {
        if !manifest["package"].get(key).is_some_and(inherits) {
            result.push(format!("{path}: `{key}` is not the workspace's"));
        }
    }
    if manifest["package"].get("build").is_some() || manifest.contains_key("build-dependencies") {
        result.push(format!("{path}: has a build script; nothing of ours runs at build time"));
    }
    for kind in ["dependencies", "dev-dependencies"] {
        for (name, value) in manifest.get(kind).and_then(Value::as_table).into_iter().flatten() {
            if !inherits(value) {
                result.push(format!("{path}: the version of {name} is not the workspace's"));
            }
        }
    }
    result
}

#[test]
fn every_workspace_has_the_same_lints() {
    let host = read(WORKSPACES[0].0);
    for (path, _) in &WORKSPACES[1..] {
        assert_none("workspaces", &workspace_differences(&host, path, &read(path)));
    }
}

#[test]
fn all_workspaces_agree_on_versions() {
    let host = versions(&read(WORKSPACES[0].0));
    for (path, _) in &WORKSPACES[1..] {
        for (package, version) in versions(&read(path)) {
            let mut known = host.iter().filter(|(name, _)| *name == package).peekable();
            if known.peek().is_some() {
                assert!(known.any(|(_, known)| *known == version), "{package} {version} in {path}");
            }
        }
    }
}

#[test]
fn every_member_inherits() {
    let found: Vec<String> = all_members()
        .iter()
        .flat_map(|member| member_violations(&member.manifest, &read(&member.manifest)))
        .collect();
    assert_none("manifests", &found);
}

#[test]
fn planted_manifests_are_found() {
    let host: Table = "[workspace.lints.rust]\nunsafe_code = \"deny\"\n".parse().unwrap();
    let os: Table = "[workspace.lints.rust]\nunsafe_code = \"warn\"\n".parse().unwrap();
    assert_eq!(workspace_differences(&host, "os/Cargo.toml", &os).len(), 1);
    assert!(workspace_differences(&host, "os/Cargo.toml", &host).is_empty());
    let member: Table =
        "[package]\nname = \"x\"\nbuild = \"build.rs\"\nversion.workspace = true\nedition = \"2021\"\n\
        rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\
        [dependencies]\na = \"1\"\nb = { workspace = true, features = [\"c\"] }\n"
            .parse()
            .unwrap();
    assert_eq!(
        member_violations("x", &member),
        [
            "x: [lints] is not the workspace's",
            "x: `edition` is not the workspace's",
            "x: has a build script; nothing of ours runs at build time",
            "x: the version of a is not the workspace's",
        ]
    );
}
