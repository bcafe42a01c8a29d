// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar audit`: verifies a release, makes it again from this checkout, and compares every byte.
//!
//! The rebuild is a process of its own (`ashlar reassemble`) with an empty store, as any user would run it; the verdict is passed by a crate
//! that links nothing of what builds. With `--quorum` the word of other rebuilders stands in for the rebuild.
//!
//! The folder is read several times, and whoever can write to it could show each reader something else. So everything is held to the one
//! manifest that `verify` judged, by digest; what the rebuild reads is not, because its result is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ashlar_attestation::envelope;
use ashlar_digest::TreeDigest;
use ashlar_release_audit::{
    AuditReport, Outcome as Verified, Report, Trust, Verdict, compare, quorum, rebuild_statement, verify,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::verify::{kind, require_folder, show};
use crate::arguments::{AuditArguments, Global};
use crate::failure::{Failure, Kind, Outcome, chain};
use crate::release::{Published, publisher_key, trusted_keys};
use crate::session::project_root;
use crate::terminal::Terminal;

/// What `ashlar reassemble` says; digests as texts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rebuilt {
    release: String,
    checkout: String,
    agent_sha256: Option<String>,
    epoch: u64,
    expected: BTreeMap<String, String>,
}

pub(crate) fn run(global: &Global, terminal: &Terminal, asked: &AuditArguments) -> Result<Outcome, Failure> {
    let trust = Trust { publishers: trusted_keys(&asked.trust)?, ..Trust::default() };
    let rebuilder = asked.rebuilder_key.as_deref().map(publisher_key).transpose()?;
    require_folder(&asked.directory)?;
    let verified = verify(&asked.directory, &trust);
    if !terminal.json() {
        show(terminal, &verified)?;
    }
    if let Some(needed) = asked.quorum {
        return by_quorum(terminal, asked, &verified, needed);
    }
    let published = Published::open(&asked.directory)?.judged(&verified)?;
    let place = Place::make(asked.folder.as_deref())?;
    let rebuilt = reassemble(global, asked, &place)?;
    let head = published.manifest.head();
    let mut differences = Vec::new();
    if rebuilt.release != published.manifest.release().as_str() {
        differences.push(format!(
            "this project calls the release {}: audit it from a clone of the project that it names",
            rebuilt.release
        ));
    }
    if rebuilt.checkout != head.checkout.to_string() {
        differences.push(format!(
            "the release is of the checkout {}, this one is {}: audit it from a clone of that state",
            head.checkout, rebuilt.checkout
        ));
    }
    if rebuilt.agent_sha256 != head.agent.map(|agent| agent.to_string()) {
        differences.push(
            "the signing agent's recipe gives another program than held the key: do not use the release, and tell its publisher".to_owned(),
        );
    }
    if rebuilt.epoch != head.epoch {
        differences.push(format!(
            "the image's epoch is {}, the manifest says {}: do not use the release, and tell its publisher",
            rebuilt.epoch, head.epoch
        ));
    }
    let stated: BTreeMap<String, String> =
        head.expected.iter().map(|(name, digest)| (name.clone(), digest.to_string())).collect();
    if rebuilt.expected != stated {
        differences.push(
            "the manifest states other expected digests than the checkout's ashlar.expected: audit it from a clone of its own state"
                .to_owned(),
        );
    }
    let report = compare(&asked.directory, &verified, &place.rebuilt());
    let identical = report.reproduced && differences.is_empty();
    if let (Some(file), Some(key)) = (&asked.statement, &rebuilder)
        && identical
        && verified.outcome != Verified::Findings
    {
        let failed =
            |cause: &dyn std::error::Error| Failure::surroundings(format!("state it: {}", chain(cause)));
        let name = ashlar_attestation::StatementSigner::key_id(key).to_string();
        let checkout =
            rebuilt.checkout.parse().map_err(|_| Failure::surroundings("read the checkout's digest"))?;
        let statement =
            rebuild_statement(&report, TreeDigest::new(checkout), &name).map_err(|cause| failed(&cause))?;
        let sealed = envelope::seal(&statement, &[key]).map_err(|cause| failed(&cause))?;
        let text = envelope::to_lines(&[sealed]).map_err(|cause| failed(&cause))?;
        fs::write(file, text)
            .map_err(|cause| Failure::surroundings(format!("write {}: {cause}", file.display())))?;
    }
    if identical {
        place.remove()?;
    } else {
        terminal.note(&format!("what was rebuilt is kept in {}", place.rebuilt().display()));
    }
    conclude(terminal, &verified, &report, &differences)
}

fn conclude(
    terminal: &Terminal,
    verified: &Report,
    report: &AuditReport,
    differences: &[String],
) -> Result<Outcome, Failure> {
    if terminal.json() {
        terminal.result_json(&json!({"verify": verified, "rebuild": report, "differences": differences}))?;
    } else {
        for (file, verdict) in report.artifacts.iter().filter(|(_, verdict)| **verdict != Verdict::Taken) {
            terminal.result(&format!("{file}: {}", words(verdict)))?;
        }
        let taken = report.artifacts.iter().filter(|(_, verdict)| **verdict == Verdict::Taken);
        let taken: Vec<&str> =
            taken.map(|(file, _)| file.split_once('/').map_or(file.as_str(), |(folder, _)| folder)).collect();
        let mut groups = taken.clone();
        groups.dedup();
        terminal.result(&format!(
            "taken from the release, because a key made them, they state who did, or they are inputs: {}",
            groups.join(", ")
        ))?;
        for difference in differences {
            terminal.result(&format!("finding: {difference}"))?;
        }
        terminal.result(&match differences.len() {
            0 => report.conclusion.clone(),
            more => format!("not this release: {more} findings beside the files; {}", report.conclusion),
        })?;
    }
    let reproduced = report.reproduced && differences.is_empty();
    Ok(Outcome(match (reproduced, kind(verified)) {
        (true, kind) => kind,
        (false, _) => Kind::Finding,
    }))
}

fn words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Identical { sha256 } => format!("identical ({})", sha256.get(..16).unwrap_or(sha256)),
        Verdict::Taken => "taken from the release".to_owned(),
        Verdict::OnlyInRelease => "not made by the rebuild".to_owned(),
        Verdict::OnlyInRebuild => "missing in the release".to_owned(),
        Verdict::Differs { offset, place } if place.is_empty() => format!("differs at byte {offset}"),
        Verdict::Differs { offset, place } => format!("differs at byte {offset}: {}", place.join(", ")),
        Verdict::Unchecked { why } => format!("could not be checked: {why}"),
    }
}

fn by_quorum(
    terminal: &Terminal,
    asked: &AuditArguments,
    verified: &Report,
    needed: usize,
) -> Result<Outcome, Failure> {
    let folder = asked.statements.clone().unwrap_or_default();
    let unreadable = |cause: std::io::Error| Failure::Usage {
        message: format!("read {}: {cause}", folder.display()),
        help: None,
    };
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(&folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort();
    let statements: Vec<Vec<u8>> = paths.iter().map(|path| statement_bytes(path)).collect();
    let published = Published::open(&asked.directory)?.judged(verified)?;
    let rebuilders = trusted_keys(&asked.rebuilder)?;
    let release = published.manifest.release();
    let result = quorum(&statements, needed, &rebuilders, release, published.manifest_sha256);
    if terminal.json() {
        terminal.result_json(&json!({"verify": verified, "quorum": result}))?;
    } else {
        for refused in &result.refused {
            let path = paths.get(refused.statement).map(|path| path.display().to_string());
            terminal.result(&format!("{}: does not count: {}", path.unwrap_or_default(), refused.why))?;
        }
        terminal.result(&format!(
            "{} of {} rebuilders say that a rebuild was identical",
            result.accepted.len(),
            result.needed
        ))?;
    }
    Ok(Outcome(if result.reached { kind(verified) } else { Kind::Finding }))
}

/// A statement's bytes; what is no regular file of a sensible size is an empty statement, which is refused with its name.
fn statement_bytes(path: &Path) -> Vec<u8> {
    const LIMIT: u64 = 1 << 20;
    let regular = fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.len() <= LIMIT);
    if regular { fs::read(path).unwrap_or_default() } else { Vec::new() }
}

fn reassemble(global: &Global, asked: &AuditArguments, place: &Place) -> Result<Rebuilt, Failure> {
    let project = project_root(global)?;
    let mut command = Command::new("/proc/self/exe");
    command.arg("--json").arg("--project").arg(&project);
    if asked.use_store {
        command.args(global.store.iter().flat_map(|store| [Path::new("--store"), store]));
    } else {
        command.arg("--store").arg(place.path.join("store"));
    }
    if global.offline {
        command.arg("--offline");
    }
    for folder in &global.sources {
        command.arg("--sources").arg(folder);
    }
    if let Some(jobs) = global.jobs {
        command.arg("--jobs").arg(jobs.to_string());
    }
    if let Some(mirror) = &global.mirror {
        command.arg("--mirror").arg(mirror);
    }
    command.arg("reassemble").arg(&asked.directory).arg("--into").arg(place.rebuilt());
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|cause| Failure::surroundings(format!("start the rebuild: {cause}")))?;
    if !output.status.success() {
        let message = format!("rebuild the release ({})", output.status);
        let help = Some(format!("what it made is in {}", place.path.display()));
        // What was in the way of a rebuild says nothing of the release.
        return Err(if output.status.code() == Some(3) {
            Failure::Surroundings { message, help }
        } else {
            Failure::Finding { message, help }
        });
    }
    let value: Value = serde_json::from_slice(&output.stdout)
        .map_err(|cause| Failure::surroundings(format!("read what the rebuild says: {cause}")))?;
    Rebuilt::deserialize(value)
        .map_err(|cause| Failure::surroundings(format!("read what the rebuild says: {cause}")))
}

/// The folder of a rebuild: its store, and what it made.
struct Place {
    path: PathBuf,
}

impl Place {
    fn make(asked: Option<&Path>) -> Result<Self, Failure> {
        let parent = asked.map_or_else(|| PathBuf::from("/var/tmp"), Path::to_owned);
        let wrong = |path: &Path| {
            let path = path.display().to_string();
            move |cause: std::io::Error| Failure::surroundings(format!("make {path}: {cause}"))
        };
        let parent = std::path::absolute(&parent).map_err(wrong(&parent))?;
        let path = parent.join(format!("ashlar-audit-{}", std::process::id()));
        fs::create_dir_all(&parent).map_err(wrong(&parent))?;
        // Not one that another run left behind: the rebuild begins with an empty store.
        fs::create_dir(&path).map_err(wrong(&path))?;
        let place = Self { path };
        fs::create_dir(place.rebuilt()).map_err(wrong(&place.path))?;
        Ok(place)
    }

    fn rebuilt(&self) -> PathBuf {
        self.path.join("rebuilt")
    }

    fn remove(self) -> Result<(), Failure> {
        ashlar_sandbox::remove_scratch(&self.path)?;
        Ok(())
    }
}
