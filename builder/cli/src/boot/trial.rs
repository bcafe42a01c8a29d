// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A machine that tries modules: the kernel of an image, os/module-trial as PID 1, and a disk full of files.
//!
//! It shows what the kernel itself refuses, without an image around it.
//!
//! ```text
//! <scratch>/trial/machine/vmlinuz, initramfs.cpio   as a direct boot wants them
//! <scratch>/trial/sandbox                           the sandbox's own
//! ```
//! Both are removed at the end, whatever it is.

mod lines;

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use ashlar_sandbox::{Cancel, remove_scratch};
use serde::Serialize;

use super::disk::Disk;
use super::error::BootError;
use super::firmware::Firmware;
use super::judge::judge_end;
use super::plan::{Machine, QEMU};
use super::watch::Watch;
use lines::TrialTranscript;
pub(crate) use lines::{Trial, TrialState};

/// What to try, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TrialRequest<'a> {
    /// Checkout of the sysroot that holds QEMU.
    pub(crate) tools: &'a Path,
    /// The kernel, as its build made it.
    pub(crate) kernel: &'a Path,
    /// An initramfs with os/module-trial as `/init`.
    pub(crate) initramfs: &'a Path,
    /// An erofs with the files to try; it becomes the machine's first disk.
    pub(crate) disk: &'a Path,
    /// The kernel's command line; the console must be the serial port.
    pub(crate) command_line: &'a str,
    /// The machine's memory in MiB.
    pub(crate) memory_mib: u64,
    /// The machine's processors.
    pub(crate) cpus: u32,
    /// After which the machine is ended.
    pub(crate) timeout: Duration,
    /// A private folder.
    pub(crate) scratch: &'a Path,
    /// The program that becomes the sandbox (it calls [`ashlar_sandbox::dispatch`]).
    pub(crate) helper: &'a Path,
    /// Ends the machine from another thread.
    pub(crate) cancel: &'a Cancel,
    /// The file that keeps the whole console, byte by byte.
    pub(crate) console: &'a Path,
}

/// How a trial went.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct TrialReport {
    /// What the kernel enforces and trusts.
    pub(crate) state: Option<TrialState>,
    /// What came of each file, in byte order of the paths.
    pub(crate) trials: Vec<Trial>,
    /// Why the answers may not be complete or true; empty for a trial that can be believed.
    pub(crate) findings: Vec<String>,
    /// From the start of QEMU to its end.
    pub(crate) seconds: f64,
}

/// Runs the machine, and gives each line of its console to `on_line` while it runs.
///
/// # Errors
/// When the machine could not be started or watched, or was cancelled. All else is a finding.
pub(crate) fn try_modules(
    request: &TrialRequest<'_>,
    on_line: &dyn Fn(&str),
) -> Result<TrialReport, BootError> {
    let folder = request.scratch.join("trial");
    let remove = || remove_scratch(&folder).map_err(|source| BootError::Sandbox { source });
    remove()?;
    let report = try_in(request, &folder, on_line);
    // The first failure is the one to tell.
    report.and_then(|report| remove().map(|()| report)).inspect_err(|_| drop(remove()))
}

fn try_in(
    request: &TrialRequest<'_>,
    folder: &Path,
    on_line: &dyn Fn(&str),
) -> Result<TrialReport, BootError> {
    let qemu = request.tools.join(QEMU);
    let parts = [(qemu.as_path(), "test tools"), (request.kernel, "machine")];
    let parts = parts.into_iter().chain([(request.initramfs, "machine"), (request.disk, "machine")]);
    if let Some((path, part)) = parts.into_iter().find(|(path, _)| !path.exists()) {
        return Err(BootError::Missing { path: path.to_path_buf(), part });
    }
    let files = folder.join("machine");
    fs::create_dir_all(&files).map_err(|source| BootError::File {
        operation: "make the folder",
        path: files.clone(),
        source,
    })?;
    copy(request.kernel, &files.join("vmlinuz"))?;
    copy(request.initramfs, &files.join("initramfs.cpio"))?;
    let machine = Machine {
        tools: request.tools,
        files: &files,
        name: "trial",
        command_line: request.command_line,
        firmware: Firmware::Direct,
        variables: Path::new(""),
        memory_mib: request.memory_mib,
        cpus: request.cpus,
        timeout: request.timeout,
        extensions: &[],
        disks: &[Disk { name: "trial".to_owned(), path: request.disk.to_path_buf() }],
        scratch: &folder.join("sandbox"),
    };
    let watch = Watch { helper: request.helper, cancel: request.cancel, console: request.console };
    let mut transcript = TrialTranscript::default();
    let outcome = watch.run(&machine.sandbox(), &mut |line| {
        on_line(&line.text);
        transcript.add(&line);
    })?;
    let (state, trials, told) = transcript.finish();
    let mut findings = Vec::new();
    judge_end(&outcome, request.timeout, &mut findings);
    findings.extend(told);
    Ok(TrialReport { state, trials, findings, seconds: outcome.usage.wall.as_secs_f64() })
}

/// Not fs::copy, which would keep the store's read-only mode.
fn copy(from: &Path, to: &Path) -> Result<(), BootError> {
    let failed = |operation, path: &Path| {
        let path = path.to_path_buf();
        move |source| BootError::File { operation, path, source }
    };
    let mut source = File::open(from).map_err(failed("open", from))?;
    let mut copy = File::create_new(to).map_err(failed("make", to))?;
    io::copy(&mut source, &mut copy).map(drop).map_err(failed("write", to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_part_of_the_machine_is_named_before_anything_starts() {
        let place = tempfile::tempdir().unwrap();
        let cancel = Cancel::new().unwrap();
        let at = |name: &str| place.path().join(name);
        let (kernel, initramfs, disk) = (at("vmlinuz"), at("init.cpio"), at("disk.erofs"));
        let (tools, scratch, console) = (at("tools"), at("scratch"), at("console"));
        let request = TrialRequest {
            tools: &tools,
            kernel: &kernel,
            initramfs: &initramfs,
            disk: &disk,
            command_line: "console=ttyS0",
            memory_mib: 64,
            cpus: 1,
            timeout: Duration::from_secs(1),
            scratch: &scratch,
            helper: Path::new("/nonexistent"),
            cancel: &cancel,
            console: &console,
        };
        let qemu = tools.join(QEMU);
        fs::create_dir_all(qemu.parent().unwrap()).unwrap();
        for path in [&qemu, &kernel, &initramfs, &disk] {
            let error = try_modules(&request, &|_| {}).unwrap_err();
            assert!(matches!(&error, BootError::Missing { path: missing, .. } if missing == path), "{error}");
            assert!(!console.exists());
            fs::write(path, "").unwrap();
        }
        // Everything is there, so only the sandbox is left to fail; nothing of the machine stays behind.
        assert!(try_modules(&request, &|_| {}).is_err());
        assert!(!scratch.join("trial").exists());
    }
}
