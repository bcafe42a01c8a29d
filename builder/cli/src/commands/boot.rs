// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar boot`: builds an image, boots it in QEMU, and judges it by its status line.

use std::path::Path;
use std::time::Duration;

use ashlar_recipe::ImageDefinition;
use ashlar_secure_boot::{EnrolledCertificates, SecureBootCertificate, SecureBootError, enroll};
use serde_json::json;

use super::build::{image_digests, judge};
use crate::arguments::{BootArguments, Global};
use crate::boot::{
    BootError, BootReport, BootRequest, Disk, EMPTY_VARIABLES, Firmware, Promise, boot, extension_disks,
    flip_byte,
};
use crate::expected;
use crate::failure::{Failure, Kind, Outcome};
use crate::session::{Goal, Session, helper};
use crate::terminal::Terminal;

pub(crate) fn run(global: &Global, terminal: &Terminal, asked: &BootArguments) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let image = session.image(&asked.image)?;
    let not_built =
        || Failure::Finding { message: format!("boot {}: it is not built", image.name), help: None };
    let tools = image.boot.tools.as_str();
    let (planned, files, hash, as_expected) = match &asked.release {
        Some(directory) => {
            let planned = session.plan(&[], &[tools])?;
            let hash = stated_root_hash(directory)?;
            (planned, Some(directory.clone()), Some(hash), true)
        }
        None => (session.plan(&[Goal::Image(image)], &[tools])?, None, None, false),
    };
    let built = session.build(&planned)?;
    let last = planned.goals.last().ok_or_else(not_built)?;
    let tools = session.store.checkout(built.tree(*last, "out").ok_or_else(not_built)?)?;
    let (files, hash, as_expected) = match files {
        Some(files) => (files, hash, as_expected),
        None => {
            let found = image_digests(&session, image, &planned, &built)?;
            let as_expected = judge(&session, image, &found, false)?;
            let tree = built.tree(planned.goals[0], "out").ok_or_else(not_built)?;
            // The host compares with what is expected; where nothing is expected yet, with what was just built.
            let stated = expected::root_hash(&session.root, image.name.as_str(), image.platform.as_str())?;
            let hash = stated.filter(|_| as_expected).or_else(|| found.get(expected::ROOT_HASH).cloned());
            (session.store.checkout(tree)?, hash, as_expected)
        }
    };
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

/// The root hash that a release's own description states; whether it is the publisher's is for `ashlar verify` to say.
fn stated_root_hash(directory: &Path) -> Result<String, Failure> {
    let path = directory.join("boot.json");
    let wrong = |reason: String| Failure::Finding {
        message: format!("read {}: {reason}", path.display()),
        help: Some("give a release directory".to_owned()),
    };
    let text = std::fs::read_to_string(&path).map_err(|cause| wrong(cause.to_string()))?;
    let boot: serde_json::Value = serde_json::from_str(&text).map_err(|cause| wrong(cause.to_string()))?;
    let hash = boot.pointer("/root/root_hash").and_then(serde_json::Value::as_str);
    hash.map(str::to_owned).ok_or_else(|| wrong("it states no root hash".to_owned()))
}

fn boot_once(
    session: &Session<'_>,
    image: &ImageDefinition,
    asked: &BootArguments,
    tools: &Path,
    files: &Path,
    expected_root_hash: Option<&str>,
) -> Result<BootReport, Failure> {
    let scratch = session.store.scratch("boot")?;
    let console = asked.console.clone().unwrap_or_else(|| scratch.path().join("console.log"));
    let flipped = scratch.path().join("flipped");
    let promise = Promise::read(files).map_err(failure)?;
    let extensions = if asked.extension.is_empty() {
        extension_disks(files).map_err(failure)?
    } else {
        asked.extension.iter().map(|path| Disk::of_file(path)).collect()
    };
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
    let variables = scratch.path().join("enrolled.fd");
    let (firmware, how) = match &asked.secure_boot {
        Some(certificate) => {
            enrol(tools, certificate, &variables)?;
            (Firmware::SecureBoot { variables: &variables }, "Secure Boot, unified kernel image")
        }
        None if asked.uefi => (Firmware::Uefi, "UEFI, unified kernel image"),
        None => (Firmware::Direct, "direct kernel boot"),
    };
    session.terminal.note(&format!("booting {} ({how})", image.name));
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
        extensions: &extensions,
        disks: &[],
        promise: &promise,
    };
    let terminal = session.terminal;
    let report = boot(&request, &|line| terminal.note(&format!("  | {line}"))).map_err(failure)?;
    scratch.remove()?;
    Ok(report)
}

/// Firmware variables of a machine that trusts one certificate, in all of its roles.
fn enrol(tools: &Path, certificate: &Path, variables: &Path) -> Result<(), Failure> {
    let wrong = |cause: SecureBootError| Failure::Usage {
        message: format!("enrol {}: {}", certificate.display(), crate::failure::chain(&cause)),
        help: None,
    };
    let pem = crate::release::read_pem(certificate, "the certificate")?;
    let certificate = SecureBootCertificate::from_pem(&pem).map_err(wrong)?;
    let empty = tools.join(EMPTY_VARIABLES);
    let empty = crate::release::read_file(&empty, "the firmware's variables")?;
    let all = EnrolledCertificates {
        platform: &certificate,
        key_exchange: &certificate,
        signatures: std::slice::from_ref(&certificate),
    };
    let filled = enroll(&empty, all).map_err(wrong)?;
    std::fs::write(variables, filled)
        .map_err(|cause| Failure::surroundings(format!("write {}: {cause}", variables.display())))
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
