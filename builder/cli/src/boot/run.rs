// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One boot: prepares, runs, follows the console, judges.
//!
//! ```text
//! <scratch>/boot/sandbox        the sandbox's own
//! <scratch>/boot/variables.fd   the machine's firmware variables (UEFI only)
//! ```
//! Both are removed at the end, whatever it is.

use std::fs::{self, File};
use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;
use std::time::Duration;

use ashlar_sandbox::{Cancel, Console, Outcome, SandboxSpec, remove_scratch};
use serde::Serialize;

use super::console::Splitter;
use super::error::BootError;
use super::firmware::Firmware;
use super::judge::{Expected, Transcript, judge};
use super::plan::{Machine, QEMU};
use super::status::Status;

/// Bytes of console that are kept; a good boot writes some ten thousand.
const MOST_CONSOLE: u64 = 64 << 20;

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
    pub(crate) firmware: Firmware,
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
        Firmware::Uefi => String::new(),
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
        scratch: &folder.join("sandbox"),
    };
    let (outcome, transcript) = watch(&machine.sandbox(), request, on_line)?;
    let expected = Expected { root_hash: request.expected_root_hash, timeout: request.timeout };
    let (status, findings) = judge(&transcript, &outcome, expected);
    Ok(BootReport { status, findings, seconds: outcome.usage.wall.as_secs_f64() })
}

/// A missing file is told by its path on the host, before the sandbox would tell it by its own.
fn check_files(request: &BootRequest<'_>) -> Result<(), BootError> {
    let image = request.firmware.image_files(request.name);
    let image = image.iter().map(|name| (request.files.join(name), "image"));
    let tools = [QEMU].iter().chain(request.firmware.tool_files());
    let tools = tools.map(|name| (request.tools.join(name), "test tools"));
    match image.chain(tools).find(|(path, _)| !path.exists()) {
        Some((path, part)) => Err(BootError::Missing { path, part }),
        None => Ok(()),
    }
}

fn watch(
    spec: &SandboxSpec,
    request: &BootRequest<'_>,
    on_line: &dyn Fn(&str),
) -> Result<(Outcome, Transcript), BootError> {
    let path = request.console;
    let log = File::create(path).map_err(|source| BootError::File {
        operation: "make",
        path: path.to_path_buf(),
        source,
    })?;
    // The sandbox's log is our pipe, so that a line is seen at once and the end of the machine is the end of the pipe.
    let (reader, writer) = io::pipe().map_err(|source| BootError::Console { source })?;
    let console = Console::Log(File::from(OwnedFd::from(writer)));
    let (helper, cancel) = (request.helper, request.cancel);
    let (outcome, transcript) = thread::scope(|scope| {
        // Here and not in this thread: `on_line` must stay where the terminal is.
        let machine = scope.spawn(|| ashlar_sandbox::run(spec, helper, console, cancel));
        let transcript = follow(reader, (log, path), MOST_CONSOLE, on_line);
        (machine.join().unwrap_or_else(|panic| resume_unwind(panic)), transcript)
    });
    // Where following failed, the pipe was closed, and the sandbox only says so.
    let transcript = transcript?;
    let outcome = outcome.map_err(|source| BootError::Sandbox { source })?;
    Ok((outcome, transcript))
}

/// Reads the console to its end. Giving up closes the pipe, which ends the machine.
fn follow(
    mut reader: PipeReader,
    (mut log, path): (File, &Path),
    limit: u64,
    on_line: &dyn Fn(&str),
) -> Result<Transcript, BootError> {
    let mut transcript = Transcript::default();
    let mut splitter = Splitter::default();
    let mut part = vec![0; 64 << 10];
    let mut total = 0;
    loop {
        let count = match reader.read(&mut part) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(BootError::Console { source }),
        };
        let bytes = &part[..count];
        log.write_all(bytes).map_err(|source| BootError::File {
            operation: "write",
            path: path.to_path_buf(),
            source,
        })?;
        splitter.feed(bytes, |line| {
            on_line(&line.text);
            transcript.add(line);
        });
        total += count as u64;
        if total > limit {
            return Err(BootError::Flood { limit });
        }
    }
    if let Some(line) = splitter.finish() {
        on_line(&line.text);
        transcript.add(line);
    }
    Ok(transcript)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    fn followed(written: Vec<u8>) -> (Result<Transcript, BootError>, Vec<String>, Vec<u8>) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("console");
        let log = File::create(&path).unwrap();
        let (reader, mut writer) = io::pipe().unwrap();
        let lines = RefCell::new(Vec::new());
        let result = thread::scope(|scope| {
            // A reader that gives up is seen as an error here, as the sandbox sees it.
            scope.spawn(move || writer.write_all(&written).ok());
            follow(reader, (log, &path), 1 << 20, &|line| lines.borrow_mut().push(line.to_owned()))
        });
        (result, lines.into_inner(), fs::read(&path).unwrap())
    }

    #[test]
    fn lines_are_clean_and_the_kept_console_is_exact() {
        let console = b"\x1b[2Jone\r\ntwo".to_vec();
        let (result, lines, kept) = followed(console.clone());
        assert!(result.is_ok());
        assert_eq!(lines, ["one", "two"]);
        assert_eq!(kept, console);
    }

    #[test]
    fn a_full_disk_by_an_endless_console_is_refused() {
        let (result, _, kept) = followed(vec![b'\n'; 2 << 20]);
        assert!(matches!(result, Err(BootError::Flood { .. })), "{result:?}");
        assert!(kept.len() < 2 << 20, "{}", kept.len());
    }

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
        };
        let error = boot(&request, &|_| {}).unwrap_err();
        assert!(
            matches!(&error, BootError::Missing { path, .. } if path.ends_with("files/qemu.efi")),
            "{error}"
        );
        assert!(error.help().is_some() && !console.exists());
    }
}
