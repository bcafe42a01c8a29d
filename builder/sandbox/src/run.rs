// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The caller's side: starts stage 1, waits, and turns its report into an [`Outcome`].

use std::fs::File;
use std::io;
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::cancel::Cancel;
use crate::cgroup::Cgroup;
use crate::control::{Failure, Parcel, Report, Request, STAGE_NAME, send};
use crate::error::SandboxError;
use crate::listen::{Heard, Relay, listen};
use crate::obstacle::Obstacle;
use crate::outcome::{Outcome, Usage};
use crate::scratch::Scratch;
use crate::spec::SandboxSpec;
use crate::stage::{ENTER_NAMESPACES, MAKE_PRIVATE, WRITE_ID_MAPS};

/// Where the command reads and writes.
#[derive(Debug)]
pub enum Console {
    /// Input is empty; output and errors go, in order, to this file.
    Log(File),
    /// The caller's own standard input, output and error, with job control.
    Terminal,
}

impl Console {
    fn open(self) -> io::Result<Opened> {
        match self {
            Self::Log(log) => {
                // Not the file itself: a build that writes to /dev/stderr opens it again, and would truncate it.
                let (reader, writer) = io::pipe()?;
                let stdin = OwnedFd::from(File::open("/dev/null")?);
                let (stdout, stderr) = (OwnedFd::from(writer.try_clone()?), OwnedFd::from(writer));
                let parcel = Parcel { stdin, stdout, stderr };
                Ok(Opened { parcel, terminal: false, relay: Some(Relay { reader, log }) })
            }
            Self::Terminal => {
                let stdin = rustix::io::fcntl_dupfd_cloexec(io::stdin(), 3)?;
                let stdout = rustix::io::fcntl_dupfd_cloexec(io::stdout(), 3)?;
                let stderr = rustix::io::fcntl_dupfd_cloexec(io::stderr(), 3)?;
                let terminal = rustix::termios::isatty(&stdin);
                Ok(Opened { parcel: Parcel { stdin, stdout, stderr }, terminal, relay: None })
            }
        }
    }
}

/// A console as the sandbox is given it, and our end of it.
#[derive(Debug)]
struct Opened {
    parcel: Parcel,
    terminal: bool,
    relay: Option<Relay>,
}

/// Runs `spec` and waits for its end.
///
/// `helper` is a binary whose `main` calls [`dispatch`](crate::dispatch) first: usually `/proc/self/exe`. The sandbox
/// ends with the calling thread, so this must not be called on a thread that is given up meanwhile (the call blocks).
///
/// # Errors
/// When the sandbox could not be set up, ended without a report, or was cancelled. A command that fails, times out,
/// or tries to reach the network is an [`Outcome`].
pub fn run(
    spec: &SandboxSpec,
    helper: &Path,
    console: Console,
    cancel: &Cancel,
) -> Result<Outcome, SandboxError> {
    spec.check().map_err(|problem| SandboxError::Spec { problem })?;
    if cancel.is_cancelled() {
        return Err(SandboxError::Cancelled);
    }
    Scratch::create(&spec.scratch)?;
    let start = Instant::now();
    let Opened { parcel, terminal, relay } =
        console.open().map_err(|source| SandboxError::Channel { source })?;
    let group = Cgroup::create(&spec.limits);
    let cgroup = group.as_ref().map(|group| group.path().to_path_buf());
    let cgroup_limits = spec.limits.are_for_a_group();
    let request = Request { spec: spec.clone(), cgroup, cgroup_limits, terminal, preflight: false };
    match ask(&request, helper, parcel, relay, cancel)? {
        Report::Finished(finish) => Ok(Outcome {
            end: finish.end,
            network: finish.network,
            network_count: finish.network_count,
            survivors: finish.survivors,
            out_of_memory: group.as_ref().is_some_and(Cgroup::out_of_memory),
            usage: Usage {
                wall: start.elapsed(),
                group_peak_bytes: group
                    .filter(|_| finish.isolation.cgroup)
                    .and_then(|group| group.peak_bytes()),
                ..finish.usage
            },
            isolation: finish.isolation,
        }),
        Report::Failed(failure) => Err(explain(failure)),
        Report::Possible => Err(SandboxError::Lost { status: "it answered another question".to_owned() }),
    }
}

/// Finds out, in a few milliseconds, whether this host lets this user have a sandbox.
///
/// # Errors
/// [`SandboxError::Forbidden`] with the setting to change, or whatever else stood in the way.
pub fn preflight(helper: &Path) -> Result<(), SandboxError> {
    let spec = SandboxSpec::new(PathBuf::from("/"), PathBuf::from("/"), vec!["/".to_owned()]);
    let null = || File::options().read(true).write(true).open("/dev/null").map(OwnedFd::from);
    let parcel = || Ok(Parcel { stdin: null()?, stdout: null()?, stderr: null()? });
    let parcel = parcel().map_err(|source| SandboxError::Channel { source })?;
    let request = Request { spec, cgroup: None, cgroup_limits: false, terminal: false, preflight: true };
    match ask(&request, helper, parcel, None, &Cancel::new()?)? {
        Report::Possible => Ok(()),
        Report::Failed(failure) => Err(explain(failure)),
        Report::Finished(_) => Err(SandboxError::Lost { status: "it answered another question".to_owned() }),
    }
}

fn explain(failure: Failure) -> SandboxError {
    let source = io::Error::from_raw_os_error(failure.errno);
    let refused =
        matches!(failure.errno, libc::EPERM | libc::EACCES | libc::ENOSPC | libc::ENOSYS | libc::EINVAL);
    let namespace = [ENTER_NAMESPACES, WRITE_ID_MAPS, MAKE_PRIVATE].contains(&failure.operation.as_str());
    if refused && namespace {
        let obstacle = Obstacle::find(Path::new("/proc/sys"), failure.errno);
        return SandboxError::Forbidden { obstacle, source };
    }
    SandboxError::Setup { operation: failure.operation, path: failure.path, source }
}

/// Starts stage 1 with `request` and returns its report.
fn ask(
    request: &Request,
    helper: &Path,
    parcel: Parcel,
    relay: Option<Relay>,
    cancel: &Cancel,
) -> Result<Report, SandboxError> {
    let text = serde_json::to_vec(request).map_err(|source| SandboxError::Encode { source })?;
    let channel = |source: io::Error| SandboxError::Channel { source };
    let (ours, theirs) = UnixStream::pair().map_err(channel)?;
    let stderr = parcel.stderr.try_clone().map_err(channel)?;
    let mut command = Command::new(helper);
    command.arg0(STAGE_NAME).env_clear().current_dir("/");
    command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null()).stderr(stderr);
    let child =
        command.spawn().map_err(|source| SandboxError::Helper { path: helper.to_path_buf(), source })?;
    // It holds our copies of the sandbox's ends, which must all close for the end to be seen.
    drop(command);
    let channel_to_end = ours.try_clone().map_err(channel)?;
    let mut stage = Stage { child, channel: channel_to_end, ended: false };
    send(&ours, &text, &parcel).map_err(channel)?;
    drop(parcel);
    match listen(ours, relay, cancel)? {
        Heard::Cancelled => {
            stage.end();
            Err(SandboxError::Cancelled)
        }
        Heard::Answer(answer) => {
            let status = stage.child.wait().map_err(channel)?;
            stage.ended = true;
            serde_json::from_slice(&answer).map_err(|_| SandboxError::Lost { status: status.to_string() })
        }
    }
}

/// How long a sandbox may take to end itself before it is killed.
const PATIENCE: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };

/// Stage 1; ended when it is given up.
#[derive(Debug)]
struct Stage {
    child: Child,
    channel: UnixStream,
    ended: bool,
}

impl Stage {
    /// Ends the sandbox and waits until nothing of it is left.
    fn end(&mut self) {
        if self.ended {
            return;
        }
        self.ended = true;
        // PID 1 notices, and stage 1 ends only when the kernel has cleared the whole pid namespace. Killing stage 1
        // comes to the same in the end, but nobody could say when.
        let _closed_already = self.channel.shutdown(Shutdown::Both);
        if !self.ends_within_patience() {
            // It has not been waited for, so the id is still its own.
            let _ended_itself = self.child.kill();
        }
        let _status = self.child.wait();
    }

    fn ends_within_patience(&self) -> bool {
        let pid = Pid::from_raw(self.child.id().cast_signed());
        let Some(Ok(process)) = pid.map(|pid| pidfd_open(pid, PidfdFlags::empty())) else { return false };
        poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&PATIENCE)) == Ok(1)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.end();
    }
}
