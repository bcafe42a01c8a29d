// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar lint`: judges what recipes install, and shows all that was found.

mod unused;

use std::collections::BTreeSet;

use ashlar_compare::escaped;
use ashlar_engine::Surroundings;
use ashlar_lint::{Finding, Report, exceptions};
use ashlar_recipe::{Rule, Severity, explanation};
use serde_json::{Map, Value, json};

use crate::arguments::{Global, LintArguments};
use crate::failure::{Failure, Kind, Outcome};
use crate::lint_reports::reports;
use crate::session::{Goal, Session};
use crate::surroundings;
use crate::terminal::Terminal;

pub(crate) fn run(global: &Global, terminal: &Terminal, asked: &LintArguments) -> Result<Outcome, Failure> {
    if let Some(rule) = &asked.explain {
        return explain(terminal, Rule::asked(rule)?);
    }
    let session = Session::open(global, terminal)?;
    let goals = goals(&session, asked)?;
    let mut planned = session.plan(&goals, &[])?;
    planned.goals = planned.graph.lints(&planned.goals);
    // Whoever only asks keeps nothing.
    let built = session.build_in(&planned, Surroundings::usual(session.jobs))?;
    let mut reports = reports(&session, &planned, &built)?;
    if asked.inputs {
        for goal in &goals {
            if let Goal::Recipe(recipe) = goal {
                reports.push(unused::report(&session, recipe)?);
            }
        }
    }
    let now = i64::try_from(surroundings::now()).unwrap_or(i64::MAX);
    let expired = session.recipes.check_dates(now);
    if terminal.json() {
        terminal.result_json(&as_json(&reports, &expired.to_json(), asked.strict))?;
    } else {
        show(terminal, &reports, asked.strict)?;
        if !expired.is_empty() {
            terminal.note(expired.render(false).trim_end());
        }
    }
    let fails = |report: &Report| failing(report, asked.strict).next().is_some();
    let outcome = if expired.is_empty() && !reports.iter().any(fails) { Kind::Done } else { Kind::Finding };
    Ok(Outcome(outcome))
}

fn explain(terminal: &Terminal, rule: Rule) -> Result<Outcome, Failure> {
    if terminal.json() {
        terminal.result_json(&super::lints::as_json(rule))?;
    } else {
        terminal.result(explanation(rule).trim_end())?;
    }
    Ok(Outcome::DONE)
}

fn goals<'s>(session: &'s Session<'_>, asked: &LintArguments) -> Result<Vec<Goal<'s>>, Failure> {
    if asked.what.is_empty() {
        return Ok(session.recipes.recipes().map(Goal::Recipe).collect());
    }
    let goals = asked.what.iter().map(|name| session.goal(name)).collect::<Result<Vec<_>, _>>()?;
    match goals.iter().find(|goal| asked.inputs && !matches!(goal, Goal::Recipe(_))) {
        Some(image) => Err(Failure::Usage {
            message: format!("build the image {} without each of its inputs", image.name()),
            help: Some("`--inputs` takes recipes".to_owned()),
        }),
        None => Ok(goals),
    }
}

/// What `report` fails for.
fn failing(report: &Report, strict: bool) -> impl Iterator<Item = &Finding> {
    report.errors().chain(report.warnings().filter(move |_| strict))
}

/// Findings are the result; what to do about them, and how many there are, is said beside it.
fn show(terminal: &Terminal, reports: &[Report], strict: bool) -> Result<(), Failure> {
    let mut rules = BTreeSet::new();
    for report in reports {
        for finding in &report.findings {
            rules.insert(finding.rule);
            terminal.result(&line(finding.rule.severity().as_str(), &report.output, finding))?;
        }
        for waived in &report.waived {
            let text = line("excepted", &report.output, &waived.finding);
            terminal.detail(&format!("{text}; because {}", waived.because));
        }
    }
    for rule in &rules {
        terminal.note(&format!("{}: {}", rule.id(), rule.next()));
    }
    if !rules.is_empty() {
        terminal.note("help: `ashlar lint --explain RULE` says why");
    }
    for report in reports {
        if let Some(text) = way_out(report, strict) {
            terminal.note(&text);
        }
    }
    terminal.note(&summary(reports));
    Ok(())
}

/// The exceptions with which `report` would not fail, and where they belong.
fn way_out(report: &Report, strict: bool) -> Option<String> {
    let exceptions = exceptions(failing(report, strict));
    let (recipe, name) = report.output.split_once(':')?;
    (!exceptions.is_empty()).then(|| {
        format!(
            "help: what has to be so goes behind [[output]] {name:?} of recipe {recipe}, each with its reason:\n\n{exceptions}"
        )
    })
}

/// Files, and what stands in them, can be named as their makers like: nothing of it acts on the terminal.
fn line(what: &str, output: &str, finding: &Finding) -> String {
    format!("{what}[{}] {output} {}", finding.rule.id(), escaped(&finding.sentence()))
}

fn summary(reports: &[Report]) -> String {
    // What is said of a recipe's inputs is no output.
    let outputs = reports.iter().filter(|report| report.output.contains(':')).count();
    let count = |severity: Severity| -> usize {
        let of = |report: &Report| {
            report.findings.iter().filter(|finding| finding.rule.severity() == severity).count()
        };
        reports.iter().map(of).sum()
    };
    let waived: usize = reports.iter().map(|report| report.waived.len()).sum();
    format!(
        "{outputs} outputs: {} errors, {} warnings, {waived} excepted",
        count(Severity::Error),
        count(Severity::Warning)
    )
}

fn as_json(reports: &[Report], expired: &Value, strict: bool) -> Value {
    let one = |report: &Report, finding: &Finding| {
        json!({
            "rule": finding.rule.id(),
            "severity": finding.rule.severity().as_str(),
            "output": report.output,
            "subject": finding.subject,
            "message": finding.message,
            "next": finding.rule.next(),
        })
    };
    let findings: Vec<Value> = reports
        .iter()
        .flat_map(|report| report.findings.iter().map(|finding| one(report, finding)))
        .collect();
    let waived: Vec<Value> = reports
        .iter()
        .flat_map(|report| report.waived.iter().map(move |waived| (report, waived)))
        .map(|(report, waived)| {
            let mut value = one(report, &waived.finding);
            value["because"] = json!(waived.because);
            value
        })
        .collect();
    let exceptions: Map<String, Value> = reports
        .iter()
        .map(|report| (report.output.clone(), exceptions(failing(report, strict))))
        .filter(|(_, text)| !text.is_empty())
        .map(|(output, text)| (output, json!(text)))
        .collect();
    json!({"findings": findings, "waived": waived, "expired": expired, "exceptions": exceptions})
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_lint::Waived;

    fn report() -> Report {
        let finding =
            |rule| Finding { rule, subject: "usr/bin/x".to_owned(), message: "it is so".to_owned() };
        Report {
            output: "x:runtime".to_owned(),
            findings: vec![finding(Rule::Relro), finding(Rule::StackProtector)],
            waived: vec![Waived { finding: finding(Rule::Stripped), because: "why".to_owned() }],
        }
    }

    #[test]
    fn findings_are_counted_by_severity_and_shown_with_output_and_rule() {
        let empty = |output: &str| Report { output: output.to_owned(), ..Report::default() };
        let reports = [report(), empty("y:runtime"), empty("y")];
        assert_eq!(summary(&reports), "2 outputs: 1 errors, 1 warnings, 1 excepted");
        assert_eq!(
            line("error", "x:runtime", &reports[0].findings[0]),
            "error[relro] x:runtime usr/bin/x: it is so"
        );
        let strange = Finding { subject: "usr/\u{1b}[2J".to_owned(), ..reports[0].findings[0].clone() };
        assert_eq!(line("error", "x:runtime", &strange), "error[relro] x:runtime usr/\\u{1b}[2J: it is so");
    }

    #[test]
    fn the_exceptions_for_all_that_fails_are_shown_with_their_place() {
        let text = way_out(&report(), false).unwrap();
        assert_eq!(
            text,
            "help: what has to be so goes behind [[output]] \"runtime\" of recipe x, each with its reason:\n\n\
             [[output.exception]]\nrule = \"relro\"\npaths = [\"usr/bin/x\"]\nbecause = \"…\"\n"
        );
        assert!(way_out(&report(), true).unwrap().contains("rule = \"stack-protector\"\n"));
        assert_eq!(way_out(&Report { output: "x:runtime".to_owned(), ..Report::default() }, true), None);
    }

    #[test]
    fn programs_get_all_of_it() {
        let value = as_json(&[report()], &json!([]), false);
        assert_eq!(value["exceptions"]["x:runtime"], exceptions(&report().findings[..1]));
        assert_eq!(value["findings"][0]["rule"], "relro");
        assert_eq!(value["findings"][1]["severity"], "warning");
        assert_eq!(value["waived"][0]["because"], "why");
        assert_eq!(value["waived"][0]["output"], "x:runtime");
    }
}
