// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar verify`: everything about a release that needs no rebuild.

use std::path::{Path, PathBuf};

use ashlar_release_audit::{Outcome as Verified, Report, Trust, verify};
use serde_json::json;

use crate::failure::{Failure, Kind, Outcome};
use crate::release::trusted_keys;
use crate::terminal::Terminal;

pub(crate) fn run(terminal: &Terminal, directory: &Path, trust: &[PathBuf]) -> Result<Outcome, Failure> {
    let trust = Trust { publishers: trusted_keys(trust)?, ..Trust::default() };
    let report = verify(directory, &trust);
    if terminal.json() {
        terminal.result_json(&json!(report))?;
    } else {
        show(terminal, &report)?;
    }
    Ok(Outcome(kind(&report)))
}

/// What the outcome comes to.
pub(crate) fn kind(report: &Report) -> Kind {
    match report.outcome {
        Verified::Proven => Kind::Done,
        Verified::OriginUnproven => Kind::Unproven,
        Verified::Findings => Kind::Finding,
    }
}

/// What was proven of each file and by which key, then what is wrong, then the conclusion.
pub(crate) fn show(terminal: &Terminal, report: &Report) -> Result<(), Failure> {
    for (file, proofs) in &report.files {
        for proof in proofs {
            let by = proof.key.as_ref().map(|key| format!(" [key {}]", key.get(..16).unwrap_or(key)));
            terminal.result(&format!("{file}: {}{}", proof.what, by.unwrap_or_default()))?;
        }
    }
    for finding in &report.findings {
        terminal.result(&format!("finding: {}: {}", finding.file, finding.what))?;
        if let Some(help) = &finding.help {
            terminal.result(&format!("  help: {help}"))?;
        }
    }
    let release = report.release.as_deref().unwrap_or("the folder");
    terminal.result(&match report.outcome {
        Verified::Proven => format!("{release}: proven"),
        Verified::OriginUnproven => format!(
            "{release}: consistent, origin unproven; `--trust PEM` names the publisher that must have signed it"
        ),
        Verified::Findings => format!("{release}: {} findings", report.findings.len()),
    })
}
