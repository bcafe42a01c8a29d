// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Builds that take more than they are given.

use std::time::{Duration, Instant};

use ashlar_sandbox::{End, Limits};

use crate::harness::{Place, Test};

pub(crate) const TESTS: &[Test] = &[
    ("limits::fork_bomb", fork_bomb),
    ("limits::taking_all_memory", taking_all_memory),
    ("limits::opening_all_files", opening_all_files),
    ("limits::never_ending", never_ending),
    ("limits::burning_the_processor", burning_the_processor),
];

fn fork_bomb(place: &Place) {
    let mut spec = place.spec(&["spawn", "400"]);
    spec.limits = Limits { processes: Some(40), ..Limits::default() };
    let (outcome, text) = place.run(&spec);
    let count: u32 = text.trim().parse().unwrap_or_else(|_| panic!("{text} {outcome:?}"));
    let most =
        match (outcome.isolation.cgroup, rustix::process::geteuid().is_root(), outcome.isolation.pid_limit) {
            (true, _, _) | (_, false, _) => 60,
            // RLIMIT_NPROC does not hold for the host's root; the pid namespace's own limit is coarse.
            (false, true, true) => 345,
            (false, true, false) => {
                println!("the limit of processes was not tested: root, no cgroup, Linux older than 6.14");
                400
            }
        };
    assert!((1..=most).contains(&count), "{count} were started");
    assert_eq!(outcome.survivors, count);
}

fn taking_all_memory(place: &Place) {
    let mut spec = place.spec(&["allocate", "512"]);
    spec.limits = Limits { memory_bytes: Some(128 << 20), ..Limits::default() };
    let (outcome, text) = place.run(&spec);
    assert!(matches!(outcome.end, End::Exited(1) | End::Signalled(_)), "{outcome:?} {text}");
    assert!(outcome.usage.max_rss_bytes < 200 << 20, "{outcome:?}");
    spec.limits = Limits { memory_bytes: Some(1 << 30), ..Limits::default() };
    assert!(place.run(&spec).0.success());
}

fn opening_all_files(place: &Place) {
    let mut spec = place.spec(&["open", "100"]);
    assert!(place.run(&spec).0.success());
    spec.limits = Limits { open_files: Some(50), ..Limits::default() };
    assert_eq!(place.run(&spec).0.end, End::Exited(1));
}

fn never_ending(place: &Place) {
    let mut spec = place.spec(&["sleep", "60"]);
    spec.limits = Limits { wall_milliseconds: Some(300), ..Limits::default() };
    let start = Instant::now();
    let (outcome, _) = place.run(&spec);
    assert_eq!(outcome.end, End::TimedOut);
    assert!(!outcome.success());
    let took = start.elapsed();
    assert!((Duration::from_millis(300)..Duration::from_secs(20)).contains(&took), "{took:?}");
}

fn burning_the_processor(place: &Place) {
    let mut spec = place.spec(&["spin", "60"]);
    spec.limits = Limits { cpu_seconds: Some(1), wall_milliseconds: Some(50_000), ..Limits::default() };
    let (outcome, _) = place.run(&spec);
    assert!(matches!(outcome.end, End::Signalled(9 | 24)), "{outcome:?}");
    let used = outcome.usage.user + outcome.usage.system;
    assert!((Duration::from_millis(500)..Duration::from_secs(10)).contains(&used), "{used:?}");
}
