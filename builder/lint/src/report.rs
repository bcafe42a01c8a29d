// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What was found in one output: findings, and those that are excepted.
//!
//! ```json
//! {"findings":[{"message":"…","rule":"relro","subject":"usr/bin/x"}],"output":"x:runtime","schema":1,
//!  "waived":[{"because":"…","message":"…","rule":"stripped","subject":"usr/lib/x.o"}]}
//! ```
//!
//! Canonical JSON, one line. It is written and read here; the store keeps it as `lint.json`.

use ashlar_digest::{CanonicalError, to_canonical_json};
use ashlar_recipe::{Rule, Severity};
use serde_json::{Value, json};

/// Version of the JSON form.
const SCHEMA: u64 = 1;

/// Something that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The path, or what else the rule is about.
    pub subject: String,
    /// What is wrong with it, as a lowercase fragment.
    pub message: String,
}

impl Finding {
    /// `subject: message`, for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("{}: {}", self.subject, self.message)
    }
}

/// A finding that an exception takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waived {
    /// What would have been found.
    pub finding: Finding,
    /// Why it may be so.
    pub because: String,
}

/// All that was found in one output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The output, as `recipe:output`.
    pub output: String,
    /// What breaks rules.
    pub findings: Vec<Finding>,
    /// What would, but for an exception.
    pub waived: Vec<Waived>,
}

/// Why a text is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It is no JSON.
    #[error("read a report: it is not JSON")]
    Json {
        /// Why.
        #[source]
        cause: serde_json::Error,
    },
    /// It is of another version, or lacks something.
    #[error("read a report: {reason}")]
    Form {
        /// What is wrong.
        reason: String,
    },
}

impl Report {
    /// The findings for which the output does not ship.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.rule.severity() == Severity::Error)
    }

    /// The findings that are only shown.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.rule.severity() == Severity::Warning)
    }

    /// The JSON form, with a newline at its end.
    ///
    /// # Errors
    /// None in practice: there are no numbers but the version.
    pub fn to_json(&self) -> Result<String, CanonicalError> {
        let finding = |finding: &Finding| json!({"rule": finding.rule.id(), "subject": finding.subject, "message": finding.message});
        let findings: Vec<Value> = self.findings.iter().map(finding).collect();
        let waived: Vec<Value> = self
            .waived
            .iter()
            .map(|waived| {
                let mut value = finding(&waived.finding);
                value["because"] = json!(waived.because);
                value
            })
            .collect();
        let value = json!({"schema": SCHEMA, "output": self.output, "findings": findings, "waived": waived});
        Ok(to_canonical_json(&value)? + "\n")
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// [`ReportError`] for what is of another form, and for rules that this version does not know.
    pub fn parse(text: &str) -> Result<Self, ReportError> {
        let value: Value = serde_json::from_str(text).map_err(|cause| ReportError::Json { cause })?;
        if value.get("schema") != Some(&json!(SCHEMA)) {
            return Err(form(format!("its schema is not {SCHEMA}")));
        }
        let findings = items(&value, "findings")?.iter().map(read_finding).collect::<Result<_, _>>()?;
        let waived = items(&value, "waived")?
            .iter()
            .map(|value| Ok(Waived { finding: read_finding(value)?, because: string(value, "because")? }))
            .collect::<Result<_, ReportError>>()?;
        Ok(Self { output: string(&value, "output")?, findings, waived })
    }
}

fn form(reason: impl Into<String>) -> ReportError {
    ReportError::Form { reason: reason.into() }
}

fn items<'v>(value: &'v Value, key: &str) -> Result<&'v [Value], ReportError> {
    let items = value.get(key).and_then(Value::as_array);
    items.map(Vec::as_slice).ok_or_else(|| form(format!("it has no list {key:?}")))
}

fn string(value: &Value, key: &str) -> Result<String, ReportError> {
    let text = value.get(key).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| form(format!("something in it has no text {key:?}")))
}

fn read_finding(value: &Value) -> Result<Finding, ReportError> {
    let id = string(value, "rule")?;
    let rule = Rule::find(&id).ok_or_else(|| form(format!("there is no rule {id:?}")))?;
    Ok(Finding { rule, subject: string(value, "subject")?, message: string(value, "message")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_back_as_it_was_written() {
        let finding = |rule| Finding { rule, subject: "usr/bin/é".into(), message: "it \"is\" so".into() };
        let report = Report {
            output: "x:runtime".into(),
            findings: vec![finding(Rule::Relro), finding(Rule::LicenseText)],
            waived: vec![Waived { finding: finding(Rule::Stripped), because: "needed".into() }],
        };
        let text = report.to_json().unwrap();
        assert_eq!(Report::parse(&text).unwrap(), report);
        assert_eq!((report.errors().count(), report.warnings().count()), (1, 1));
        assert_eq!(
            Report::default().to_json().unwrap(),
            "{\"findings\":[],\"output\":\"\",\"schema\":1,\"waived\":[]}\n"
        );
    }

    #[test]
    fn what_is_no_report_is_refused() {
        let good = Report::default().to_json().unwrap();
        for (from, to) in [("\"schema\":1", "\"schema\":2"), ("\"waived\":[]", "\"waived\":0"), ("{", "")] {
            assert!(Report::parse(&good.replacen(from, to, 1)).is_err(), "{from} -> {to}");
        }
        let unknown =
            good.replace("\"findings\":[]", r#""findings":[{"rule":"x","subject":"y","message":"z"}]"#);
        assert_eq!(Report::parse(&unknown).unwrap_err().to_string(), "read a report: there is no rule \"x\"");
    }
}
