// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a service sees of PID 1: nothing.

use super::super::cgroup::Cgroups;
use super::super::file::Kind;
use super::super::trial::{Folder, KernelCgroup, children, service};
use super::*;
use rustix::process::{WaitOptions, waitpid};
use std::fs::{self, File};
use std::io::Read as _;
use std::thread::sleep;
use std::time::Duration;

/// What a service wrote to standard output, to its end.
fn heard(mut started: Started) -> String {
    rustix::io::ioctl_fionbio(&started.stdout, false).unwrap();
    let mut text = String::new();
    started.stdout.read_to_string(&mut text).unwrap();
    waitpid(Some(started.main), WaitOptions::empty()).unwrap();
    text
}

#[test]
fn a_service_inherits_nothing_but_its_three_streams() {
    let _children = children();
    let cgroups = Folder::with_cgroups(&["a"]);
    let mut service = service("a", Kind::Once, "look");
    service.environment = [("PATH".to_owned(), "/usr/bin".to_owned())].into();
    // A descriptor that would pass exec, and signals that are blocked, as PID 1's are.
    let open = File::open("/proc/self/status").unwrap();
    rustix::io::fcntl_setfd(&open, rustix::io::FdFlags::empty()).unwrap();
    syscall::block_signals().unwrap();
    let started = start(&service, &Cgroups::below(&cgroups.path()).of("a")).unwrap();
    let text = heard(started);
    let said: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("look ")).collect();
    for expected in [
        "SigBlk:\t0000000000000000",
        // SIGPIPE, which the runtime of this very program ignores.
        "SigIgn:\t0000000000001000",
        "Umask:\t0022",
        "leader true",
        "folder /",
        r#"environment "PATH=/usr/bin\0""#,
        "input /dev/null",
    ] {
        assert!(said.contains(&expected), "{expected}: {text}");
    }
    let open: Vec<&&str> = said.iter().filter(|line| line.starts_with("open ")).collect();
    let beyond = open.iter().filter(|line| !line.contains("/dev/null") && !line.contains("pipe:"));
    // The folder that it lists is open while it does.
    assert_eq!(beyond.filter(|line| !line.contains("/fd\"")).count(), 0, "{text}");
    assert_eq!(fs::read_to_string(cgroups.join("services/a/cgroup.procs")).unwrap(), "0");
}

#[test]
fn a_program_that_cannot_be_run_is_an_error_and_leaves_no_process() {
    let _children = children();
    let cgroups = Folder::with_cgroups(&["a"]);
    let cgroup = Cgroups::below(&cgroups.path()).of("a");
    let mut service = service("a", Kind::Once, "exit 0");
    service.program = cgroups.join("none");
    let error = start(&service, &cgroup).unwrap_err();
    assert_eq!(error.to_string(), format!("run {}", service.program));
    fs::write(&service.program, "no program").unwrap();
    assert!(start(&service, &cgroup).is_err());
    fs::remove_file(cgroups.join("services/a/cgroup.procs")).unwrap();
    assert!(start(&service, &cgroup).unwrap_err().to_string().starts_with("open "));
    assert_eq!(rustix::process::wait(WaitOptions::NOHANG).unwrap_err(), rustix::io::Errno::CHILD);
}

#[test]
fn a_daemon_that_hides_behind_a_session_and_a_blocked_sigterm_is_killed_by_its_cgroup() {
    let Some(top) = KernelCgroup::new() else { return };
    let _children = children();
    let cgroups = Cgroups::below(&top.path());
    assert!(cgroups.prepare().is_empty());
    let cgroup = cgroups.of("a");
    // Its parent is gone when it is to be found.
    let mut started = start(&service("a", Kind::Once, "parent stubborn"), &cgroup).unwrap();
    waitpid(Some(started.main), WaitOptions::empty()).unwrap();
    rustix::io::ioctl_fionbio(&started.stdout, false).unwrap();
    let (mut said, mut part) = (String::new(), [0; 256]);
    while !said.contains("deaf") {
        let count = started.stdout.read(&mut part).unwrap();
        said += std::str::from_utf8(&part[..count]).unwrap();
    }
    assert!(!cgroup.is_empty().unwrap());
    assert!(cgroup.enter().is_err(), "no second life beside it");
    let procs = fs::read_to_string(format!("{}/services/a/cgroup.procs", top.path())).unwrap();
    let daemon = Pid::from_raw(procs.trim().parse().unwrap()).unwrap();
    rustix::process::kill_process(daemon, rustix::process::Signal::TERM).unwrap();
    sleep(Duration::from_millis(200));
    assert!(!cgroup.is_empty().unwrap(), "SIGTERM does nothing to it");
    cgroup.kill().unwrap();
    let gone = (0..500).any(|_| {
        sleep(Duration::from_millis(10));
        cgroup.is_empty().unwrap()
    });
    assert!(gone);
    assert!(cgroup.enter().is_ok());
}

#[test]
fn a_service_runs_in_its_own_cgroup_from_its_first_instruction() {
    let Some(top) = KernelCgroup::new() else { return };
    let _children = children();
    let cgroups = Cgroups::below(&top.path());
    assert!(cgroups.prepare().is_empty());
    let text = heard(start(&service("a", Kind::Once, "look"), &cgroups.of("a")).unwrap());
    assert!(
        text.lines().any(|line| line.starts_with("look cgroup 0::/") && line.ends_with("/services/a")),
        "{text}"
    );
}
