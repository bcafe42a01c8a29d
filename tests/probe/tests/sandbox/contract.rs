// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a build sees, fact by fact.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_probe::Attempt;

use crate::harness::{Place, Test};

pub(crate) const TESTS: &[Test] = &[
    ("contract::files", files),
    ("contract::mounts", mounts),
    ("contract::identity", identity),
    ("contract::capabilities", capabilities),
    ("contract::network", network),
    ("contract::processes", processes),
    ("contract::surroundings", surroundings),
    ("contract::machine", machine),
    ("contract::addresses", addresses),
    ("contract::attempts", attempts),
    ("contract::perturbations", perturbations),
];

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

fn files(place: &Place) {
    let report = place.report(&place.spec(&["report"]));
    let mut expected = set(["bin", "build", "dev", "lib", "proc", "tmp"]);
    expected.extend(
        std::fs::read_dir(&place.sysroot).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()),
    );
    assert_eq!(report.root, expected);
    let devices = [
        "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty", "urandom",
        "zero",
    ];
    assert_eq!(report.devices, set(devices));
}

fn mounts(place: &Place) {
    let report = place.report(&place.spec(&["report"]));
    let outside_proc: Vec<_> =
        report.mounts.iter().filter(|mount| !mount.point.starts_with("/proc/")).collect();
    let points: BTreeSet<String> = outside_proc.iter().map(|mount| mount.point.clone()).collect();
    let devices = ["/dev/full", "/dev/null", "/dev/random", "/dev/tty", "/dev/urandom", "/dev/zero"];
    let mut expected = set(["/", "/dev", "/dev/pts", "/dev/shm", "/proc", "/tmp"]);
    expected.extend(set(devices));
    assert_eq!(points, expected);
    let here = place.path.to_str().unwrap();
    for mount in &report.mounts {
        let writable = ["/", "/dev/pts", "/dev/shm", "/tmp"].contains(&mount.point.as_str());
        assert_eq!(mount.options.contains("ro"), !writable, "{mount:?}");
        // /tmp is the one that says where the host keeps its files; nothing can be done about it.
        let told = mount.root.contains(here) || mount.options.iter().any(|option| option.contains(here));
        assert!(!told || mount.point == "/tmp", "{mount:?}");
    }
}

fn identity(place: &Place) {
    let report = place.report(&place.spec(&["report"]));
    assert_eq!(report.identity, (0, 0));
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    assert_eq!(report.id_maps, (vec![0, uid, 1], vec![0, gid, 1]));
    // Groups of an ordinary caller cannot be dropped; all that they show is that there are some.
    assert!(report.groups.iter().all(|&group| group == 65534), "{:?}", report.groups);
    assert!(uid != 0 || report.groups.is_empty());
}

fn capabilities(place: &Place) {
    let report = place.report(&place.spec(&["report"]));
    let none = "0000000000000000";
    let mut expected: BTreeMap<String, String> = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]
        .into_iter()
        .map(|name| (name.to_owned(), none.to_owned()))
        .collect();
    expected.insert("NoNewPrivs".to_owned(), "1".to_owned());
    expected.insert("Seccomp".to_owned(), "2".to_owned());
    let status: BTreeMap<_, _> =
        report.status.into_iter().filter(|(name, _)| name != "Seccomp_filters").collect();
    assert_eq!(status, expected);
}

fn network(place: &Place) {
    let report = place.report(&place.spec(&["report"]));
    assert_eq!(report.interfaces, set(["lo"]));
    assert_eq!(report.routes, 0);
}

fn processes(place: &Place) {
    let report = place.report(&place.spec(&["report"]));
    // PID 1 and the probe; whatever else a signal could reach is a thread of PID 1.
    assert_eq!(report.processes.len(), 2, "{:?}", report.processes);
    assert!(report.reachable.len() <= 3, "{:?}", report.reachable);
}

fn surroundings(place: &Place) {
    let mut spec = place.spec(&["report"]);
    spec.environment.insert("SOURCE_DATE_EPOCH".to_owned(), "315532800".to_owned());
    let report = place.report(&spec);
    assert_eq!(report.environment, spec.environment);
    assert_eq!(report.name, ["ashlar", "6.12.0", "#1 SMP ashlar", "(none)"].map(str::to_owned));
    assert_eq!((report.umask, report.working_directory.as_str(), report.input), (0o022, "/build", 0));
    assert_eq!(report.limits, [Some(4096), Some(0), Some(8 << 20)]);
    // The clock is the host's: nothing can shift it for an unprivileged process, and outputs must not hold it.
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Realtime).tv_sec;
    assert!((now - 60..=now).contains(&report.clock), "{} {now}", report.clock);
    let kinds: Vec<_> = report
        .descriptors
        .iter()
        .map(|(number, target)| (*number, target.split(':').next().unwrap()))
        .collect();
    assert_eq!(kinds, [(0, "/dev/null"), (1, "pipe"), (2, "pipe")]);
}

fn machine(place: &Place) {
    let report = place.report(&place.spec(&["report"]));
    let told = [
        "cpuinfo",
        "version",
        "sys/kernel/osrelease",
        "sys/kernel/random/boot_id",
        "sys/user/max_user_namespaces",
    ];
    for (name, text) in &report.machine {
        assert_eq!(text.is_empty(), !told.contains(&name.as_str()), "{name}: {text}");
        let host = std::fs::read(format!("/proc/{name}")).unwrap_or_default();
        assert!(text.is_empty() || text.as_bytes() != host.as_slice(), "{name} is the host's");
    }
    assert!(report.machine["version"].starts_with("Linux version 6.12.0 (ashlar@ashlar)"));
    assert_eq!(report.machine["sys/kernel/osrelease"], "6.12.0\n");
    assert_eq!(report.machine["sys/user/max_user_namespaces"], "0\n");
}

fn addresses(place: &Place) {
    let [first, second] = [0, 1].map(|_| place.report(&place.spec(&["report"])));
    assert_eq!(first.personality, "00040000");
    assert_eq!(first.stack, second.stack);
    assert_ne!(first.stack, "0");
}

fn attempts(place: &Place) {
    let (outcome, text) = place.probe(&["attempts"]);
    assert!(outcome.success(), "{outcome:?} {text}");
    let attempts: Vec<Attempt> = serde_json::from_str(&text).unwrap();
    assert!(attempts.len() > 40);
    let wrong: Vec<_> = attempts
        .iter()
        .filter(|attempt| attempt.what.starts_with("allowed: ") != attempt.errno.is_none())
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    // As on a machine that has none, not as one that hides it.
    let vsock = attempts.iter().find(|attempt| attempt.what == "socket vsock").unwrap();
    assert_eq!(vsock.errno, Some(97));
}

/// The reproducibility tests disturb builds with exactly these.
fn perturbations(place: &Place) {
    let mut spec = place.spec(&["report"]);
    spec.hostname = "another-name".to_owned();
    spec.umask = 0o077;
    spec.working_directory = "/build/elsewhere".into();
    spec.kernel.release = "5.0.1-other".to_owned();
    spec.environment.insert("LC_ALL".to_owned(), "tr_TR.UTF-8".to_owned());
    let report = place.report(&spec);
    assert_eq!((report.name[0].as_str(), report.name[1].as_str()), ("another-name", "5.0.1-other"));
    assert_eq!((report.umask, report.working_directory.as_str()), (0o077, "/build/elsewhere"));
    assert_eq!(report.environment, spec.environment);
}
