// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the formats' own makers, and those who ask for minimum elements, say of our documents.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use ashlar_sbom::Format;
use serde_json::Value;

use crate::given;
use crate::samples::{self, Written};
use crate::tools::{self, Tools, own};

/// The SPDX list of licences, as CycloneDX publishes it.
const LICENCES: &str = "../../sbom/tests/schemas/cyclonedx/spdx.schema.json";

/// The arguments of python/validate.py for each judge of a format.
fn judges(format: Format) -> Vec<Vec<String>> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let schema = |path: &str| vec!["schema".to_owned(), own(&format!("../../sbom/tests/schemas/{path}"))];
    match format {
        Format::Spdx23 => vec![
            schema("spdx-2.3/spdx-schema-2.3.json"),
            schema("spdx-2.3/spdx-schema-2.3.1.json"),
            words(&["spdx2", &own(LICENCES)]),
        ],
        // Python's jsonschema takes minutes for each document here: that schema is held by src/schemas.rs.
        Format::Spdx301 => vec![words(&[
            "shacl",
            &own("schemas/spdx-3.0.1/spdx-model.ttl"),
            &own("schemas/spdx-3.0.1/spdx-context.jsonld"),
        ])],
        Format::CycloneDx16 => vec![words(&["cyclonedx"])],
    }
}

/// What a judge finds wrong with documents, a line each.
fn problems(python: &Path, folder: &Path, judge: &[String], documents: &[&str]) -> Vec<String> {
    let script = own("python/validate.py");
    let mut arguments = vec!["-I", script.as_str()];
    arguments.extend(judge.iter().map(String::as_str));
    arguments.extend(documents);
    let output = tools::run(folder, &python.join("venv/bin/python"), &[], &arguments);
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let last = lines.pop().unwrap_or_default();
    assert_eq!(last, format!("judged {} documents", documents.len()), "{judge:?}: {}", tools::said(&output));
    assert_eq!(
        output.status.code(),
        Some(i32::from(!lines.is_empty())),
        "{judge:?}: {}",
        tools::said(&output)
    );
    lines
}

#[test]
fn the_makers_of_the_formats_find_nothing_wrong() {
    let Some(python) = Tools::Python.folder_of() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut documents = samples::all(folder.path());
    documents.extend(given::documents(folder.path()).into_values().flatten());
    for format in Format::ALL {
        let paths: Vec<&str> = documents.iter().filter(|it| it.format == format).map(Written::path).collect();
        assert!(paths.len() >= 4, "{format}: {paths:?}");
        for judge in judges(format) {
            assert_eq!(problems(&python, folder.path(), &judge, &paths), Vec::<String>::new(), "{format}");
        }
    }
}

/// A judge that takes everything would prove nothing.
#[test]
fn each_judge_finds_what_is_planted() {
    let Some(python) = Tools::Python.folder_of() else { return };
    let folder = tempfile::tempdir().unwrap();
    for written in samples::shipped(folder.path(), &samples::VULNERABLE) {
        let text = fs::read_to_string(&written.path).unwrap();
        for (index, judge) in judges(written.format).iter().enumerate() {
            let (right, wrong) = match (written.format, judge[0].as_str()) {
                // The schema takes any letters.
                (Format::Spdx23, "spdx2") => ("SPDXRef-library-musl", "SPDXRef-library_musl"),
                (Format::Spdx23, _) => ("\"OPERATING_SYSTEM\"", "\"OPERATING-SYSTEM\""),
                // The schema does not ask where an identifier leads.
                (Format::Spdx301, _) => ("\"rootElement\": [", "\"rootElement\": [ \"_:creation\","),
                (Format::CycloneDx16, _) => ("\"operating-system\"", "\"os\""),
            };
            assert!(text.contains(right), "{}: {right}", written.format);
            let path = folder.path().join(format!("wrong-{index}.json"));
            fs::write(&path, text.replace(right, wrong)).unwrap();
            let found = problems(&python, folder.path(), judge, &[path.to_str().unwrap()]);
            assert!(!found.is_empty(), "{} takes {wrong}", judge[0]);
        }
    }
}

/// What a format cannot say, by the words of the checker.
const IMPOSSIBLE: [(Format, &str, &str); 1] = [
    // The type of an SBOM came with SPDX 3; the checker misses it in every document of version 2.
    (Format::Spdx23, "fsct3-min", "SBOM generation context (SBOM type) provided?"),
];

/// What ntia-conformance-checker demands of a document, and whether it is there; and the whole report.
fn elements(
    python: &Path,
    folder: &Path,
    document: &Written,
    regime: &str,
) -> (BTreeMap<String, bool>, String) {
    let specification = if document.format == Format::Spdx23 { "spdx2" } else { "spdx3" };
    let (script, licences) = (own("python/validate.py"), own(LICENCES));
    let arguments = ["-I", &script, "elements", &licences, specification, regime, document.path()];
    let output = tools::run(folder, &python.join("venv/bin/python"), &[], &arguments);
    let report = tools::said(&output);
    let element = |line: &str| {
        let (name, there) = line.split_once('|')?;
        if ["(Warning)", "(Optional)"].iter().any(|word| name.trim().ends_with(word)) {
            return None;
        }
        // The words of Python; the head of the table has others.
        let there = ["False", "True"].iter().position(|word| *word == there.trim())?;
        Some((name.trim().to_owned(), there == 1))
    };
    let elements: BTreeMap<String, bool> = report.lines().filter_map(element).collect();
    assert!(elements.len() >= 7, "{}: {report}", document.path());
    // Where all elements are there and it does not conform, the document itself is wrong.
    assert_eq!(
        output.status.success(),
        elements.values().all(|there| *there),
        "{}: {report}",
        document.path()
    );
    (elements, report)
}

fn missing(elements: &BTreeMap<String, bool>) -> BTreeSet<&str> {
    elements.iter().filter(|(_, there)| !**there).map(|(name, _)| name.as_str()).collect()
}

/// The regimes of minimum elements.
const MINIMUM: [&str; 2] = ["ntia", "fsct3-min"];

fn check(python: &Path, folder: &Path, document: &Written, regimes: &[&str], gaps: &[(&str, &str, &str)]) {
    for regime in regimes {
        let (elements, report) = elements(python, folder, document, regime);
        let impossible =
            IMPOSSIBLE.iter().filter(|it| it.0 == document.format && it.1 == *regime).map(|it| it.2);
        let gaps = gaps.iter().filter(|it| it.1 == *regime).map(|it| it.2);
        let expected: BTreeSet<&str> = impossible.chain(gaps).collect();
        assert_eq!(missing(&elements), expected, "{} {regime}: {report}", document.path());
        // It passes over components that nothing leads to.
        assert!(!report.contains("WARNING"), "{} {regime}: {report}", document.path());
    }
}

#[test]
fn every_minimum_element_is_there() {
    let Some(python) = Tools::Python.folder_of() else { return };
    let folder = tempfile::tempdir().unwrap();
    let documents = samples::shipped(folder.path(), &samples::VULNERABLE);
    // The checker reads no CycloneDX.
    for document in documents.iter().filter(|it| it.format != Format::CycloneDx16) {
        check(&python, folder.path(), document, &MINIMUM, &[]);
    }
}

/// What real documents lack yet, by their names: whoever mends it takes it out of here. To this checker an unknown copyright
/// (`NOASSERTION`) is a missing one, and many sources have a licence text without any.
const GAPS: [(&str, &str, &str); 3] = [
    ("os", "fsct3-min", "All component copyright notice provided?"),
    ("rapiddisk", "fsct3-min", "All component copyright notice provided?"),
    ("rapiddisk", "fsct3-min", "All component concluded license provided?"),
];

#[test]
fn of_a_real_image_no_minimum_element_is_missing_but_the_known_ones() {
    let Some(python) = Tools::Python.folder_of() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, documents) in given::shipped() {
        let gaps: Vec<_> = GAPS.into_iter().filter(|it| it.0 == name).collect();
        for document in documents.iter().filter(|it| it.format != Format::CycloneDx16) {
            check(&python, folder.path(), document, &MINIMUM, &gaps);
        }
        // BSI TR-03183-2 is about what an OS is deployed in, and wants SPDX 3.
        let of_os = |it: &&Written| it.format == Format::Spdx301 && name == "os";
        for document in documents.iter().filter(of_os) {
            check(&python, folder.path(), document, &["bsi"], &[]);
        }
    }
}

/// A checker that misses nothing would prove nothing.
#[test]
fn a_missing_minimum_element_is_noticed() {
    let Some(python) = Tools::Python.folder_of() else { return };
    let folder = tempfile::tempdir().unwrap();
    for document in samples::shipped(folder.path(), &samples::VULNERABLE) {
        if document.format == Format::CycloneDx16 {
            continue;
        }
        let mut value: Value = serde_json::from_slice(&fs::read(&document.path).unwrap()).unwrap();
        let list = if document.format == Format::Spdx23 { "packages" } else { "@graph" };
        let mut components = value[list].as_array_mut().unwrap().iter_mut();
        let musl = components.find(|it| it["name"] == "musl").unwrap().as_object_mut().unwrap();
        assert!(musl.remove("supplier").or_else(|| musl.remove("suppliedBy")).is_some(), "{musl:?}");
        fs::write(&document.path, value.to_string()).unwrap();
        let (elements, report) = elements(&python, folder.path(), &document, "ntia");
        assert_eq!(missing(&elements), BTreeSet::from(["All component suppliers provided?"]), "{report}");
    }
}
