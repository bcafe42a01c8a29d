// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The policy of `deny.toml` for licences, bans and sources of dependencies, checked without any other tool.
//!
//! `cargo deny check` reads the same file (`just deny`) and knows more; this test needs nothing but cargo, so it runs
//! everywhere. Licence expressions: SPDX 2.3 annex D, and the older `A/B` of crates.

use std::collections::BTreeSet;
use std::fs;

use spdx::{Expression, Licensee, ParseMode};
use toml::Table;

use crate::repository::{assert_none, root};
use crate::workspaces::{Package, WORKSPACES, packages};

/// What `deny.toml` says.
#[derive(Debug)]
struct Policy {
    allowed: Vec<Licensee>,
    /// Per package, beyond `allowed`.
    exceptions: Vec<(String, Vec<Licensee>)>,
    banned: BTreeSet<String>,
    /// Package and feature.
    banned_features: BTreeSet<(String, String)>,
}

impl Policy {
    fn parse(text: &str) -> Self {
        let table: Table = text.parse().unwrap();
        let rows = |section: &str, key: &str| table[section][key].as_array().unwrap().clone();
        let strings = |value: &toml::Value| -> Vec<String> {
            value.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
        };
        let licensees = |value: &toml::Value| -> Vec<Licensee> {
            strings(value).iter().map(|text| Licensee::parse(text).unwrap()).collect()
        };
        let name = |row: &toml::Value| row["crate"].as_str().unwrap().to_owned();
        Self {
            allowed: licensees(&table["licenses"]["allow"]),
            exceptions: rows("licenses", "exceptions")
                .iter()
                .map(|row| (name(row), licensees(&row["allow"])))
                .collect(),
            banned: rows("bans", "deny").iter().map(&name).collect(),
            banned_features: rows("bans", "features")
                .iter()
                .flat_map(|row| strings(&row["deny"]).into_iter().map(|feature| (name(row), feature)))
                .collect(),
        }
    }

    fn violations(&self, package: &Package) -> Vec<String> {
        let mut result = Vec::new();
        let title = format!("{} {}", package.name, package.version);
        if self.banned.contains(&package.name) {
            result.push(format!("{title} is banned"));
        }
        for feature in &package.features {
            if self.banned_features.contains(&(package.name.clone(), feature.clone())) {
                result.push(format!("{title}: its feature {feature} is banned"));
            }
        }
        if package.source.as_ref().is_some_and(|source| !source.starts_with("registry+")) {
            result.push(format!("{title} does not come from a registry, so no lock pins its bytes"));
        }
        let extra =
            self.exceptions.iter().filter(|(name, _)| *name == package.name).flat_map(|(_, more)| more);
        let allowed: Vec<&Licensee> = self.allowed.iter().chain(extra).collect();
        let Some(expression) = &package.license else {
            result.push(format!("{title} states no licence"));
            return result;
        };
        match Expression::parse_mode(expression, ParseMode::LAX) {
            Ok(parsed)
                if parsed.evaluate(|needed| allowed.iter().any(|licence| licence.satisfies(needed))) => {}
            Ok(_) => result.push(format!("{title}: {expression} is not allowed by deny.toml")),
            Err(error) => result.push(format!("{title}: {expression}: {error}")),
        }
        result
    }
}

fn policy() -> Policy {
    Policy::parse(&fs::read_to_string(root().join("deny.toml")).unwrap())
}

#[test]
fn every_dependency_is_within_the_policy() {
    let policy = policy();
    for workspace in WORKSPACES {
        let packages = packages(workspace);
        let found: Vec<String> = packages.iter().flat_map(|package| policy.violations(package)).collect();
        assert_none(&format!("dependencies of {}", workspace.0), &found);
        let registries: BTreeSet<&String> =
            packages.iter().filter_map(|package| package.source.as_ref()).collect();
        assert!(registries.len() <= 1, "more than one registry: {registries:?}");
    }
}

#[test]
fn every_exception_is_needed() {
    let policy = policy();
    let packages: Vec<Package> = WORKSPACES.into_iter().flat_map(packages).collect();
    for (name, _) in &policy.exceptions {
        assert!(
            packages.iter().any(|package| package.name == *name),
            "deny.toml excepts {name}: nobody uses it"
        );
    }
}

#[test]
fn planted_dependencies_are_found() {
    let policy = Policy::parse(
        "[licenses]\nallow = [\"MIT\", \"Apache-2.0\"]\nexceptions = [{ crate = \"pgp\", allow = [\"LGPL-2.0-or-later\"] }]\n\
         [bans]\ndeny = [{ crate = \"openssl-sys\" }]\nfeatures = [{ crate = \"json\", deny = [\"order\"] }]\n",
    );
    let check = |name: &str, license: Option<&str>, source: &str, feature: &str| {
        let package = Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: license.map(str::to_owned),
            source: Some(source.to_owned()),
            manifest: String::new(),
            dependencies: Vec::new(),
            roots: Vec::new(),
            features: BTreeSet::from([feature.to_owned()]),
        };
        policy.violations(&package).join("; ")
    };
    let registry = "registry+https://r.example/index";
    assert_eq!(check("a", Some("MIT/Apache-2.0"), registry, ""), "");
    assert_eq!(check("a", Some("GPL-3.0-only OR MIT"), registry, ""), "");
    assert_eq!(check("pgp", Some("LGPL-2.0-or-later"), registry, ""), "");
    for (found, expected) in [
        (
            check("a", Some("LGPL-2.0-or-later"), registry, ""),
            "a 1.0.0: LGPL-2.0-or-later is not allowed by deny.toml",
        ),
        (check("a", Some("MIT AND GPL-3.0-only"), registry, ""), "MIT AND GPL-3.0-only is not allowed"),
        (check("a", Some("Apache-2.0 WITH LLVM-exception"), registry, ""), "is not allowed"),
        (check("a", None, registry, ""), "a 1.0.0 states no licence"),
        (check("a", Some("Mine"), registry, ""), "a 1.0.0: Mine: "),
        (check("openssl-sys", Some("MIT"), registry, ""), "openssl-sys 1.0.0 is banned"),
        (check("json", Some("MIT"), registry, "order"), "json 1.0.0: its feature order is banned"),
        (check("a", Some("MIT"), "git+https://g.example/a", ""), "does not come from a registry"),
    ] {
        assert!(found.contains(expected), "{expected:?} not in {found:?}");
    }
}
