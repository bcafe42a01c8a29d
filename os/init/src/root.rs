// SPDX-License-Identifier: Apache-2.0 OR MIT
//! As `/usr/bin/init` of the verified root: set the machine up from declared data, report, supervise.
//!
//! The steps are in the order of `run`. Loading declared modules will come before the settings, because modules
//! bring settings with them; services after the status line.

use crate::console;
use crate::device_mapper::{DeviceMapper, VerityDevice};
use crate::error::{InitError, Malformed};
use crate::os_release::{self, OsRelease};
use crate::security::SecurityState;
use crate::status::{Failure, Phase, Report};
use crate::{handover, machine, mounts, power, supervise, sysctl};
use rustix::system::RebootCommand;
use std::fs;
use std::os::unix::fs::MetadataExt as _;

/// Sets up, reports, and supervises until the end.
pub(crate) fn run() -> ! {
    let (mut earlier, mut failures) = (Vec::new(), Vec::new());
    match handover::read() {
        Ok(handed_over) => earlier = handed_over,
        Err(failure) => failures.push(failure),
    }
    // From now on ctrl-alt-del is a signal to this program in place of a reset.
    if let Err(source) = rustix::system::reboot(RebootCommand::CadOff) {
        failures.push(InitError::Power { action: "take over ctrl-alt-del", source: source.into() });
    }
    failures.extend(mounts::mount_late());
    failures.extend(mounts::mount_declared());
    failures.extend(sysctl::apply_all());

    let verity = keep(verified_root(), &mut failures);
    let security = SecurityState::read(&mut failures);
    let os = keep(read_os_release(), &mut failures);
    let end = keep(power::after_status(), &mut failures).flatten();
    console::print_status(&Report {
        phase: Phase::Root,
        kernel_release: machine::kernel_release(),
        verity: verity.map(|device| (device.table.root_hash, device.status)),
        security,
        os,
        uptime_ms: machine::uptime_ms(),
        failures: earlier.into_iter().chain(failures.iter().map(Failure::from)).collect(),
    });
    match end {
        Some(end) => power::end(end),
        None => supervise::forever(),
    }
}

fn keep<T>(result: Result<T, InitError>, failures: &mut Vec<InitError>) -> Option<T> {
    result.map_err(|failure| failures.push(failure)).ok()
}

/// The verity device, after checking that it is what this program itself runs from.
fn verified_root() -> Result<VerityDevice, InitError> {
    let device = DeviceMapper::open()?.root()?;
    let dev = fs::metadata("/").map_err(|source| InitError::Read { path: "/".to_owned(), source })?.dev();
    let (major, minor) = (rustix::fs::major(dev), rustix::fs::minor(dev));
    if (major, minor) == (device.number.major, device.number.minor) {
        return Ok(device);
    }
    let reason = format!("/ is on {major}:{minor}, not on {}:{}", device.number.major, device.number.minor);
    Err(InitError::RootDevice { source: Malformed::new(reason) })
}

fn read_os_release() -> Result<OsRelease, InitError> {
    let path = || os_release::PATH.to_owned();
    let text =
        fs::read_to_string(os_release::PATH).map_err(|source| InitError::Read { path: path(), source })?;
    OsRelease::parse(&text).map_err(|source| InitError::Understand { path: path(), source })
}
