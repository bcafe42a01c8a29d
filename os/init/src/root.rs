// SPDX-License-Identifier: Apache-2.0 OR MIT
//! As `/usr/bin/init` of the verified root: set the machine up from declared data, report, supervise.
//!
//! The steps are in the order of `run`. Modules come before the declared mounts, which may need a file system or a
//! driver that is a module. Extensions come after both: they are optional, so nothing of the root may wait for one.
//! Settings come last, because modules bring settings with them, those of extensions too, and because a setting may
//! close what the steps before need (`kernel.modules_disabled`). Services are started in a machine that is complete, and
//! the status line waits until each has been tried.

use crate::console;
use crate::device_mapper::{DeviceMapper, ROOT, VerityDevice};
use crate::dm_message::DeviceNumber;
use crate::error::{InitError, Malformed};
use crate::os_release::{self, OsRelease};
use crate::status::{Phase, Report};
use crate::supervise::Supervisor;
use crate::{extension, handover, host_name, loopback, machine, modules, mounts, power, services, sysctl};
use ashlar_kernel_state::{Failure, SecurityState};
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
    failures.extend(modules::load_listed(""));
    failures.extend(mounts::mount_declared());
    let extensions = extension::use_all(&mut failures);
    failures.extend(sysctl::apply_all());
    failures.extend(loopback::bring_up().err());
    failures.extend(host_name::set());
    // A list with a fault starts nothing: half of it would be a machine that nobody described.
    let listed = keep(services::read(), &mut failures).unwrap_or_default();
    let mut supervisor = Supervisor::new(listed, &mut failures);
    if let Some(end) = supervisor.settle() {
        supervisor.forever(Some(end));
    }

    let verity = keep(verified_root(), &mut failures);
    let extensions = extension::confirm(&extensions, &mut failures);
    let (security, unknown) = SecurityState::read();
    failures.extend(unknown.into_iter().map(InitError::from));
    let os = keep(read_os_release(), &mut failures);
    let end = keep(power::after_status(), &mut failures).flatten();
    let services = supervisor.report();
    failures.extend(services.iter().filter_map(services::ServiceReport::failure));
    console::print_status(&Report {
        phase: Phase::Root,
        kernel_release: machine::kernel_release(),
        verity: verity.map(|device| (device.table.root_hash, device.status)),
        security,
        extensions,
        services,
        os,
        uptime_ms: machine::uptime_ms(),
        failures: earlier.into_iter().chain(failures.iter().map(Failure::from)).collect(),
    });
    supervisor.forever(end)
}

fn keep<T>(result: Result<T, InitError>, failures: &mut Vec<InitError>) -> Option<T> {
    result.map_err(|failure| failures.push(failure)).ok()
}

/// The verity device, after checking that it is what this program itself runs from.
fn verified_root() -> Result<VerityDevice, InitError> {
    let device = DeviceMapper::open()?.device(ROOT)?;
    let dev = fs::metadata("/").map_err(|source| InitError::Read { path: "/".to_owned(), source })?.dev();
    let found = DeviceNumber { major: rustix::fs::major(dev), minor: rustix::fs::minor(dev) };
    if found == device.number {
        return Ok(device);
    }
    let reason = format!("/ is on {found}, not on {}", device.number);
    Err(InitError::RootDevice { source: Malformed::new(reason) })
}

fn read_os_release() -> Result<OsRelease, InitError> {
    let path = || os_release::PATH.to_owned();
    let text =
        fs::read_to_string(os_release::PATH).map_err(|source| InitError::Read { path: path(), source })?;
    OsRelease::parse(&text).map_err(|source| InitError::Understand { path: path(), source })
}
