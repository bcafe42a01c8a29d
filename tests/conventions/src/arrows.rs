// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which crate of ours may depend on which (ARCHITECTURE.md).
//!
//! Dependencies point at the vocabulary, never at the engine. The table lists every arrow; the rules below say what no
//! table may allow. A new arrow is a decision: it is added here, in the commit that needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::repository::{assert_none, root};
use crate::workspaces::{Package, all_members};

/// Every arrow of ours: a crate, and what it depends on outside its tests.
const ARROWS: &[(&str, &[&str])] = &[
    (
        "ashlar",
        &[
            "ashlar-attestation",
            "ashlar-causes",
            "ashlar-compare",
            "ashlar-debian",
            "ashlar-digest",
            "ashlar-engine",
            "ashlar-fetch",
            "ashlar-images",
            "ashlar-kernel-config",
            "ashlar-kernel-image",
            "ashlar-lint",
            "ashlar-lock",
            "ashlar-module-signature",
            "ashlar-plan",
            "ashlar-recipe",
            "ashlar-record",
            "ashlar-release-audit",
            "ashlar-release-bundle",
            "ashlar-sandbox",
            "ashlar-sbom",
            "ashlar-secure-boot",
            "ashlar-signature-verifier",
            "ashlar-store",
            "ashlar-tree",
        ],
    ),
    ("ashlar-attestation", &["ashlar-digest", "ashlar-module-signature"]),
    (
        "ashlar-bench",
        &[
            "ashlar-causes",
            "ashlar-digest",
            "ashlar-engine",
            "ashlar-plan",
            "ashlar-recipe",
            "ashlar-sandbox",
            "ashlar-store",
            "ashlar-system-tests",
            "ashlar-tree",
        ],
    ),
    ("ashlar-causes", &[]),
    ("ashlar-compare", &["ashlar-digest", "ashlar-tree"]),
    ("ashlar-conventions", &[]),
    ("ashlar-debian", &["ashlar-digest"]),
    ("ashlar-digest", &[]),
    (
        "ashlar-engine",
        &[
            "ashlar-causes",
            "ashlar-debian",
            "ashlar-digest",
            "ashlar-fetch",
            "ashlar-images",
            "ashlar-kernel-config",
            "ashlar-kernel-image",
            "ashlar-lint",
            "ashlar-module-signature",
            "ashlar-plan",
            "ashlar-recipe",
            "ashlar-record",
            "ashlar-sandbox",
            "ashlar-sbom",
            "ashlar-signature-verifier",
            "ashlar-store",
            "ashlar-tree",
        ],
    ),
    ("ashlar-fetch", &["ashlar-digest"]),
    ("ashlar-foreign", &[]),
    (
        "ashlar-fuzz",
        &[
            "ashlar-attestation",
            "ashlar-compare",
            "ashlar-debian",
            "ashlar-digest",
            "ashlar-fetch",
            "ashlar-fuzz-seeds",
            "ashlar-images",
            "ashlar-kernel-config",
            "ashlar-kernel-image",
            "ashlar-kernel-state",
            "ashlar-lint",
            "ashlar-module-signature",
            "ashlar-openpgp",
            "ashlar-plan",
            "ashlar-recipe",
            "ashlar-record",
            "ashlar-release-audit",
            "ashlar-release-bundle",
            "ashlar-sbom",
            "ashlar-secure-boot",
            "ashlar-signature-verifier",
            "ashlar-tree",
        ],
    ),
    (
        "ashlar-fuzz-seeds",
        &[
            "ashlar-attestation",
            "ashlar-digest",
            "ashlar-images",
            "ashlar-lint",
            "ashlar-module-signature",
            "ashlar-release-bundle",
            "ashlar-secure-boot",
            "ashlar-tree",
        ],
    ),
    ("ashlar-images", &["ashlar-digest", "ashlar-tree"]),
    ("ashlar-init", &["ashlar-kernel-state"]),
    ("ashlar-kernel-config", &[]),
    ("ashlar-kernel-image", &[]),
    ("ashlar-kernel-state", &[]),
    ("ashlar-lint", &["ashlar-digest", "ashlar-recipe", "ashlar-tree"]),
    (
        "ashlar-lock",
        &[
            "ashlar-causes",
            "ashlar-debian",
            "ashlar-digest",
            "ashlar-fetch",
            "ashlar-openpgp",
            "ashlar-plan",
            "ashlar-recipe",
            "ashlar-store",
        ],
    ),
    ("ashlar-module-signature", &[]),
    ("ashlar-module-trial", &["ashlar-kernel-state"]),
    ("ashlar-openpgp", &[]),
    ("ashlar-plan", &["ashlar-digest", "ashlar-images", "ashlar-recipe", "ashlar-tree"]),
    ("ashlar-probe", &[]),
    ("ashlar-recipe", &["ashlar-digest", "ashlar-tree"]),
    ("ashlar-record", &["ashlar-digest"]),
    (
        "ashlar-release-audit",
        &[
            "ashlar-attestation",
            "ashlar-causes",
            "ashlar-digest",
            "ashlar-images",
            "ashlar-kernel-image",
            "ashlar-module-signature",
            "ashlar-release-bundle",
            "ashlar-secure-boot",
            "ashlar-signature-verifier",
        ],
    ),
    ("ashlar-release-bundle", &["ashlar-digest", "ashlar-module-signature"]),
    ("ashlar-sandbox", &[]),
    ("ashlar-sbom", &["ashlar-digest", "ashlar-recipe", "ashlar-tree"]),
    ("ashlar-sbom-readers", &["ashlar-foreign"]),
    ("ashlar-secure-boot", &["ashlar-digest"]),
    ("ashlar-signature-verifier", &["ashlar-module-signature"]),
    ("ashlar-signing-agent", &["ashlar-module-signature"]),
    ("ashlar-store", &["ashlar-digest", "ashlar-tree"]),
    ("ashlar-system-tests", &[]),
    ("ashlar-tree", &["ashlar-digest"]),
];

/// Arrows that only tests have.
const TEST_ARROWS: &[(&str, &[&str])] = &[
    ("ashlar-attestation", &["ashlar-foreign"]),
    ("ashlar-conventions", &["ashlar-recipe"]),
    ("ashlar-images", &["ashlar-foreign"]),
    ("ashlar-kernel-image", &["ashlar-foreign"]),
    ("ashlar-lint", &["ashlar-foreign"]),
    ("ashlar-probe", &["ashlar-sandbox"]),
    ("ashlar-release-audit", &["ashlar-foreign", "ashlar-tree"]),
    ("ashlar-release-bundle", &["ashlar-foreign"]),
    ("ashlar-sbom", &["ashlar-foreign"]),
    ("ashlar-sbom-readers", &["ashlar-recipe", "ashlar-sbom", "ashlar-tree"]),
    ("ashlar-secure-boot", &["ashlar-foreign"]),
    ("ashlar-signature-verifier", &["ashlar-foreign"]),
    (
        "ashlar-system-tests",
        &[
            "ashlar-attestation",
            "ashlar-module-signature",
            "ashlar-release-audit",
            "ashlar-sbom-readers",
            "ashlar-signature-verifier",
        ],
    ),
];

/// Who must not be reached, by whom, and why.
const FORBIDDEN: &[(&str, &[&str], &str)] = &[
    (
        "ashlar-engine",
        &["ashlar-release-audit", "ashlar-release-bundle"],
        "an audit judges bytes; where it rebuilds, it runs the builder as any user would",
    ),
    ("ashlar-plan", &["ashlar-release-audit", "ashlar-release-bundle"], "an audit judges bytes"),
    ("ashlar-store", &["ashlar-release-audit", "ashlar-release-bundle"], "an audit judges bytes"),
    ("ashlar-sandbox", &["ashlar-release-audit", "ashlar-release-bundle"], "an audit judges bytes"),
    (
        "ashlar-signature-verifier",
        &["ashlar-signing-agent", "ashlar-module-signature"],
        "who signs and who verifies share no code but the templates",
    ),
    (
        "ashlar-openpgp",
        &["ashlar-engine", "ashlar-plan", "ashlar-store", "ashlar-sandbox", "ashlar-fetch", "ashlar-recipe"],
        "trust is judged by `ashlar lock` alone; afterwards digests decide",
    ),
    (
        "ashlar-lock",
        &["ashlar-engine", "ashlar-plan", "ashlar-store", "ashlar-sandbox", "ashlar-fetch", "ashlar-recipe"],
        "trust is judged by `ashlar lock` alone; afterwards digests decide",
    ),
    (
        "ashlar-engine",
        &["ashlar-digest", "ashlar-tree", "ashlar-recipe", "ashlar-plan", "ashlar-images", "ashlar-lock"],
        "dependencies point at the vocabulary, never at the engine",
    ),
    (
        "ashlar-sandbox",
        &["ashlar-plan", "ashlar-store", "ashlar-images", "ashlar-lock", "ashlar-fetch", "ashlar-debian"],
        "only the engine and the command line run programs",
    ),
    (
        "ashlar-store",
        &["ashlar-plan", "ashlar-images", "ashlar-debian", "ashlar-kernel-config", "ashlar-fetch"],
        "values in, values out: the store belongs to the engine",
    ),
    (
        "ashlar-fetch",
        &["ashlar-plan", "ashlar-images", "ashlar-debian", "ashlar-kernel-config", "ashlar-store"],
        "fetching is never a step of a build",
    ),
];

type Arrows = BTreeMap<String, BTreeSet<String>>;

fn arrows(members: &[Package], dev: bool) -> Arrows {
    let ours: BTreeSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
    members
        .iter()
        .map(|member| {
            let to = member.dependencies.iter();
            let to = to.filter(|other| other.dev == dev && ours.contains(other.name.as_str()));
            (member.name.clone(), to.map(|other| other.name.clone()).collect())
        })
        .collect()
}

fn table(rows: &[(&str, &[&str])]) -> Arrows {
    let names = |to: &[&str]| to.iter().map(|name| (*name).to_owned()).collect();
    rows.iter().map(|(from, to)| ((*from).to_owned(), names(to))).collect()
}

fn differences(listed: &Arrows, found: &Arrows) -> Vec<String> {
    let none = BTreeSet::new();
    let crates: BTreeSet<&String> = listed.keys().chain(found.keys()).collect();
    let mut result = Vec::new();
    for name in crates {
        let (listed, found) = (listed.get(name).unwrap_or(&none), found.get(name).unwrap_or(&none));
        result.extend(found.difference(listed).map(|to| format!("{name} -> {to} is not in the table")));
        result.extend(listed.difference(found).map(|to| format!("{name} -> {to} is in the table only")));
    }
    result
}

fn reached<'a>(arrows: &'a Arrows, from: &'a str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        for to in arrows.get(name).into_iter().flatten() {
            if seen.insert(to.as_str()) {
                open.push(to);
            }
        }
    }
    seen
}

fn forbidden(arrows: &Arrows) -> Vec<String> {
    let reaches = |(to, from, why): &(&str, &[&str], &str)| {
        let from = from.iter().filter(|from| reached(arrows, from).contains(to));
        from.map(|from| format!("{from} reaches {to}: {why}")).collect::<Vec<_>>()
    };
    let mut result: Vec<String> = FORBIDDEN.iter().flat_map(reaches).collect();
    for (from, to) in arrows {
        // A fuzz target throws away what it was told.
        if to.contains("ashlar-openpgp") && from != "ashlar-lock" && from != "ashlar-fuzz" {
            result.push(format!("{from} -> ashlar-openpgp: only ashlar-lock judges signatures"));
        }
    }
    result
}

#[test]
fn every_arrow_is_listed() {
    let members = all_members();
    assert_none("arrows between crates", &differences(&table(ARROWS), &arrows(&members, false)));
    assert_none("arrows of tests", &differences(&table(TEST_ARROWS), &arrows(&members, true)));
    let crates: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let listed = ARROWS.iter().map(|(name, _)| *name);
    assert_eq!(crates.iter().copied().collect::<BTreeSet<_>>(), listed.collect(), "crates of the table");
}

#[test]
fn no_arrow_breaks_a_rule() {
    assert_none("forbidden arrows", &forbidden(&arrows(&all_members(), false)));
}

#[test]
fn the_map_of_architecture_md_names_every_crate() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for member in all_members() {
        let folder = member.manifest.trim_end_matches("/Cargo.toml");
        assert!(page.contains(&format!("| `{folder}` |")), "ARCHITECTURE.md has no row for {folder}");
    }
}

#[test]
fn a_planted_arrow_is_found() {
    let mut planted = table(ARROWS);
    planted.get_mut("ashlar-images").unwrap().insert("ashlar-lock".to_owned());
    planted.get_mut("ashlar-tree").unwrap().clear();
    assert_eq!(
        differences(&table(ARROWS), &planted),
        [
            "ashlar-images -> ashlar-lock is not in the table",
            "ashlar-tree -> ashlar-digest is in the table only"
        ]
    );
    // ashlar-engine -> ashlar-images -> ashlar-lock -> ashlar-openpgp.
    let found = forbidden(&planted).join("\n");
    assert!(found.contains("ashlar-engine reaches ashlar-openpgp"), "{found}");
    assert!(found.contains("ashlar-images reaches ashlar-store"), "{found}");
    let direct = table(&[("ashlar", &["ashlar-openpgp"])]);
    assert_eq!(forbidden(&direct), ["ashlar -> ashlar-openpgp: only ashlar-lock judges signatures"]);
}
