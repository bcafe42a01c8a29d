// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar boot`: builds an image, boots it in QEMU, and judges it by its status line.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ashlar_recipe::ImageDefinition;
use serde_json::json;

use super::build::{image_digests, judge};
use crate::arguments::Global;
use crate::boot::{BootError, BootReport, BootRequest, Firmware, boot, flip_byte};
use crate::expected;
use crate::failure::{Failure, Kind, Outcome};
use crate::session::{Goal, Session, helper};
use crate::terminal::Terminal;

/// What was asked for on the command line.
pub(crate) struct Asked<'a> {
    pub(crate) image: &'a str,
    pub(crate) uefi: bool,
    pub(crate) flip: Option<u64>,
    pub(crate) console: Option<&'a Path>,
}

pub(crate) fn run(global: &Global, terminal: &Terminal, asked: &Asked<'_>) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let image = session.image(asked.image)?;
    let planned = session.plan(&[Goal::Image(image)], &[image.boot.tools.as_str()])?;
    let built = session.build(&planned)?;
    let found = image_digests(&session, image, &planned, &built)?;
    let as_expected = judge(&session, image, &found, false)?;
    let not_built =
        || Failure::Finding { message: format!("boot {}: it is not built", image.name), help: None };
    let files = session.store.checkout(built.tree(planned.goals[0], "out").ok_or_else(not_built)?)?;
    let tools = session.store.checkout(built.tree(planned.goals[1], "out").ok_or_else(not_built)?)?;
    // The host compares with what is expected; where nothing is expected yet, with what was just built.
    let stated = expected::root_hash(&session.root, image.name.as_str(), image.platform.as_str())?;
    let hash = stated.filter(|_| as_expected).or_else(|| found.get(expected::ROOT_HASH).cloned());
    let report = boot_once(&session, image, asked, &tools, &files, hash.as_deref())?;
    show(terminal, image, &report)?;
    Ok(Outcome(if !report.findings.is_empty() {
        Kind::Finding
    } else if as_expected {
        Kind::Done
    } else {
        Kind::Unexpected
    }))
}

fn boot_once(
    session: &Session<'_>,
    image: &ImageDefinition,
    asked: &Asked<'_>,
    tools: &Path,
    files: &Path,
    expected_root_hash: Option<&str>,
) -> Result<BootReport, Failure> {
    let scratch = session.store.scratch("boot")?;
    let console: PathBuf = asked.console.map_or_else(|| scratch.path().join("console.log"), Path::to_owned);
    let flipped = scratch.path().join("flipped");
    let files = match asked.flip {
        Some(offset) => {
            flip_byte(files, &flipped, offset).map_err(failure)?;
            session
                .terminal
                .note(&format!("byte {offset} of the root is flipped: the boot has to report it"));
            flipped.as_path()
        }
        None => files,
    };
    let firmware = if asked.uefi { Firmware::Uefi } else { Firmware::Direct };
    session.terminal.note(&format!(
        "booting {} ({})",
        image.name,
        if asked.uefi { "UEFI, unified kernel image" } else { "direct kernel boot" }
    ));
    let request = BootRequest {
        tools,
        files,
        name: image.name.as_str(),
        memory_mib: u64::from(image.boot.memory),
        cpus: image.boot.cpus,
        timeout: Duration::from_secs(u64::from(image.boot.timeout)),
        firmware,
        scratch: scratch.path(),
        helper: &helper(),
        cancel: &session.cancel,
        console: &console,
        expected_root_hash,
    };
    let terminal = session.terminal;
    let report = boot(&request, &|line| terminal.note(&format!("  | {line}"))).map_err(failure)?;
    scratch.remove()?;
    Ok(report)
}

fn show(terminal: &Terminal, image: &ImageDefinition, report: &BootReport) -> Result<(), Failure> {
    if terminal.json() {
        return terminal.result_json(&json!(report));
    }
    for finding in &report.findings {
        terminal.result(&format!("finding: {finding}"))?;
    }
    if let Some(status) = report.status.as_ref().filter(|_| report.findings.is_empty()) {
        let hash = status.root_hash.as_deref().unwrap_or("unknown");
        terminal.result(&format!(
            "{} is up after {:.1} s: root {hash}, as dm-verity states it",
            image.name, report.seconds
        ))?;
    }
    Ok(())
}

fn failure(error: BootError) -> Failure {
    let help = error.help();
    Failure::Surroundings { message: crate::failure::chain(&error), help }
}
