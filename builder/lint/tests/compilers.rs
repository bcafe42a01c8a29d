// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a C compiler makes is judged by what it was told: the foreign writer of the format that `ashlar-lint` reads.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::Path;

use ashlar_digest::{BlobDigest, Sha256};
use ashlar_foreign::{available, succeeds};
use ashlar_lint::{Question, judge};
use ashlar_recipe::Rule;
use ashlar_tree::{Node, Tree, TreePath};

/// A function with something to protect, and code enough to be judged.
const SOURCE: &str = "\
#include <string.h>
volatile int sink;
__asm__(\".text\\n.skip 20000, 0x90\\n\");
int work(const char *text) { char copy[64]; strcpy(copy, text); sink = copy[1]; return copy[0]; }
int main(int count, char **words) { return count > 1 ? work(words[1]) : 0; }
";

const GOOD: &[&str] =
    &["-fPIE", "-pie", "-fstack-protector-strong", "-s", "-Wl,-z,relro,-z,now,-z,noexecstack"];

fn rules(folder: &Path, options: &[&str]) -> BTreeSet<&'static str> {
    let arguments: Vec<&str> =
        ["-O1", "-U_FORTIFY_SOURCE", "x.c", "-o", "x"].iter().chain(options).copied().collect();
    succeeds(folder, "cc", &arguments);
    let bytes = std::fs::read(folder.join("x")).unwrap();
    let mut own = Tree::new();
    let node = Node::file(BlobDigest::new(Sha256::of(&bytes)), bytes.len() as u64, true);
    own.insert(TreePath::parse("usr/bin/x").unwrap(), node).unwrap();
    let question = Question {
        recipe: "x",
        output: "licenses",
        own: &own,
        siblings: Vec::new(),
        closure: &BTreeMap::new(),
        declared: Vec::new(),
        sources: Vec::new(),
        epoch: 1_700_000_000,
        attributes: BTreeMap::new(),
        exceptions: Vec::new(),
    };
    let judgement = judge(&question, |_| Ok::<_, Infallible>(bytes.clone())).unwrap();
    // The host's C library is in no closure.
    let findings = judgement.report.findings.iter().map(|finding| finding.rule);
    findings.filter(|rule| *rule != Rule::RuntimeDeclared).map(Rule::id).collect()
}

#[test]
fn each_option_of_the_compiler_breaks_or_obeys_its_rule() {
    if !available("cc", &["--version"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.c"), SOURCE).unwrap();
    let with = |more: &[&'static str]| rules(folder.path(), &[GOOD, more].concat());
    assert_eq!(with(&[]), BTreeSet::new());
    let cases: [(&[&str], &str); 7] = [
        (&["-no-pie", "-fno-pie"], "position-independent"),
        (&["-Wl,-z,norelro"], "relro"),
        (&["-Wl,-z,lazy", "-fplt"], "bind-now"),
        (&["-Wl,-z,execstack"], "write-xor-execute"),
        (&["-Wl,-rpath,/usr/lib/x"], "no-run-path"),
        (&["-fno-stack-protector"], "stack-protector"),
        (&["-include", "marked.h"], "no-build-path"),
    ];
    std::fs::write(folder.path().join("marked.h"), "const char mark[] = \"/build/x/y.c\";\n").unwrap();
    for (options, rule) in cases {
        assert_eq!(with(options), BTreeSet::from([rule]), "{options:?}");
    }
    let unstripped: Vec<&str> = GOOD.iter().copied().filter(|option| *option != "-s").collect();
    assert_eq!(rules(folder.path(), &unstripped), BTreeSet::from(["stripped"]));
}
