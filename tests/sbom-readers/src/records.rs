// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reads the published records in records/: what is vulnerable, by the names that the record has for it.
//!
//! Three formats: CVE JSON 5.1 (`cpeApplicability` of the CNA), OSV 1.3 as the Go vulnerability database has it, and RustSec's
//! Markdown with TOML at its head. A record that says more than these functions understand fails the test.

use serde_json::Value;

/// A published record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Its number.
    pub(crate) id: String,
    /// Who publishes it, as grype's own database calls them.
    pub(crate) provider: &'static str,
    /// Its numbers elsewhere.
    pub(crate) aliases: Vec<String>,
    /// How scanners find it.
    pub(crate) subject: Subject,
    /// The order of versions, as grype calls it; empty for what it has to guess.
    pub(crate) order: &'static str,
    /// The vulnerable versions.
    pub(crate) ranges: Vec<Range>,
}

/// What a record is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Part, vendor and product of a CPE.
    Cpe { part: String, vendor: String, product: String },
    /// A name in an ecosystem, as grype calls it.
    Name { ecosystem: &'static str, name: String },
}

/// Versions from one on, before another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) from: Option<String>,
    pub(crate) before: Option<String>,
}

/// All records of records/.
pub(crate) fn all() -> Vec<Record> {
    vec![
        cve(include_str!("../records/CVE-2025-68300.json")),
        cve(include_str!("../records/CVE-2025-26519.json")),
        osv(include_str!("../records/GO-2025-3595.json")),
        osv(include_str!("../records/GO-2025-4155.json")),
        rustsec(include_str!("../records/RUSTSEC-2024-0399.md")),
    ]
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

fn only(value: &Value) -> &Value {
    let all = list(value);
    assert_eq!(all.len(), 1, "more than one, or none: {value}");
    &all[0]
}

/// CVE JSON 5.1, schema of the CVE program.
fn cve(record: &str) -> Record {
    let record: Value = serde_json::from_str(record).unwrap();
    let matches = list(&only(&only(&record["containers"]["cna"]["cpeApplicability"])["nodes"])["cpeMatch"]);
    let criteria = text(&matches[0]["criteria"]);
    let words: Vec<&str> = criteria.split(':').collect();
    assert!(words.len() == 13 && words[5..].iter().all(|word| *word == "*"), "{criteria}");
    let range = |one: &Value| {
        assert!(one["criteria"] == criteria.as_str() && one["vulnerable"] == true, "{one}");
        let end = |key: &str| one.get(key).map(text);
        Range { from: end("versionStartIncluding"), before: end("versionEndExcluding") }
    };
    Record {
        id: text(&record["cveMetadata"]["cveId"]),
        provider: "nvd",
        aliases: Vec::new(),
        subject: Subject::Cpe {
            part: words[2].to_owned(),
            vendor: words[3].to_owned(),
            product: words[4].to_owned(),
        },
        order: "",
        ranges: matches.iter().map(range).collect(),
    }
}

/// OSV: each `introduced` opens a range, `0` is before all versions, each `fixed` closes one.
fn osv(record: &str) -> Record {
    let record: Value = serde_json::from_str(record).unwrap();
    let affected = only(&record["affected"]);
    assert_eq!(affected["package"]["ecosystem"], "Go");
    let mut ranges: Vec<Range> = Vec::new();
    for event in list(&only(&affected["ranges"])["events"]) {
        match (event.get("introduced").map(text), event.get("fixed").map(text)) {
            (Some(from), None) => {
                ranges.push(Range { from: (from != "0").then_some(from), before: None });
            }
            (None, Some(before)) => ranges.last_mut().unwrap().before = Some(before),
            _ => panic!("neither introduced nor fixed: {event}"),
        }
    }
    Record {
        id: text(&record["id"]),
        provider: "govulndb",
        aliases: list(&record["aliases"]).iter().map(text).collect(),
        subject: Subject::Name { ecosystem: "go-module", name: text(&affected["package"]["name"]) },
        order: "go",
        ranges,
    }
}

/// RustSec names the versions that are not vulnerable; what lies between them is.
fn rustsec(record: &str) -> Record {
    let head = record.strip_prefix("```toml\n").unwrap().split_once("\n```").unwrap().0;
    let head: toml::Table = head.parse().unwrap();
    let words = |value: &toml::Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    let (advisory, versions) = (&head["advisory"], &head["versions"]);
    let mut safe: Vec<Range> = words(&versions["patched"])
        .iter()
        .chain(&words(&versions["unaffected"]))
        .map(|it| requirement(it))
        .collect();
    safe.sort_by_key(|range| range.from.as_deref().map(numbers));
    let mut ranges = Vec::new();
    let mut end = Some(String::new());
    for range in safe {
        if let (Some(from), Some(end)) = (&range.from, &end)
            && numbers(end) < numbers(from)
        {
            let lower = (!end.is_empty()).then(|| end.clone());
            ranges.push(Range { from: lower, before: Some(from.clone()) });
        }
        end = range.before;
    }
    assert_eq!(end, None, "no newest version is safe");
    Record {
        id: advisory["id"].as_str().unwrap().to_owned(),
        provider: "rustsec",
        aliases: words(&advisory["aliases"]),
        subject: Subject::Name {
            ecosystem: "rust-crate",
            name: advisory["package"].as_str().unwrap().to_owned(),
        },
        order: "semver",
        ranges,
    }
}

/// `>= a, < b`, or one of the two.
fn requirement(text: &str) -> Range {
    let mut range = Range::default();
    for part in text.split(", ") {
        match part.split_once(' ') {
            Some((">=", version)) => range.from = Some(version.to_owned()),
            Some(("<", version)) => range.before = Some(version.to_owned()),
            _ => panic!("not understood: {text}"),
        }
    }
    range
}

/// A version of numbers only, for comparing: `0.23` is `0.23.0`.
fn numbers(version: &str) -> [u64; 3] {
    let mut result = [0; 3];
    for (place, part) in result.iter_mut().zip(version.split('.').filter(|part| !part.is_empty())) {
        *place = part.parse().unwrap_or_else(|cause| panic!("{version}: {cause}"));
    }
    result
}

#[test]
fn a_record_of_each_sort_gives_its_name_and_its_ranges() {
    let ranges = |record: &Record| -> Vec<(Option<String>, Option<String>)> {
        record.ranges.iter().map(|range| (range.from.clone(), range.before.clone())).collect()
    };
    let between = |from: &str, before: &str| {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (some(from), some(before))
    };
    let all = all();
    assert_eq!(ranges(&all[0]), [between("6.12.59", "6.12.61"), between("6.17.9", "6.17.11")]);
    assert_eq!(ranges(&all[1]), [between("0.9.13", "1.2.6")]);
    assert_eq!(ranges(&all[2]), [between("", "0.38.0")]);
    assert_eq!(ranges(&all[3]), [between("", "1.24.11"), between("1.25.0", "1.25.5")]);
    assert_eq!(ranges(&all[4]), [between("0.23.13", "0.23.18")]);
    let cpe = |part: &str, vendor: &str, product: &str| Subject::Cpe {
        part: part.to_owned(),
        vendor: vendor.to_owned(),
        product: product.to_owned(),
    };
    let name = |ecosystem, name: &str| Subject::Name { ecosystem, name: name.to_owned() };
    let subjects: Vec<&Subject> = all.iter().map(|record| &record.subject).collect();
    let expected = [
        cpe("o", "linux", "linux_kernel"),
        cpe("a", "musl-libc", "musl"),
        name("go-module", "golang.org/x/net"),
        name("go-module", "stdlib"),
        name("rust-crate", "rustls"),
    ];
    assert_eq!(subjects, expected.iter().collect::<Vec<_>>());
}
