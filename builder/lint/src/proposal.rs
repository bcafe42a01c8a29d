// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The exceptions that a recipe would need for what was found, as TOML to put behind the `[[output]]` that was judged.
//!
//! Everything is there but the reason, which only whoever knows the recipe can give.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_recipe::Rule;

use crate::report::Finding;

/// Characters that mean something in a pattern (`ashlar_tree::Pattern`).
const SPECIAL: &str = r"*?[]{}\";

/// An `[[output.exception]]` for each rule among `findings`, with all their subjects; empty if none of them can be excepted.
#[must_use]
pub fn exceptions<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> String {
    let mut subjects: BTreeMap<Rule, BTreeSet<&str>> = BTreeMap::new();
    for finding in findings.into_iter().filter(|finding| finding.rule.has_exceptions()) {
        subjects.entry(finding.rule).or_default().insert(&finding.subject);
    }
    let tables: Vec<String> = subjects
        .into_iter()
        .map(|(rule, subjects)| {
            let paths: Vec<String> = subjects.into_iter().map(|subject| quoted(&pattern(subject))).collect();
            let paths = match paths.as_slice() {
                [one] => one.clone(),
                many => format!("\n    {},\n", many.join(",\n    ")),
            };
            format!("[[output.exception]]\nrule = \"{}\"\npaths = [{paths}]\nbecause = \"…\"\n", rule.id())
        })
        .collect();
    tables.join("\n")
}

/// The pattern that takes `subject` and nothing else.
fn pattern(subject: &str) -> String {
    let mut pattern = String::new();
    for character in subject.chars() {
        if SPECIAL.contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

/// `text` as a basic string of TOML.
fn quoted(text: &str) -> String {
    let text: String = text.chars().map(escaped).collect();
    format!("\"{text}\"")
}

fn escaped(character: char) -> String {
    match character {
        '"' | '\\' => format!("\\{character}"),
        plain if plain.is_ascii_graphic() || plain == ' ' || plain.is_alphanumeric() => plain.to_string(),
        // It could act on a terminal, or make one path look like another.
        other => format!("\\U{:08X}", u32::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Book;
    use crate::exception::Exception;
    use ashlar_recipe::{Recipe, SourceFile};

    fn finding(rule: Rule, subject: &str) -> Finding {
        Finding { rule, subject: subject.to_owned(), message: "it is so".to_owned() }
    }

    #[test]
    fn each_rule_has_one_exception_with_all_that_breaks_it() {
        let findings = [
            finding(Rule::Stripped, "usr/lib/b.so"),
            finding(Rule::Relro, "usr/bin/x"),
            finding(Rule::Stripped, "usr/lib/a.so"),
            finding(Rule::Stripped, "usr/lib/a.so"),
            finding(Rule::NoSetuid, "usr/bin/su"),
        ];
        assert_eq!(
            exceptions(&findings),
            "[[output.exception]]\nrule = \"relro\"\npaths = [\"usr/bin/x\"]\nbecause = \"…\"\n\n\
             [[output.exception]]\nrule = \"stripped\"\npaths = [\n    \"usr/lib/a.so\",\n    \"usr/lib/b.so\",\n]\nbecause = \"…\"\n"
        );
        assert_eq!(
            exceptions(&[finding(Rule::ExceptionUsed, "usr/bin/x")]),
            "",
            "there is no exception from it"
        );
    }

    /// What is proposed has to be enough, whatever files are called; and a dead exception would be an error.
    #[test]
    fn a_recipe_with_what_is_proposed_has_no_findings() {
        let subjects =
            ["usr/bin/[", "usr/bin/{a,b}", "usr/bin/a b\"c\\d", "usr/bin/*", "usr/bin/é\u{7f}\u{202e}"];
        let mut findings: Vec<Finding> =
            subjects.iter().map(|subject| finding(Rule::NoBuildPath, subject)).collect();
        findings.push(finding(Rule::RuntimeUsed, "dep:runtime"));
        findings.push(finding(Rule::LicenseText, "usr/share/licenses/x"));
        let text = format!(
            "[recipe]\nname = \"x\"\nversion = \"1\"\nsummary = \"A thing\"\nlicense = \"MIT\"\nhomepage = \"https://x.example/\"\n\
             supplier = \"Organization: X\"\npurl = \"pkg:generic/x@1\"\n[build]\nstep = [{{ run = \"true\" }}]\n\
             [[output]]\nname = \"runtime\"\npaths = [\"**\"]\n\n{}",
            exceptions(&findings)
        );
        let recipe = Recipe::parse(SourceFile::new("recipe.toml", text.as_str())).unwrap();
        let exceptions: Vec<Exception> = recipe.outputs[0]
            .exceptions
            .iter()
            .map(|exception| Exception {
                rule: exception.rule,
                patterns: exception.paths.clone(),
                because: exception.because.clone(),
            })
            .collect();
        let mut book = Book::new("x:runtime".to_owned(), &exceptions);
        for finding in &findings {
            book.find(finding.rule, &finding.subject, finding.message.clone());
        }
        let report = book.close();
        assert_eq!((report.findings, report.waived.len()), (Vec::new(), findings.len()), "{text}");
    }
}
