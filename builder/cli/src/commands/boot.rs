// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar boot`: builds an image, boots it in QEMU, and judges it by its status line.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ashlar_plan::ImageIdentity;
use ashlar_recipe::ImageDefinition;
use ashlar_secure_boot::{EnrolledCertificates, SecureBootCertificate, SecureBootError, enroll};
use serde_json::json;

use super::build::{Against, image_digests, judge};
use crate::arguments::{BootArguments, Global};
use crate::boot::{
    BootError, BootReport, BootRequest, Disk, EMPTY_VARIABLES, Firmware, Promise, Service, boot,
    extension_disks, flip_byte, trusted_keys,
};
use crate::expected;
use crate::failure::{Failure, Kind, Outcome};
use crate::release::{read_file, system_map};
use crate::session::{Goal, Session, helper};
use crate::terminal::Terminal;

pub(crate) fn run(global: &Global, terminal: &Terminal, asked: &BootArguments) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let image = session.image(&asked.image)?;
    let not_built =
        || Failure::Finding { message: format!("boot {}: it is not built", image.name), help: None };
    let tools = image.boot.tools.as_str();
    // A boot signs nothing, so the signing agent is neither built nor judged.
    let identity = ImageIdentity::development(session.recipes.project(), image);
    let goals = if asked.release.is_some() { Vec::new() } else { vec![Goal::Identified(image, &identity)] };
    let planned = session.plan(&goals, &[tools])?;
    let built = session.build(&planned)?;
    let last = planned.goals.last().ok_or_else(not_built)?;
    let tools = session.store.checkout(built.tree(*last, "out").ok_or_else(not_built)?)?;
    let (subject, as_expected) = match &asked.release {
        Some(directory) => (Subject::of_release(directory)?, true),
        None => {
            let found = image_digests(&session, image, &planned, &built)?;
            let agent = session.signing_agent(image).map(|agent| format!("recipe {agent}:"));
            let against = agent.as_deref().map_or(Against::All, Against::AllBut);
            let as_expected = judge(&session, image, &found, against)?;
            let tree = built.tree(planned.goals[0], "out").ok_or_else(not_built)?;
            // The host compares with what is expected; where nothing is expected yet, with what was just built.
            let stated = expected::root_hash(&session.root, image.name.as_str(), image.platform.as_str())?;
            let root_hash =
                stated.filter(|_| as_expected).or_else(|| found.get(expected::ROOT_HASH).cloned());
            let system_map = match image.kernel.vmlinux {
                Some(_) => Some(system_map(&session, image, &planned, &built)?),
                None => None,
            };
            (Subject { files: session.store.checkout(tree)?, system_map, root_hash }, as_expected)
        }
    };
    let report = boot_once(&session, image, asked, &tools, &subject)?;
    show(terminal, image, &report)?;
    Ok(Outcome(if !report.findings.is_empty() {
        Kind::Finding
    } else if as_expected {
        Kind::Done
    } else {
        Kind::Unexpected
    }))
}

/// What is booted, and what it is judged by.
struct Subject {
    /// The folder of the image's files.
    files: PathBuf,
    /// The map of its kernel, where certificates were put into that.
    system_map: Option<PathBuf>,
    /// The root hash that the machine must state.
    root_hash: Option<String>,
}

impl Subject {
    /// By what the release's own description states; whether it is the publisher's is for `ashlar verify` to say.
    fn of_release(directory: &Path) -> Result<Self, Failure> {
        let path = directory.join("boot.json");
        let wrong = |reason: String| Failure::Finding {
            message: format!("read {}: {reason}", path.display()),
            help: Some("give a release directory".to_owned()),
        };
        let text = std::fs::read_to_string(&path).map_err(|cause| wrong(cause.to_string()))?;
        let boot: serde_json::Value =
            serde_json::from_str(&text).map_err(|cause| wrong(cause.to_string()))?;
        let hash = boot.pointer("/root/root_hash").and_then(serde_json::Value::as_str);
        let hash = hash.ok_or_else(|| wrong("it states no root hash".to_owned()))?;
        Ok(Self {
            files: directory.to_owned(),
            system_map: Some(directory.join("System.map")),
            root_hash: Some(hash.to_owned()),
        })
    }
}

fn boot_once(
    session: &Session<'_>,
    image: &ImageDefinition,
    asked: &BootArguments,
    tools: &Path,
    subject: &Subject,
) -> Result<BootReport, Failure> {
    let files = subject.files.as_path();
    let scratch = session.store.scratch("boot")?;
    let console = asked.console.clone().unwrap_or_else(|| scratch.path().join("console.log"));
    let flipped = scratch.path().join("flipped");
    let mut promise = Promise::read(files).map_err(failure)?;
    promise.services = Some(image.services.iter().map(|service| service.name.to_string()).collect());
    let mut unread = None;
    if let Some(map) = &subject.system_map {
        let kernel = read_file(&files.join("vmlinuz"), "the kernel")?;
        match trusted_keys(&kernel, &read_file(map, "the map of the kernel")?) {
            Ok(keys) => promise.trusted_keys = Some(keys),
            Err(fault) => {
                unread = Some(format!("the kernel's file holds no clean list of certificates: {fault}"));
            }
        }
    }
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
        expected_root_hash: subject.root_hash.as_deref(),
        extensions: &extensions,
        disks: &[],
        promise: &promise,
    };
    let terminal = session.terminal;
    let mut report = boot(&request, &|line| terminal.note(&format!("  | {line}"))).map_err(failure)?;
    report.findings.extend(unread);
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
    let empty = read_file(&empty, "the firmware's variables")?;
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
    for line in report.status.iter().flat_map(|status| &status.services).flat_map(Service::lines) {
        terminal.result(&line)?;
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
