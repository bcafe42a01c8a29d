// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where findings are written down: exceptions take theirs, and those that took nothing become findings themselves.

use std::collections::BTreeSet;

use ashlar_recipe::Rule;
use ashlar_tree::TreePath;

use crate::exception::Exception;
use crate::report::{Finding, Report, Waived};

/// The findings so far.
pub(crate) struct Book<'a> {
    exceptions: &'a [Exception],
    /// Which pattern of which exception took something.
    used: BTreeSet<(usize, usize)>,
    report: Report,
}

impl<'a> Book<'a> {
    pub(crate) fn new(output: String, exceptions: &'a [Exception]) -> Self {
        Self { exceptions, used: BTreeSet::new(), report: Report { output, ..Report::default() } }
    }

    /// Writes down that `subject` breaks `rule`.
    pub(crate) fn find(&mut self, rule: Rule, subject: &str, message: impl Into<String>) {
        let finding = Finding { rule, subject: subject.to_owned(), message: message.into() };
        let because = self.taken_by(rule, subject);
        match because {
            Some(because) => self.report.waived.push(Waived { finding, because }),
            None => self.report.findings.push(finding),
        }
    }

    /// Writes down that `subject` would break `rule`, but for what the recipe declares elsewhere.
    pub(crate) fn waive(&mut self, rule: Rule, subject: &str, message: impl Into<String>, because: &str) {
        let finding = Finding { rule, subject: subject.to_owned(), message: message.into() };
        self.report.waived.push(Waived { finding, because: because.to_owned() });
    }

    /// Why it may be so, by the first exception that takes it. All that do are needed.
    fn taken_by(&mut self, rule: Rule, subject: &str) -> Option<String> {
        let path = TreePath::parse(subject).ok()?;
        let mut because = None;
        for (index, exception) in self.exceptions.iter().enumerate().filter(|(_, other)| other.rule == rule) {
            for (number, pattern) in exception.patterns.iter().enumerate() {
                if pattern.matches(&path) {
                    self.used.insert((index, number));
                    because = because.or_else(|| Some(exception.because.clone()));
                }
            }
        }
        because
    }

    /// The report, with a finding for every pattern that took nothing.
    pub(crate) fn close(mut self) -> Report {
        for (index, exception) in self.exceptions.iter().enumerate() {
            for (number, pattern) in exception.patterns.iter().enumerate() {
                if !self.used.contains(&(index, number)) {
                    self.report.findings.push(Finding {
                        rule: Rule::ExceptionUsed,
                        subject: pattern.as_str().to_owned(),
                        message: format!("the exception from {:?} takes nothing here", exception.rule.id()),
                    });
                }
            }
        }
        self.report
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_tree::Pattern;

    fn exception(rule: Rule, patterns: &[&str]) -> Exception {
        let patterns = patterns.iter().map(|pattern| Pattern::parse(pattern).unwrap()).collect();
        Exception { rule, patterns, because: format!("because of {}", rule.id()) }
    }

    #[test]
    fn an_exception_takes_findings_of_its_rule_only() {
        let exceptions = [exception(Rule::Relro, &["usr/bin/*"])];
        let mut book = Book::new("x:runtime".into(), &exceptions);
        for (rule, subject) in [
            (Rule::Relro, "usr/bin/a"),
            (Rule::BindNow, "usr/bin/a"),
            (Rule::Relro, "usr/lib/a"),
            (Rule::RuntimeUsed, "dep:runtime"),
        ] {
            book.find(rule, subject, "it is so");
        }
        let report = book.close();
        let subjects: Vec<(Rule, &str)> =
            report.findings.iter().map(|finding| (finding.rule, finding.subject.as_str())).collect();
        assert_eq!(
            subjects,
            [(Rule::BindNow, "usr/bin/a"), (Rule::Relro, "usr/lib/a"), (Rule::RuntimeUsed, "dep:runtime")]
        );
        assert_eq!(report.waived.len(), 1);
        assert_eq!(report.waived[0].because, "because of relro");
    }

    #[test]
    fn every_pattern_that_takes_nothing_is_dead() {
        let exceptions =
            [exception(Rule::Relro, &["usr/bin/a", "usr/bin/gone"]), exception(Rule::Stripped, &["**"])];
        let mut book = Book::new("x:runtime".into(), &exceptions);
        book.find(Rule::Relro, "usr/bin/a", "it is so");
        let findings = book.close().findings;
        let dead: Vec<String> = findings.iter().map(Finding::sentence).collect();
        assert_eq!(
            dead,
            [
                "usr/bin/gone: the exception from \"relro\" takes nothing here",
                "**: the exception from \"stripped\" takes nothing here"
            ]
        );
        assert!(findings.iter().all(|finding| finding.rule == Rule::ExceptionUsed));
    }
}
