// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `lint-gate@1`: what was found in an output to the facts that bear its declared closure out, unless an error is among it.
//!
//! Input: `lint`, as [`super::lint`] gives it. The result is its `closure.json`, so that whatever ships depends on this step and
//! changes with the facts only.

use std::collections::BTreeSet;

use ashlar_lint::{Finding, Report, exceptions};
use ashlar_tree::Tree;

use super::Inputs;
use super::lint::{CLOSURE, REPORT};
use crate::EngineError;

/// So many findings are shown; `ashlar lint` shows all, and the exceptions for them.
const SHOWN: usize = 40;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let lint = inputs.tree("lint")?;
    let (_, report, _) = inputs.content(&lint, REPORT)?;
    let text = String::from_utf8(inputs.blob(report)?).map_err(|_| inputs.wrong("its report is not text"))?;
    let report = Report::parse(&text).map_err(|cause| inputs.failed(&cause))?;
    refuse(&report)?;
    let (_, closure, _) = inputs.content(&lint, CLOSURE)?;
    inputs.one_file(CLOSURE, &inputs.blob(closure)?)
}

/// Fails with every error of `report`.
fn refuse(report: &Report) -> Result<(), EngineError> {
    let errors: Vec<&Finding> = report.errors().collect();
    if errors.is_empty() {
        return Ok(());
    }
    let mut findings: Vec<String> = errors
        .iter()
        .take(SHOWN)
        .map(|finding| format!("[{}] {}", finding.rule.id(), finding.sentence()))
        .collect();
    if errors.len() > SHOWN {
        findings.push(format!("and {} more, which `ashlar lint` shows", errors.len() - SHOWN));
    }
    Err(EngineError::Lint { output: report.output.clone(), findings, help: help(&report.output, &errors) })
}

/// What to do about each rule, and the exceptions with which the output would ship.
fn help(output: &str, errors: &[&Finding]) -> String {
    let rules: BTreeSet<_> = errors.iter().map(|finding| finding.rule).collect();
    let mut help: Vec<String> = rules.iter().map(|rule| format!("{}: {}", rule.id(), rule.next())).collect();
    help.push("`ashlar lint --explain RULE` says why".to_owned());
    let (recipe, name) = output.split_once(':').unwrap_or((output, ""));
    let exceptions = exceptions(errors.iter().copied());
    if errors.len() > SHOWN {
        help.push(format!("`ashlar lint {recipe}` shows all that was found, and the exceptions for it"));
    } else if !exceptions.is_empty() {
        help.push(format!(
            "if it has to be so, put behind [[output]] {name:?} of recipe {recipe}, each with its reason:\n{}",
            exceptions.trim_end()
        ));
    }
    help.join("\n  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_recipe::Rule;

    fn report(findings: &[(Rule, &str)]) -> Report {
        let finding = |(rule, subject): &(Rule, &str)| Finding {
            rule: *rule,
            subject: (*subject).to_owned(),
            message: "it is so".to_owned(),
        };
        Report {
            output: "x:runtime".into(),
            findings: findings.iter().map(finding).collect(),
            waived: Vec::new(),
        }
    }

    #[test]
    fn warnings_pass_and_errors_say_what_to_do_and_how_to_except() {
        assert!(refuse(&report(&[(Rule::LicenseText, "usr/share/licenses/x")])).is_ok());
        let error =
            refuse(&report(&[(Rule::NoSetuid, "usr/bin/su"), (Rule::Relro, "usr/bin/x")])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "accept what x:runtime installs:\n  [no-setuid] usr/bin/su: it is so\n  [relro] usr/bin/x: it is so"
        );
        let help = error.help().unwrap();
        for line in [
            "relro: Link with -Wl,-z,relro.\n",
            "no-setuid: Take the attribute out",
            "put behind [[output]] \"runtime\" of recipe x, each with its reason:\n[[output.exception]]\nrule = \"relro\"\n\
             paths = [\"usr/bin/x\"]\n",
        ] {
            assert!(help.contains(line), "{line:?} is not in {help}");
        }
    }

    #[test]
    fn the_way_out_names_every_file_of_every_rule() {
        let error = refuse(&report(&[
            (Rule::Relro, "usr/bin/x"),
            (Rule::BindNow, "usr/bin/x"),
            (Rule::Relro, "usr/bin/y"),
        ]));
        let help = error.unwrap_err().help().unwrap();
        assert!(help.ends_with(
            "\n[[output.exception]]\nrule = \"relro\"\npaths = [\n    \"usr/bin/x\",\n    \"usr/bin/y\",\n]\nbecause = \"…\"\n\n\
             [[output.exception]]\nrule = \"bind-now\"\npaths = [\"usr/bin/x\"]\nbecause = \"…\""
        ), "{help}");
    }

    #[test]
    fn no_way_out_is_shown_where_there_is_none_and_long_lists_are_cut() {
        let error = refuse(&report(&[(Rule::ExceptionUsed, "usr/bin/x"); 50])).unwrap_err();
        assert!(!error.help().unwrap().contains("[[output.exception]]"));
        assert!(error.to_string().ends_with("\n  and 10 more, which `ashlar lint` shows"));
    }
}
