// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar sbom lint`: which component no scanner could match, or would match wrongly; and what an auditor would miss.

use ashlar_sbom::{Finding, Kind as ComponentKind, lint};
use serde_json::{Value, json};

use super::tell_notes;
use crate::arguments::Global;
use crate::failure::{Failure, Kind, Outcome};
use crate::sbom::{Subject, cell, notes_json};
use crate::terminal::Terminal;

pub(super) fn run(
    global: &Global,
    terminal: &Terminal,
    what: &str,
    strict: bool,
) -> Result<Outcome, Failure> {
    let found = Subject::read(global, terminal, what)?;
    let mut findings = lint(&found.reading.inventory);
    // What fails stands first; each kind by component.
    findings.sort_by_key(|finding| !finding.flaw.misleads_scanners());
    if terminal.json() {
        let findings: Vec<Value> = findings.iter().map(as_json).collect();
        terminal.result_json(&json!({"findings": findings, "notes": notes_json(&found.reading.notes)}))?;
    } else {
        findings.iter().try_for_each(|finding| terminal.result(&line(finding)))?;
    }
    tell_notes(terminal, &found.place, &found.reading.notes);
    let components = found.reading.inventory.components().values();
    let ships = components.filter(|component| ComponentKind::ships(component.kind)).count();
    let errors = findings.iter().filter(|finding| finding.flaw.misleads_scanners()).count();
    terminal.note(&format!("{ships} components: {errors} errors, {} warnings", findings.len() - errors));
    Ok(outcome(&findings, strict))
}

/// What misleads a scanner fails; what an auditor misses only if asked.
fn outcome(findings: &[Finding], strict: bool) -> Outcome {
    let fails = findings.iter().any(|finding| strict || finding.flaw.misleads_scanners());
    Outcome(if fails { Kind::Finding } else { Kind::Done })
}

const fn severity(finding: &Finding) -> &'static str {
    if finding.flaw.misleads_scanners() { "error" } else { "warning" }
}

fn line(finding: &Finding) -> String {
    format!("{}[{}] {}", severity(finding), finding.flaw.name(), cell(&finding.to_string()))
}

fn as_json(finding: &Finding) -> Value {
    json!({
        "flaw": finding.flaw.name(),
        "severity": severity(finding),
        "component": finding.id.as_str(),
        "title": finding.title,
        "message": finding.flaw.to_string(),
        "next": finding.flaw.help(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_sbom::{Component, Flaw};

    fn finding(name: &str, flaw: Flaw) -> Finding {
        Finding { id: Component::new(ComponentKind::Library, name).id(), title: name.to_owned(), flaw }
    }

    #[test]
    fn a_finding_is_shown_with_its_next_step_and_moves_no_cursor() {
        assert_eq!(
            line(&finding("a\u{1b}[2J", Flaw::PurlVersion)),
            "error[purl-version] a\\u{1b}[2J: its purl has another version; write the same version in the purl"
        );
        assert!(line(&finding("a", Flaw::NoSupplier)).starts_with("warning[no-supplier] a: "));
        assert_eq!(as_json(&finding("a", Flaw::NoPurl))["severity"], "error");
    }

    #[test]
    fn only_what_misleads_scanners_fails_unless_more_is_asked() {
        let (error, warning) = (finding("a", Flaw::NoPurl), finding("a", Flaw::NoSupplier));
        assert_eq!(outcome(&[error, warning.clone()], false), Outcome(Kind::Finding));
        assert_eq!(outcome(std::slice::from_ref(&warning), false), Outcome::DONE);
        assert_eq!(outcome(&[warning], true), Outcome(Kind::Finding));
        assert_eq!(outcome(&[], true), Outcome::DONE);
    }
}
