// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar verify`: everything about a release that needs no rebuild.

use std::collections::BTreeMap;
use std::path::Path;

use ashlar_release_audit::{Outcome as Verified, Proof, Report, verify};
use serde_json::json;

use crate::arguments::TrustArguments;
use crate::failure::{Failure, Kind, Outcome};
use crate::release::trust;
use crate::terminal::Terminal;

pub(crate) fn run(terminal: &Terminal, directory: &Path, asked: &TrustArguments) -> Result<Outcome, Failure> {
    let trust = trust(asked)?;
    require_folder(directory)?;
    let report = verify(directory, &trust);
    if terminal.json() {
        terminal.result_json(&json!(report))?;
    } else {
        show(terminal, &report)?;
    }
    Ok(Outcome(kind(&report)))
}

fn words(proof: &Proof) -> String {
    match &proof.key {
        Some(key) => format!("{} [key {}]", proof.what, key.get(..16).unwrap_or(key)),
        None => proof.what.clone(),
    }
}

/// A path that leads to no folder is a slip on the command line, and says nothing of a release.
pub(crate) fn require_folder(directory: &Path) -> Result<(), Failure> {
    if directory.is_dir() {
        return Ok(());
    }
    Err(Failure::Usage {
        message: format!("find the release {}: there is no such folder", directory.display()),
        help: Some("give the path of a release directory".to_owned()),
    })
}

/// What the outcome comes to.
pub(crate) fn kind(report: &Report) -> Kind {
    match report.outcome {
        Verified::Proven => Kind::Done,
        Verified::OriginUnproven => Kind::Unproven,
        Verified::Findings => Kind::Finding,
    }
}

/// What was proven of each file and by which key, then what is wrong, then the conclusion. Files of one folder of which the same was
/// proven, as the many signatures are, share their lines.
pub(crate) fn show(terminal: &Terminal, report: &Report) -> Result<(), Failure> {
    let mut alike: BTreeMap<(String, Vec<String>), Vec<&str>> = BTreeMap::new();
    for (file, proofs) in &report.files {
        let group = file.split_once('/').map_or_else(|| file.clone(), |(folder, _)| format!("{folder}/"));
        alike.entry((group, proofs.iter().map(words).collect())).or_default().push(file);
    }
    for ((group, proofs), files) in &alike {
        let name = match files.as_slice() {
            [file] => (*file).to_owned(),
            files => format!("{group} ({} files)", files.len()),
        };
        for proof in proofs {
            terminal.result(&format!("{name}: {proof}"))?;
        }
    }
    for (index, finding) in report.findings.iter().enumerate() {
        terminal.result(&format!("finding: {}: {}", finding.file, finding.what))?;
        // Findings in a row that ask for the same share a line.
        let next = report.findings.get(index + 1).and_then(|next| next.help.as_ref());
        if let Some(help) = finding.help.as_ref().filter(|help| next != Some(*help)) {
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
