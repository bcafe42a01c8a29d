// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Every CPE that this project states has been seen in a published record, and `recipes/cpes.toml` says in which.
//!
//! A scanner finds nothing by a name that no record has, and says nothing about it: so vendor and product are never
//! what somebody thought likely. Format of a row: `name` (part, vendor and product of the CPE, without
//! escapes), `cve` (a CVE whose record has it), `source` (the address of that record, at the NVD or the CVE programme).

use std::collections::{BTreeMap, BTreeSet};

use ashlar_recipe::Cpe;
use toml::{Table, Value};

use crate::repository::{TextFile, assert_none, text_files};

const TABLE: &str = "recipes/cpes.toml";
const KEYS: [&str; 3] = ["cve", "name", "source"];
const WHAT_NEXT: &str = "look the name up in the record of a CVE of that product (nvd.nist.gov, www.cve.org) and add a row; where no record \
                         has one, state no cpe";

/// Part, vendor and product of a CPE, without escapes; the fault if it is none.
fn name(cpe: &str) -> Result<String, String> {
    let cpe = Cpe::parse(cpe).map_err(|cause| cause.message)?;
    let part = cpe.as_str().strip_prefix("cpe:2.3:").and_then(|rest| rest.split(':').next());
    Ok(format!("{}:{}:{}", part.unwrap_or_default(), cpe.vendor(), cpe.product()))
}

/// By name, where it is stated.
fn stated(files: &[TextFile]) -> (BTreeMap<String, Vec<String>>, Vec<String>) {
    let (mut stated, mut faults) = (BTreeMap::<String, Vec<String>>::new(), Vec::new());
    let mut state = |place: String, cpe: Option<&Value>| match cpe.and_then(Value::as_str).map(name) {
        None => {}
        Some(Ok(name)) => stated.entry(name).or_default().push(place),
        Some(Err(fault)) => faults.push(format!("{place}: {fault}")),
    };
    for file in files {
        let is_recipe = file.path.starts_with("recipes/") && file.path.ends_with("/recipe.toml");
        if !is_recipe && file.path != "seeds.toml" {
            continue;
        }
        let table: Table = file.text.parse().unwrap();
        state(file.path.clone(), table.get("recipe").and_then(|recipe| recipe.get("cpe")));
        let sets = table.get("set").and_then(Value::as_table).into_iter().flatten();
        for (set, content) in sets {
            let runtimes = content.get("runtime").and_then(Value::as_array).into_iter().flatten();
            for (index, runtime) in runtimes.enumerate() {
                state(format!("{}: set.{set}.runtime[{index}]", file.path), runtime.get("cpe"));
            }
        }
    }
    (stated, faults)
}

/// Whether `text` is `CVE-<year>-<four digits or more>`.
fn is_cve(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = text.strip_prefix("CVE-").and_then(|rest| rest.split_once('-'));
    numbers
        .is_some_and(|(year, number)| year.len() == 4 && number.len() >= 4 && digits(year) && digits(number))
}

/// What is wrong with one row by itself.
fn row_violations(row: &Table) -> Vec<String> {
    let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
    let (cve, name, source) = (text("cve"), text("name"), text("source"));
    let mut found = Vec::new();
    if row.keys().map(String::as_str).collect::<BTreeSet<_>>() != BTreeSet::from(KEYS) {
        found.push(format!("{TABLE}: the row of {name:?} has not exactly the keys {}", KEYS.join(", ")));
    }
    if !is_cve(cve) {
        found.push(format!("{TABLE}: {name}: {cve:?} is no number of a CVE"));
    }
    let records = ["https://nvd.nist.gov/vuln/detail/", "https://www.cve.org/CVERecord?id="];
    if !records.iter().any(|record| source == format!("{record}{cve}")) {
        let records = records.map(|record| format!("{record}{cve}")).join(" or ");
        found
            .push(format!("{TABLE}: {name}: its source is {source:?}, not the record of its CVE: {records}"));
    }
    found
}

fn violations(files: &[TextFile], table: &str) -> Vec<String> {
    let (stated, mut found) = stated(files);
    let table: Table = table.parse().unwrap();
    let rows = table.get("cpe").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut names = BTreeSet::new();
    for row in rows.iter().filter_map(Value::as_table) {
        found.extend(row_violations(row));
        let name = row.get("name").and_then(Value::as_str).unwrap_or_default();
        if !names.insert(name) {
            found.push(format!("{TABLE}: {name} has two rows: keep the one whose record is easier to read"));
        }
        if !stated.contains_key(name) {
            found.push(format!("{TABLE}: nothing states {name}: remove the row, or correct what meant it"));
        }
    }
    for (name, places) in stated.iter().filter(|(name, _)| !names.contains(name.as_str())) {
        found.push(format!("{}: no row of {TABLE} has {name}: {WHAT_NEXT}", places.join(", ")));
    }
    found
}

#[test]
fn every_cpe_has_been_seen_in_a_published_record() {
    let files = text_files();
    let table = files.iter().find(|file| file.path == TABLE).expect(TABLE);
    let (stated, _) = stated(&files);
    assert!(stated.len() > 20, "only {} CPEs were found: the rule would hold for nothing", stated.len());
    let seeds = stated.values().flatten().filter(|place| place.starts_with("seeds.toml")).count();
    assert!(seeds > 1, "the runtimes of seeds.toml were not found");
    assert_none("CPEs", &violations(&files, &table.text));
}

#[test]
fn planted_cpes_are_found() {
    let recipe = |cpe: &str| {
        TextFile::planted(
            "recipes/zlib/recipe.toml",
            &format!("[recipe]\nname = \"zlib\"\ncpe = \"{cpe}\"\n"),
        )
    };
    let seeds = "[[set.go.runtime]]\npackage = \"p\"\ncpe = \"cpe:2.3:a:golang:go:1.26:*:*:*:*:*:*:*\"\n";
    let seeds = TextFile::planted("seeds.toml", seeds);
    let row = |name: &str, cve: &str, source: &str| {
        format!("[[cpe]]\nname = \"{name}\"\ncve = \"{cve}\"\nsource = \"{source}\"\n")
    };
    let nvd = |name: &str, cve: &str| row(name, cve, &format!("https://nvd.nist.gov/vuln/detail/{cve}"));
    let zlib = nvd("a:zlib:zlib", "CVE-2018-25032");
    let go = row("a:golang:go", "CVE-2023-24538", "https://www.cve.org/CVERecord?id=CVE-2023-24538");
    let good = "cpe:2.3:a:zlib:zlib:1.3.1:*:*:*:*:*:*:*";
    let check = |cpe: &str, table: &str| violations(&[recipe(cpe), seeds.clone()], table).join("; ");

    assert_eq!(check(good, &format!("{zlib}{go}")), "");
    assert_eq!(check("cpe:2.3:a:zlib:zlib:*:*:*:*:*:*:*:*", &format!("{zlib}{go}")), "");
    for (cpe, table, expected) in [
        (
            good,
            go.clone(),
            "recipes/zlib/recipe.toml: no row of recipes/cpes.toml has a:zlib:zlib: look the name up",
        ),
        (good, zlib.clone(), "seeds.toml: set.go.runtime[0]: no row of recipes/cpes.toml has a:golang:go"),
        ("cpe:2.3:a:gnu:zlib:1.3.1:*:*:*:*:*:*:*", format!("{zlib}{go}"), "nothing states a:zlib:zlib"),
        ("cpe:2.3:o:zlib:zlib:1.3.1:*:*:*:*:*:*:*", format!("{zlib}{go}"), "has o:zlib:zlib"),
        ("cpe:2.3:a:zlib", format!("{zlib}{go}"), "is no CPE 2.3 name"),
        (good, format!("{zlib}{zlib}{go}"), "a:zlib:zlib has two rows"),
        (good, format!("{zlib}{go}{}", nvd("zlib:zlib", "CVE-2018-25032")), "nothing states zlib:zlib"),
        (good, format!("{go}{}", nvd("a:zlib:zlib", "CVE-18-1")), "\"CVE-18-1\" is no number of a CVE"),
        (good, format!("{go}{zlib}sure = true\n"), "has not exactly the keys cve, name, source"),
        (
            good,
            format!(
                "{go}{}",
                row("a:zlib:zlib", "CVE-2018-25032", "https://nvd.nist.gov/vuln/detail/CVE-2018-25033")
            ),
            "not the record of its CVE",
        ),
        (
            good,
            format!("{go}{}", row("a:zlib:zlib", "CVE-2018-25032", "https://zlib.net/")),
            "not the record",
        ),
    ] {
        let found = check(cpe, &table);
        assert!(found.contains(expected), "{expected:?} not in {found:?}");
    }
}
