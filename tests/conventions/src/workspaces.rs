// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What cargo says of the four workspaces, as far as the rules ask.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::repository::root;

/// Each workspace: its manifest, and the platform that its programs run on.
pub(crate) const WORKSPACES: [(&str, &str); 4] = [
    ("Cargo.toml", "x86_64-unknown-linux-gnu"),
    ("os/Cargo.toml", "x86_64-unknown-linux-musl"),
    ("signing/ceremony/Cargo.toml", "x86_64-unknown-linux-musl"),
    ("fuzz/Cargo.toml", "x86_64-unknown-linux-gnu"),
];

/// A package of a workspace or of a registry.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    /// `None` for a folder of this repository.
    pub(crate) source: Option<String>,
    /// The manifest, relative to the root where it lies in it.
    pub(crate) manifest: String,
    pub(crate) dependencies: Vec<Dependency>,
    /// Root files of its libraries and programs, relative to the root.
    pub(crate) roots: Vec<String>,
    /// Features that are on; empty where they were not resolved.
    pub(crate) features: BTreeSet<String>,
}

/// A line of a `[dependencies]` table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) dev: bool,
}

/// The members of one workspace, without resolving anything.
pub(crate) fn members(manifest: &str) -> Vec<Package> {
    read(&metadata(&["--no-deps", "--manifest-path", manifest]))
}

/// The members of all workspaces.
pub(crate) fn all_members() -> Vec<Package> {
    WORKSPACES.iter().flat_map(|(manifest, _)| members(manifest)).collect()
}

/// Every package that the lock of one workspace brings to its platform.
pub(crate) fn packages((manifest, platform): (&str, &str)) -> Vec<Package> {
    read(&metadata(&["--locked", "--filter-platform", platform, "--manifest-path", manifest]))
}

fn metadata(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1"])
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn read(metadata: &Value) -> Vec<Package> {
    let empty = Vec::new();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap_or(&empty);
    let strings = |value: &Value| -> BTreeSet<String> {
        value.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
    };
    array(&metadata["packages"])
        .map(|package| {
            let features = nodes
                .iter()
                .find(|node| node["id"] == package["id"])
                .map_or_else(BTreeSet::new, |node| strings(&node["features"]));
            let roots = array(&package["targets"])
                .filter(|target| array(&target["kind"]).any(|kind| kind == "lib" || kind == "bin"))
                .map(|target| relative(&target["src_path"]))
                .collect();
            let dependencies = array(&package["dependencies"])
                .map(|item| Dependency { name: text(&item["name"]), dev: item["kind"] == "dev" })
                .collect();
            Package {
                name: text(&package["name"]),
                version: text(&package["version"]),
                license: package["license"].as_str().map(str::to_owned),
                source: package["source"].as_str().map(str::to_owned),
                manifest: relative(&package["manifest_path"]),
                dependencies,
                roots,
                features,
            }
        })
        .collect()
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn relative(value: &Value) -> String {
    let path = text(value);
    match path.strip_prefix(root().to_str().unwrap()) {
        Some(inside) => inside.trim_start_matches('/').to_owned(),
        None => path,
    }
}

#[test]
fn every_workspace_has_members_with_roots() {
    for (manifest, _) in WORKSPACES {
        let members = members(manifest);
        assert!(!members.is_empty(), "{manifest}");
        for member in members {
            assert!(!member.roots.is_empty() && !member.manifest.starts_with('/'), "{member:?}");
        }
    }
}
