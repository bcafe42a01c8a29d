// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Real children, run and stopped as PID 1 does it. The signals are missing, so that it looks for ends by itself.

use super::*;
use crate::services::trial::{Folder, Heard, KernelCgroup, children, service};
use crate::services::{Kind, ServiceState};
use rustix::process::{Pid, WaitId, WaitIdOptions, test_kill_process, waitid};
use std::process::{Command, Stdio};
use std::time::Instant;

const DAEMON: Kind = Kind::Daemon { socket: None };

fn supervisor<'a>(services: Vec<Service>, cgroups: &str, heard: &'a mut Heard) -> Supervisor<&'a mut Heard> {
    Supervisor { signals: None, services: Services::new(services, &Cgroups::below(cgroups), heard) }
}

fn names(services: &[Service]) -> Vec<&str> {
    services.iter().map(|service| service.name.as_str()).collect()
}

/// Settles the services and stops them, and gives the reports and what was heard.
fn run(services: Vec<Service>) -> (Vec<ServiceReport>, Heard) {
    let _children = children();
    let (folder, mut heard) = (Folder::with_cgroups(&names(&services)), Heard::default());
    let mut supervisor = supervisor(services, &folder.path(), &mut heard);
    assert_eq!(supervisor.settle(), None);
    let reports = supervisor.report();
    supervisor.services.stop();
    assert_eq!(supervisor.until(Services::is_stopped), None);
    (reports, heard)
}

fn state(report: &ServiceReport) -> (ServiceState, Option<&str>) {
    (report.state, report.error.as_deref())
}

#[test]
fn services_run_in_order_and_their_output_is_told() {
    let mut services = vec![
        service("first", Kind::Once, "say one\n"),
        service("second", DAEMON, "sleep 600"),
        service("third", Kind::Once, "say three"),
    ];
    services[1].after = vec![0];
    services[2].after = vec![1];
    services[1].report = false;
    let (reports, heard) = run(services);
    assert!(reports.iter().all(|report| report.error.is_none() && report.restarts == 0), "{reports:?}");
    let states: Vec<ServiceState> = reports.iter().map(|report| report.state).collect();
    assert_eq!(states, [ServiceState::Done, ServiceState::Ready, ServiceState::Done]);
    assert!(reports[0].output.as_ref().unwrap().contains("one\n"), "{reports:?}");
    assert_eq!(reports[1].output, None);
    assert!(reports[2].output.as_ref().unwrap().contains("three"), "{reports:?}");
    let place = |wanted: &str| heard.lines.iter().position(|line| line.starts_with(wanted)).unwrap();
    assert!(place("first: one") < place("third: three"), "{heard:?}");
    assert_eq!(heard.failures, Vec::<String>::new(), "the daemon ended by SIGTERM, as it was told");
}

#[test]
fn a_failure_is_told_with_its_exit_and_holds_up_what_comes_after() {
    let mut services = vec![
        service("broken", Kind::Once, "exit 3"),
        service("later", DAEMON, "sleep 600"),
        service("missing", Kind::Once, "exit 0"),
    ];
    services[1].after = vec![0];
    services[2].program = "/nonexistent/program".to_owned();
    let (reports, _) = run(services);
    assert_eq!(state(&reports[0]), (ServiceState::Failed, Some("it ended with exit status 3")));
    let waits = "it was not started: it comes after broken, which failed";
    assert_eq!(state(&reports[1]), (ServiceState::Waiting, Some(waits)));
    assert_eq!(reports[1].output, None);
    let missing = "failed to run /nonexistent/program: No such file or directory (os error 2)";
    assert_eq!(state(&reports[2]), (ServiceState::Failed, Some(missing)));
    let failures: Vec<String> =
        reports.iter().filter_map(ServiceReport::failure).map(|failure| failure.to_string()).collect();
    assert_eq!(failures, ["run the service broken", "run the service missing"]);
}

#[test]
fn a_daemon_that_ends_by_itself_is_started_again() {
    let _children = children();
    let (folder, mut heard) = (Folder::with_cgroups(&["d"]), Heard::default());
    let mut supervisor = supervisor(vec![service("d", DAEMON, "exit 7")], &folder.path(), &mut heard);
    supervisor.settle();
    supervisor.report();
    let start = Instant::now();
    let report = loop {
        let end = Instant::now() + Duration::from_millis(100);
        supervisor.until(|_| Instant::now() > end);
        let report = supervisor.report().remove(0);
        if report.restarts == 2 && report.state == ServiceState::Failed {
            break report;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{report:?}");
    };
    assert!(start.elapsed() >= Duration::from_secs(3), "it rests for one second, and then for two");
    assert_eq!(report.error.as_deref(), Some("it ended with exit status 7 after it was ready"));
    drop(supervisor);
    assert!(heard.failures.len() as u32 >= report.restarts, "after the status line each is told: {heard:?}");
    assert!(heard.failures[0].contains("run the service d"), "{heard:?}");
}

#[test]
fn a_daemon_is_ready_when_its_socket_answers_and_not_before() {
    let _children = children();
    let folder = Folder::with_cgroups(&["d", "t"]);
    let path = folder.join("d.sock");
    let mut services = vec![
        service("d", Kind::Daemon { socket: Some(path.clone()) }, "sleep 600"),
        service("t", Kind::Once, "exit 0"),
    ];
    services[1].after = vec![0];
    let mut heard = Heard::default();
    let mut supervisor = supervisor(services, &folder.path(), &mut heard);
    let end = Instant::now() + Duration::from_secs(1);
    supervisor.until(|_| Instant::now() > end);
    assert!(!supervisor.services.is_settled());
    // This test listens in the place of the daemon.
    let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    supervisor.settle();
    let reports = supervisor.report();
    assert_eq!((reports[0].state, reports[1].state), (ServiceState::Ready, ServiceState::Done));
    supervisor.services.stop();
    supervisor.until(Services::is_stopped);
}

#[test]
fn a_forged_status_line_of_a_service_never_begins_a_line() {
    let (reports, heard) = run(vec![service("evil", Kind::Once, "forge")]);
    assert_eq!(reports[0].state, ServiceState::Done);
    assert!(heard.lines.iter().filter(|line| line.contains("ASHLAR-STATUS {}")).count() >= 6, "{heard:?}");
    for line in &heard.lines {
        assert!(line.starts_with("evil: ") && !line.contains(char::is_control), "{line:?}");
    }
    // In the status line, JSON keeps the newlines.
    let json = serde_json::json!(reports).to_string();
    assert!(!json.contains(['\n', '\r', '\u{1b}', '\u{2028}']), "{json}");
}

#[test]
fn an_output_of_a_hundred_megabytes_without_newline_stays_bounded_in_memory() {
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
    };
    let before = resident();
    let (reports, heard) = run(vec![service("flood", Kind::Once, "flood 100")]);
    assert!(resident().saturating_sub(before) < 40 << 10, "{before} and then {} kB", resident());
    assert_eq!(reports[0].state, ServiceState::Done, "{reports:?}");
    let output = reports[0].output.as_ref().unwrap();
    assert!(output.len() == 4096 && output.ends_with("xxthe end"), "{}", output.len());
    assert!(heard.lines.iter().map(String::len).sum::<usize>() < 8192, "{}", heard.lines.len());
    assert!(heard.lines.iter().any(|line| line.ends_with("xx (cut)")));
}

#[test]
fn a_service_that_is_deaf_to_sigterm_is_killed_and_told() {
    let _children = children();
    let (folder, mut heard) = (Folder::with_cgroups(&["deaf"]), Heard::default());
    let mut services = vec![service("deaf", DAEMON, "stubborn")];
    services[0].stop = Duration::from_secs(1);
    let mut supervisor = supervisor(services, &folder.path(), &mut heard);
    supervisor.settle();
    for _ in 0..100 {
        if supervisor.report()[0].output.as_ref().unwrap().contains("deaf") {
            break;
        }
        let end = Instant::now() + Duration::from_millis(200);
        supervisor.until(|_| Instant::now() > end);
    }
    let start = Instant::now();
    supervisor.services.stop();
    supervisor.until(Services::is_stopped);
    assert!(start.elapsed() >= Duration::from_secs(1));
    let told =
        r#"{"error":"it did not end within 1 seconds and was killed","operation":"stop the service deaf"}"#;
    assert_eq!(heard.failures, [told]);
}

#[test]
fn one_that_runs_too_long_is_killed() {
    let mut services = vec![service("slow", Kind::Once, "sleep 600")];
    services[0].start = Duration::from_secs(1);
    let (reports, heard) = run(services);
    let reason = "it did not end within 1 seconds and was killed";
    assert_eq!(state(&reports[0]), (ServiceState::Failed, Some(reason)));
    assert_eq!(heard.failures, Vec::<String>::new(), "it is in the report");
}

#[test]
fn a_process_that_escapes_by_a_fork_ends_with_its_service() {
    let Some(top) = KernelCgroup::new() else { return };
    let _children = children();
    let mut heard = Heard::default();
    assert!(Cgroups::below(&top.path()).prepare().is_empty());
    // Its main process ends well, and leaves one behind that is deaf to SIGTERM and keeps the pipe open.
    let services = vec![service("a", Kind::Once, "parent stubborn")];
    let mut supervisor = supervisor(services, &top.path(), &mut heard);
    let procs = format!("{}/services/a/cgroup.procs", top.path());
    let two = |_: &Services<&mut Heard>| {
        std::fs::read_to_string(&procs).is_ok_and(|text| text.lines().count() == 2)
    };
    supervisor.until(two);
    let text = std::fs::read_to_string(&procs).unwrap();
    supervisor.settle();
    assert_eq!(supervisor.report()[0].state, ServiceState::Done);
    assert_eq!(std::fs::read_to_string(&procs).unwrap(), "");
    for pid in text.lines() {
        // A zombie until whoever inherited it looks.
        let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).unwrap_or_default();
        assert!(test_kill_process(pid).is_err() || status.contains("State:\tZ"), "{status}");
    }
}

#[test]
fn an_orphan_leaves_no_zombie_and_is_taken_for_no_service() {
    let _children = children();
    let folder = Folder::with_cgroups(&["d"]);
    let mut heard = Heard::default();
    let mut supervisor = supervisor(vec![service("d", DAEMON, "sleep 600")], &folder.path(), &mut heard);
    supervisor.settle();
    // The test program itself, so that the test needs no other one.
    let program = std::env::current_exe().unwrap();
    let mut child = Command::new(program).arg("--list").stdout(Stdio::null()).spawn().unwrap();
    let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(Pid::from_child(&child)), ended).unwrap();

    let start = Instant::now();
    reap(&mut supervisor.services);
    assert!(start.elapsed() < Duration::from_secs(1), "reaping must not wait");
    assert_eq!(child.wait().unwrap_err().raw_os_error(), Some(libc::ECHILD));
    assert_eq!(supervisor.report()[0].state, ServiceState::Ready);
    supervisor.services.stop();
    supervisor.until(Services::is_stopped);
}

#[test]
fn a_pending_signal_is_read_with_its_meaning_and_only_once() {
    syscall::block_signals().unwrap();
    let signals = syscall::signal_descriptor().unwrap();
    assert_eq!(pending_end(&signals), None);
    let cases = [
        (libc::SIGCHLD, None),
        (libc::SIGTERM, Some(End::PowerOff)),
        (libc::SIGINT, Some(End::Reboot)),
        (libc::SIGUSR1, Some(End::Halt)),
    ];
    for (signal, expected) in cases {
        syscall::raise(signal);
        assert_eq!(pending_end(&signals), expected, "{signal}");
        assert_eq!(pending_end(&signals), None, "{signal}");
    }
}

#[test]
fn a_signal_ends_the_wait_for_services_once_and_never_their_stop() {
    let _children = children();
    let (folder, mut heard) = (Folder::with_cgroups(&["slow"]), Heard::default());
    let mut services = vec![service("slow", Kind::Once, "sleep 600")];
    // Nobody tells this thread that a child has ended, so that only the clock makes sure of it.
    services[0].stop = Duration::from_secs(1);
    let mut supervisor = supervisor(services, &folder.path(), &mut heard);
    syscall::block_signals().unwrap();
    supervisor.signals = Some(syscall::signal_descriptor().unwrap());
    syscall::raise(libc::SIGINT);
    assert_eq!(supervisor.settle(), Some(End::Reboot));
    supervisor.services.stop();
    syscall::raise(libc::SIGTERM);
    assert_eq!(supervisor.until(Services::is_stopped), None);
}
