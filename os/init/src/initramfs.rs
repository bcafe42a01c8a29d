// SPDX-License-Identifier: Apache-2.0 OR MIT
//! As `/init` of the initramfs: verify the root, enter it, hand over to `/usr/bin/init` in it.
//!
//! It fails closed: a root that is not exactly the one that boot.json names is never entered.

use crate::boot::{self, BootSpec, Carrier};
use crate::console;
use crate::device_mapper::{DeviceMapper, ROOT, VerityDevice};
use crate::error::InitError;
use crate::handover;
use crate::machine;
use crate::mounts;
use crate::partition;
use crate::read_check;
use crate::status::{Phase, Report};
use crate::{loop_device, power, supervise};
use ashlar_kernel_state::{Failure, SecurityState};
use std::convert::Infallible;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// The program in the root that takes over.
const NEXT: &str = "/usr/bin/init";

/// Enters the root, or reports why not and waits for the end.
pub(crate) fn run() -> ! {
    let mut failures = Vec::new();
    let Err(failure) = enter(&mut failures);
    failures.push(failure);
    let end = power::after_status().unwrap_or_else(|failure| {
        failures.push(failure);
        None
    });
    // Asked now, so that the status includes what reading the root has shown.
    let verity = DeviceMapper::open().and_then(|mapper| mapper.device(ROOT)).ok();
    let (security, unknown) = SecurityState::read();
    failures.extend(unknown.into_iter().map(InitError::from));
    console::print_status(&Report {
        phase: Phase::Initramfs,
        kernel_release: machine::kernel_release(),
        verity: verity.map(|device| (device.table.root_hash, device.status)),
        security,
        extensions: Vec::new(),
        services: Vec::new(),
        os: None,
        uptime_ms: machine::uptime_ms(),
        failures: failures.iter().map(Failure::from).collect(),
    });
    match end {
        Some(end) => power::end(end),
        None => supervise::forever(),
    }
}

fn enter(failures: &mut Vec<InitError>) -> Result<Infallible, InitError> {
    mounts::mount_early()?;
    failures.extend(console::adopt().err());
    let spec = read_spec()?;
    let device = activate(&spec)?;
    if spec.full_read {
        let mut unreadable = read_check::read_all(ROOT, &device);
        if let Some(last) = unreadable.pop() {
            failures.append(&mut unreadable);
            return Err(last);
        }
    }
    mounts::enter_root(&device.path())?;
    handover::write(failures.iter().map(Failure::from).collect())?;
    let source = Command::new(NEXT).env_clear().env("PATH", "/usr/bin").exec();
    Err(InitError::Run { path: NEXT.to_owned(), source })
}

fn read_spec() -> Result<BootSpec, InitError> {
    let path = || boot::PATH.to_owned();
    let text = fs::read_to_string(boot::PATH).map_err(|source| InitError::Read { path: path(), source })?;
    BootSpec::parse(&text).map_err(|source| InitError::Understand { path: path(), source })
}

fn activate(spec: &BootSpec) -> Result<VerityDevice, InitError> {
    let number = match &spec.carrier {
        Carrier::File(path) => loop_device::attach(path)?,
        Carrier::Partition(partuuid) => partition::find(partuuid)?,
    };
    DeviceMapper::open()?.activate(ROOT, &spec.root.table(number))
}
