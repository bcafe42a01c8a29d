// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What PID 1 can fail at. `Display` names the operation (fits after "failed to"), the sources say why.
//!
//! The status line shows both, as `operation` and `error` (status.rs).

pub(crate) use ashlar_kernel_state::Malformed;
use ashlar_kernel_state::StateError;
use std::io;

/// A failed operation of PID 1.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InitError {
    #[error("read {path}")]
    Read { path: String, source: io::Error },
    #[error("write {path}")]
    Write { path: String, source: io::Error },
    #[error("open {path}")]
    Open { path: String, source: io::Error },
    #[error("create the directory {path}")]
    CreateDirectory { path: String, source: io::Error },
    #[error("mount {kind} on {target}")]
    Mount { kind: String, target: String, source: io::Error },
    #[error("unmount {target}")]
    Unmount { target: String, source: io::Error },
    #[error("move the mount {from} to {to}")]
    MoveMount { from: String, to: String, source: io::Error },
    #[error("enter {path} as the root")]
    EnterRoot { path: String, source: io::Error },
    #[error("run {path}")]
    Run { path: String, source: io::Error },
    #[error("understand {path}")]
    Understand { path: String, source: Malformed },
    #[error("attach {file} to a loop device ({step})")]
    AttachLoop { file: String, step: &'static str, source: io::Error },
    #[error("{step} of {device} (device-mapper)")]
    DeviceMapper { device: String, step: &'static str, source: io::Error },
    #[error("understand device-mapper's answer ({step} of {device})")]
    DeviceMapperAnswer { device: String, step: &'static str, source: Malformed },
    #[error("confirm the root hash of {device} with device-mapper")]
    RootHash { device: String, source: Malformed },
    #[error("find the partition {partuuid}")]
    FindPartition { partuuid: String, source: Malformed },
    #[error("read the verified {what} at byte {offset}")]
    ReadVerified { what: String, offset: u64, source: io::Error },
    #[error("read the verified {what}")]
    ReadVerifiedSummary { what: String, source: Malformed },
    #[error("confirm that / is the verified device")]
    RootDevice { source: Malformed },
    #[error("look for an extension on {disk}")]
    ReadDisk { disk: String, source: io::Error },
    #[error("understand the extension's descriptor on {disk}")]
    Descriptor { disk: String, source: Malformed },
    #[error("use the extension {name} on {disk}")]
    UseExtension { name: String, disk: String, source: Malformed },
    #[error("confirm the extension {name}")]
    ConfirmExtension { name: String, source: Malformed },
    #[error("load the module {path}")]
    LoadModule { path: String, source: io::Error },
    #[error(transparent)]
    State(#[from] StateError),
    #[error("learn {what}")]
    Learn { what: &'static str, source: io::Error },
    #[error("apply {location}: {key}")]
    Sysctl { location: String, key: String, source: io::Error },
    #[error("run the service {name}")]
    RunService { name: String, source: Malformed },
    #[error("stop the service {name}")]
    StopService { name: String, source: Malformed },
    #[error("connect to {path}")]
    Connect { path: String, source: io::Error },
    #[error("bring up the network interface {name}")]
    Interface { name: &'static str, source: io::Error },
    #[error("set the host name {name:?}")]
    HostName { name: String, source: io::Error },
    #[error("wait for signals")]
    Signals { source: io::Error },
    #[error("wait for signals and services")]
    Wait { source: io::Error },
    #[error("wait for a child")]
    Reap { source: io::Error },
    #[error("stop the remaining processes")]
    Stop { source: io::Error },
    #[error("{action}")]
    Power { action: &'static str, source: io::Error },
    #[error("keep running (panic)")]
    Panic { source: Malformed },
}

impl InitError {
    /// The operation and all causes, where it is itself the cause of another failure.
    pub(crate) fn in_one_line(&self) -> String {
        let mut line = format!("failed to {self}");
        let mut next = std::error::Error::source(self);
        while let Some(cause) = next {
            line = format!("{line}: {cause}");
            next = cause.source();
        }
        line
    }
}
