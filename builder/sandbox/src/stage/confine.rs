// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Takes away from PID 1, and so from all that it starts, what a build must not have.
//!
//! PID 1 itself keeps `CAP_SYS_PTRACE` over its own children: it reads the addresses that they try to connect to, which
//! a hardened host (`kernel.yama.ptrace_scope` = 2) allows only with it. A child cannot get it: the bounding set is
//! empty and root is no exception (`SECBIT_NOROOT`).

use std::os::fd::OwnedFd;

use landlock::{
    AccessFs, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetStatus, Scope,
};
use rustix::io::Errno;
use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, CpuSet, clear_ambient_capability_set,
    remove_capability_from_bounding_set, sched_getaffinity, sched_setaffinity, set_capabilities,
    set_capabilities_secure_bits, set_no_new_privs,
};

use crate::control::Failure;
use crate::spec::{Limits, SandboxSpec};
use crate::syscall::{install_filter, set_loopback_up, switch_randomisation_off};

/// Open files of one process when nothing else is said.
const OPEN_FILES: u64 = 4096;
/// Processes and threads of one user when nothing else is said.
const PROCESSES: u64 = 16384;
const STACK_BYTES: u64 = 8 << 20;

/// What [`confine`] leaves behind.
#[derive(Debug)]
pub(super) struct Confined {
    /// Where the filter's questions arrive.
    pub(super) listener: OwnedFd,
    /// Whether Landlock is in force.
    pub(super) landlock: bool,
}

/// Confines this process for good. `cgroup` says whether memory and processes are limited as a whole already.
pub(super) fn confine(spec: &SandboxSpec, cgroup: bool) -> Result<Confined, Failure> {
    rustix::system::sethostname(spec.hostname.as_bytes()).map_err(Failure::of("set the hostname"))?;
    rustix::system::setdomainname(b"(none)").map_err(Failure::of("set the domain name"))?;
    set_loopback_up().map_err(Failure::of("set the loopback interface up"))?;
    if !spec.random_addresses {
        switch_randomisation_off().map_err(Failure::of("switch address randomisation off"))?;
    }
    if let Some(cpus) = spec.cpus {
        hold_to(cpus).map_err(Failure::of("hold to some processors"))?;
    }
    limit(&spec.limits, cgroup)?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(spec.umask));
    set_no_new_privs(true).map_err(Failure::of("set no_new_privs"))?;
    let landlock = restrict().map_err(|_| Failure::of("enter the Landlock domain")(Errno::INVAL))?;
    drop_capabilities().map_err(Failure::of("drop capabilities"))?;
    // A second lock beside the one capability: a child, which has the same user id, cannot look into this process.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(Failure::of("close /proc/1"))?;
    let listener = install_filter(&crate::filter::program()).map_err(Failure::of("install the filter"))?;
    Ok(Confined { listener, landlock })
}

/// Holds this process and its descendants to the first `cpus` of the processors that it may use.
fn hold_to(cpus: u32) -> Result<(), Errno> {
    let allowed = sched_getaffinity(None)?;
    let mut held = CpuSet::new();
    let some = (0..CpuSet::MAX_CPU)
        .filter(|cpu| allowed.is_set(*cpu))
        .take(usize::try_from(cpus).unwrap_or(usize::MAX));
    some.for_each(|cpu| held.set(cpu));
    sched_setaffinity(None, &held)
}

fn limit(limits: &Limits, cgroup: bool) -> Result<(), Failure> {
    let own = |value: Option<u64>| if cgroup { None } else { value };
    let values = [
        (Resource::Core, Some(0)),
        (Resource::Stack, Some(STACK_BYTES)),
        (Resource::Nofile, Some(limits.open_files.unwrap_or(OPEN_FILES))),
        (Resource::Cpu, limits.cpu_seconds),
        (Resource::Data, own(limits.memory_bytes)),
        (Resource::Nproc, Some(own(limits.processes.map(u64::from)).unwrap_or(PROCESSES))),
    ];
    for (resource, value) in values {
        let Some(value) = value else { continue };
        // A stricter limit of the host stays: only real root may raise one.
        let value = getrlimit(resource).maximum.map_or(value, |most| most.min(value));
        setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })
            .map_err(Failure::of("set resource limits"))?;
    }
    Ok(())
}

/// Second line: no device nodes, and no signal or abstract socket beyond the sandbox. Any Landlock domain also
/// forbids mounts. Only rare calls are handled, because each handled one costs a walk to the root.
fn restrict() -> Result<bool, landlock::RulesetError> {
    // Linux 5.13 to 5.18 would refuse every renaming between folders: rather no domain than that.
    let ruleset =
        Ruleset::default().set_compatibility(CompatLevel::SoftRequirement).handle_access(AccessFs::Refer)?;
    let ruleset = ruleset.set_compatibility(CompatLevel::BestEffort);
    let ruleset = ruleset.handle_access(AccessFs::MakeChar | AccessFs::MakeBlock)?;
    let ruleset = ruleset.scope(Scope::Signal | Scope::AbstractUnixSocket)?.create()?;
    let ruleset = match PathFd::new("/") {
        // Renaming between folders is refused in every domain unless it is allowed somewhere above.
        Ok(root) => ruleset.add_rule(PathBeneath::new(root, AccessFs::Refer))?,
        Err(_) => ruleset,
    };
    Ok(ruleset.restrict_self()?.ruleset != RulesetStatus::NotEnforced)
}

fn drop_capabilities() -> Result<(), Errno> {
    for number in 0..64 {
        match remove_capability_from_bounding_set(CapabilitySet::from_bits_retain(1 << number)) {
            Ok(()) => {}
            // The first number that this kernel does not know.
            Err(Errno::INVAL) => break,
            Err(errno) => return Err(errno),
        }
    }
    clear_ambient_capability_set()?;
    set_capabilities_secure_bits(
        CapabilitiesSecureBits::NO_ROOT
            | CapabilitiesSecureBits::NO_ROOT_LOCKED
            | CapabilitiesSecureBits::NO_SETUID_FIXUP
            | CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED
            | CapabilitiesSecureBits::KEEP_CAPS_LOCKED
            | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE
            | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE_LOCKED,
    )?;
    let kept = CapabilitySet::SYS_PTRACE;
    set_capabilities(
        None,
        CapabilitySets { effective: kept, permitted: kept, inheritable: CapabilitySet::empty() },
    )
}
