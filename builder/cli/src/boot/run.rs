// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One boot: prepares, runs, follows the console, judges.
//!
//! ```text
//! <scratch>/boot/sandbox        the sandbox's own
//! <scratch>/boot/variables.fd   the machine's firmware variables (UEFI only)
//! ```
//! Both are removed at the end, whatever it is.

use std::fs;
use std::path::Path;
use std::time::Duration;

use ashlar_sandbox::{Cancel, remove_scratch};
use serde::Serialize;

use super::disk::Disk;
use super::error::BootError;
use super::firmware::Firmware;
use super::judge::{Expected, Transcript, judge};
use super::plan::{Machine, QEMU};
use super::promise::Promise;
use super::status::Status;
use super::watch::Watch;

/// What to boot, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BootRequest<'a> {
    /// Checkout of the sysroot that holds QEMU and firmware.
    pub(crate) tools: &'a Path,
    /// Checkout of the image's files.
    pub(crate) files: &'a Path,
    /// The image's name.
    pub(crate) name: &'a str,
    /// The machine's memory in MiB.
    pub(crate) memory_mib: u64,
    /// The machine's processors.
    pub(crate) cpus: u32,
    /// After which the machine is ended.
    pub(crate) timeout: Duration,
    /// What starts the kernel.
    pub(crate) firmware: Firmware<'a>,
    /// A private folder.
    pub(crate) scratch: &'a Path,
    /// The program that becomes the sandbox (it calls [`ashlar_sandbox::dispatch`]).
    pub(crate) helper: &'a Path,
    /// Ends the machine from another thread.
    pub(crate) cancel: &'a Cancel,
    /// The file that keeps the whole console, byte by byte.
    pub(crate) console: &'a Path,
    /// The root hash that the image was built with.
    pub(crate) expected_root_hash: Option<&'a str>,
    /// Extensions to attach; each must become active.
    pub(crate) extensions: &'a [Disk],
    /// Further disks, attached behind them; nothing is expected of these.
    pub(crate) disks: &'a [Disk],
    /// What the image's files promise beside the root.
    pub(crate) promise: &'a Promise,
}

/// How a boot went.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct BootReport {
    /// What the machine says of itself, where exactly one status line could be understood.
    pub(crate) status: Option<Status>,
    /// Everything that is wrong; empty for a good image.
    pub(crate) findings: Vec<String>,
    /// From the start of QEMU to its end.
    pub(crate) seconds: f64,
}

/// Boots the image, gives each line of its console to `on_line` while it runs, and judges it.
///
/// # Errors
/// When the machine could not be started or watched, or was cancelled. All else is a finding.
pub(crate) fn boot(request: &BootRequest<'_>, on_line: &dyn Fn(&str)) -> Result<BootReport, BootError> {
    let folder = request.scratch.join("boot");
    let remove = || remove_scratch(&folder).map_err(|source| BootError::Sandbox { source });
    remove()?;
    let report = boot_in(request, &folder, on_line);
    // The first failure is the one to tell.
    report.and_then(|report| remove().map(|()| report)).inspect_err(|_| drop(remove()))
}

fn boot_in(
    request: &BootRequest<'_>,
    folder: &Path,
    on_line: &dyn Fn(&str),
) -> Result<BootReport, BootError> {
    let failed = |operation, path: &Path| {
        let path = path.to_path_buf();
        move |source| BootError::File { operation, path, source }
    };
    check_files(request)?;
    let command_line = match request.firmware {
        Firmware::Direct => {
            let path = request.files.join("cmdline");
            fs::read_to_string(&path).map_err(failed("read", &path))?
        }
        Firmware::Uefi | Firmware::SecureBoot { .. } => String::new(),
    };
    fs::create_dir_all(folder).map_err(failed("make the folder", folder))?;
    let variables = folder.join("variables.fd");
    if let Some(original) = request.firmware.variables(request.tools) {
        // Not fs::copy, which would keep the store's read-only mode.
        let bytes = fs::read(&original).map_err(failed("read", &original))?;
        fs::write(&variables, bytes).map_err(failed("write", &variables))?;
    }
    let machine = Machine {
        tools: request.tools,
        files: request.files,
        name: request.name,
        command_line: command_line.trim_end_matches('\n'),
        firmware: request.firmware,
        variables: &variables,
        memory_mib: request.memory_mib,
        cpus: request.cpus,
        timeout: request.timeout,
        extensions: request.extensions,
        disks: request.disks,
        scratch: &folder.join("sandbox"),
    };
    let watch = Watch { helper: request.helper, cancel: request.cancel, console: request.console };
    let mut transcript = Transcript::default();
    let outcome = watch.run(&machine.sandbox(), &mut |line| {
        on_line(&line.text);
        transcript.add(line);
    })?;
    let expected = Expected {
        root_hash: request.expected_root_hash,
        extensions: request.extensions,
        promise: request.promise,
        timeout: request.timeout,
    };
    let (status, findings) = judge(&transcript, &outcome, expected);
    Ok(BootReport { status, findings, seconds: outcome.usage.wall.as_secs_f64() })
}

/// A missing file is told by its path on the host, before the sandbox would tell it by its own.
fn check_files(request: &BootRequest<'_>) -> Result<(), BootError> {
    let image = request.firmware.image_files(request.name);
    let image = image.iter().map(|name| (request.files.join(name), "image"));
    let tools = [QEMU].iter().chain(request.firmware.tool_files());
    let tools = tools.map(|name| (request.tools.join(name), "test tools"));
    let extensions = request.extensions.iter().map(|disk| (disk.path.clone(), "image"));
    let disks = request.disks.iter().map(|disk| (disk.path.clone(), "machine"));
    match image.chain(tools).chain(extensions).chain(disks).find(|(path, _)| !path.exists()) {
        Some((path, part)) => Err(BootError::Missing { path, part }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn a_missing_file_is_named_before_anything_starts() {
        let place = tempfile::tempdir().unwrap();
        let cancel = Cancel::new().unwrap();
        let console = place.path().join("console");
        let request = BootRequest {
            tools: &place.path().join("tools"),
            files: &place.path().join("files"),
            name: "qemu",
            memory_mib: 64,
            cpus: 1,
            timeout: Duration::from_secs(1),
            firmware: Firmware::Uefi,
            scratch: &place.path().join("scratch"),
            helper: Path::new("/nonexistent"),
            cancel: &cancel,
            console: &console,
            expected_root_hash: None,
            extensions: &[],
            disks: &[],
            promise: &Promise::default(),
        };
        let error = boot(&request, &|_| {}).unwrap_err();
        assert!(
            matches!(&error, BootError::Missing { path, .. } if path.ends_with("files/qemu.efi")),
            "{error}"
        );
        assert!(error.help().is_some() && !console.exists());

        let files = [("files", "qemu.efi"), ("tools", QEMU)];
        let firmware = request.firmware.tool_files().iter().map(|name| ("tools", *name));
        for (folder, name) in files.into_iter().chain(firmware) {
            let path = place.path().join(folder).join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let gone = [Disk { name: "writeboost".to_owned(), path: PathBuf::from("/nonexistent.raw") }];
        let error = boot(&BootRequest { extensions: &gone, ..request }, &|_| {}).unwrap_err();
        assert!(
            matches!(&error, BootError::Missing { path, part: "image" } if *path == gone[0].path),
            "{error}"
        );
        let error = boot(&BootRequest { disks: &gone, ..request }, &|_| {}).unwrap_err();
        assert!(matches!(&error, BootError::Missing { part: "machine", .. }), "{error}");
        assert!(!console.exists());
    }
}
