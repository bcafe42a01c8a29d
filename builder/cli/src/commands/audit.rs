// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar audit`: verifies a release, makes it again from this checkout, and compares every byte.
//!
//! The rebuild is a process of its own (`ashlar reassemble`) with an empty store, as any user would run it; the verdict is passed by a crate
//! that links nothing of what builds. With `--quorum` the word of other rebuilders stands in for the rebuild.
//!
//! The folder is read several times, and whoever can write to it could show each reader something else. So everything is held to the one
//! manifest that `verify` judged, by digest; what the rebuild reads is not, because its result is. What it made lies in a folder that is
//! closed to others, and is held to the digests that it told.

mod quorum;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ashlar_attestation::envelope;
use ashlar_digest::{Sha256, TreeDigest};
use ashlar_release_audit::{
    AuditReport, Outcome as Verified, Rebuild, Report, Verdict, compare, rebuild_statement, verify,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::verify::{kind, require_folder, show};
use crate::arguments::{AuditArguments, Global};
use crate::failure::{Failure, Kind, Outcome, chain};
use crate::release::{Published, Stated, publisher_key, trust};
use crate::session::project_root;
use crate::terminal::Terminal;

/// What `ashlar reassemble` says; digests as texts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rebuilt {
    stated: Stated,
    agent_sha256: Option<String>,
    epoch: u64,
    /// Every file that it made.
    made: BTreeMap<String, String>,
}

impl Rebuilt {
    fn made(&self) -> Result<BTreeMap<String, Sha256>, Failure> {
        let wrong = |path: &str| Failure::surroundings(format!("read the digest of the rebuilt {path}"));
        let parsed = self.made.iter().map(|(path, digest)| {
            let digest = digest.parse().map_err(|_| wrong(path))?;
            Ok((path.clone(), digest))
        });
        parsed.collect()
    }
}

pub(crate) fn run(global: &Global, terminal: &Terminal, asked: &AuditArguments) -> Result<Outcome, Failure> {
    let trust = trust(&asked.trust)?;
    let rebuilder = asked.rebuilder_key.as_deref().map(publisher_key).transpose()?;
    require_folder(&asked.directory)?;
    let verified = verify(&asked.directory, &trust);
    if !terminal.json() {
        show(terminal, &verified)?;
    }
    if let Some(needed) = asked.quorum {
        return quorum::by_quorum(global, terminal, asked, &verified, needed);
    }
    let published = Published::open(&asked.directory)?.judged(&verified)?;
    let place = Place::make(asked.folder.as_deref())?;
    let rebuilt = reassemble(global, asked, &place)?;
    let head = published.manifest.head();
    let mut differences = rebuilt.stated.differences(&published.manifest);
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
    let rebuild = Rebuild { folder: &place.rebuilt(), made: &rebuilt.made()? };
    let report = compare(&asked.directory, &verified, &rebuild);
    let identical = report.reproduced && differences.is_empty();
    if let (Some(file), Some(key)) = (&asked.statement, &rebuilder)
        && identical
        && verified.outcome != Verified::Findings
    {
        let failed =
            |cause: &dyn std::error::Error| Failure::surroundings(format!("state it: {}", chain(cause)));
        let name = ashlar_attestation::StatementSigner::key_id(key).to_string();
        let checkout = rebuilt
            .stated
            .checkout
            .parse()
            .map_err(|_| Failure::surroundings("read the checkout's digest"))?;
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
        show_differences(terminal, differences)?;
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

fn show_differences(terminal: &Terminal, differences: &[String]) -> Result<(), Failure> {
    differences.iter().try_for_each(|difference| terminal.result(&format!("finding: {difference}")))
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
        // Not one that another run left behind: the rebuild begins with an empty store. And for this user alone: what is rebuilt lies
        // there until it is compared, and the folder around it may be everybody's.
        fs::DirBuilder::new().mode(0o700).create(&path).map_err(wrong(&path))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt as _;

    #[test]
    fn nobody_else_reaches_what_was_rebuilt() {
        let parent = tempfile::tempdir().unwrap();
        let place = Place::make(Some(parent.path())).unwrap();
        assert!(place.rebuilt().is_dir());
        assert_eq!(fs::metadata(&place.path).unwrap().mode() & 0o7777, 0o700);
        assert_eq!(place.rebuilt().parent(), Some(place.path.as_path()));
    }
}
