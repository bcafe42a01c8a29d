// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a recipe installs, a path and a content: the judgement is written and read as it is, and a recipe with the exceptions that
//! are proposed for it has no finding left that could be excepted.
#![forbid(unsafe_code)]
#![no_main]

use std::collections::BTreeMap;
use std::convert::Infallible;

use ashlar_digest::{BlobDigest, Sha256};
use ashlar_fuzz_seeds::two_parts::split;
use ashlar_lint::{Exception, Question, Report, exceptions, judge};
use ashlar_recipe::{Recipe, Rule, SourceFile};
use ashlar_tree::{Node, Tree, TreePath};
use libfuzzer_sys::fuzz_target;

const RECIPE: &str = r#"
[recipe]
name = "x"
version = "1"
summary = "A thing"
license = "MIT"
homepage = "https://x.example/"
supplier = "Organization: X"
purl = "pkg:generic/x@1"
[build]
step = [{ run = "true" }]
[[output]]
name = "runtime"
paths = ["**"]

"#;

fn judged(tree: &Tree, content: &[u8], exceptions: Vec<Exception>) -> Report {
    let question = Question {
        recipe: "x",
        output: "runtime",
        own: tree,
        siblings: Vec::new(),
        closure: &BTreeMap::new(),
        declared: Vec::new(),
        sources: vec!["x-1".to_owned()],
        epoch: 1_700_000_000,
        attributes: BTreeMap::new(),
        exceptions,
    };
    let Ok(judgement) = judge(&question, |_| Ok::<_, Infallible>(content.to_vec()));
    judgement.report
}

fn proposed(report: &Report) -> Vec<Exception> {
    let text = format!("{RECIPE}{}", exceptions(&report.findings));
    let recipe = Recipe::parse(SourceFile::new("recipe.toml", text.as_str()));
    let recipe = recipe.unwrap_or_else(|faults| panic!("{text}\n{}", faults.render(false)));
    let all = recipe.outputs[0].exceptions.iter().map(|exception| Exception {
        rule: exception.rule,
        patterns: exception.paths.clone(),
        because: exception.because.clone(),
    });
    all.collect()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((path, content)) = split(bytes) else { return };
    let Some(path) = std::str::from_utf8(path).ok().and_then(|path| TreePath::parse(path).ok()) else {
        return;
    };
    let mut tree = Tree::new();
    let blob = BlobDigest::new(Sha256::of(content));
    if tree.insert(path, Node::file(blob, content.len() as u64, true)).is_err() {
        return;
    }
    let report = judged(&tree, content, Vec::new());
    let written = report.to_json().expect("a report can be written");
    assert_eq!(Report::parse(&written).expect("what was written is no report"), report);
    let excepted = judged(&tree, content, proposed(&report));
    for finding in &excepted.findings {
        assert!(
            !finding.rule.has_exceptions() && finding.rule != Rule::ExceptionUsed,
            "{}",
            finding.sentence()
        );
    }
    assert_eq!(excepted.findings.len() + excepted.waived.len(), report.findings.len(), "something got lost");
});
