// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Builds that want something of the host.

use std::fs;
use std::process::Command;

use ashlar_sandbox::End;

use crate::harness::{Place, Test};

pub(crate) const TESTS: &[Test] = &[
    ("attacks::reading_a_host_file", reading_a_host_file),
    ("attacks::using_an_inherited_descriptor", using_an_inherited_descriptor),
    ("attacks::killing_an_outside_process", killing_an_outside_process),
    ("attacks::killing_the_first_process", killing_the_first_process),
    ("attacks::looking_into_the_first_process", looking_into_the_first_process),
];

fn reading_a_host_file(place: &Place) {
    let secret = place.path.join("secret");
    fs::write(&secret, "of the host").unwrap();
    let path = secret.display();
    let ways = [
        format!("{path}"),
        format!("/proc/1/root{path}"),
        format!("/proc/1/cwd{path}"),
        format!("/proc/self/root/../..{path}"),
        format!("/tmp/../..{path}"),
        format!("/dev/fd/3{path}"),
        "/etc/passwd".to_owned(),
    ];
    for way in ways {
        let (outcome, text) = place.probe(&["read", &way]);
        assert_eq!(outcome.end, End::Exited(1), "{way}: {text}");
        assert!(!text.contains("of the host"), "{way}: {text}");
    }
}

fn using_an_inherited_descriptor(place: &Place) {
    let secret = place.path.join("secret");
    fs::write(&secret, "of the host").unwrap();
    // Without CLOEXEC, as a descriptor that a shell or a build server has left open.
    let open = fs::File::open(&secret).unwrap();
    let leak = rustix::io::dup(&open).unwrap();
    assert!(!rustix::io::fcntl_getfd(&leak).unwrap().contains(rustix::io::FdFlags::CLOEXEC));
    let report = place.report(&place.spec(&["report"]));
    drop(leak);
    assert_eq!(report.descriptors.keys().copied().collect::<Vec<_>>(), [0, 1, 2], "{:?}", report.descriptors);
}

fn killing_an_outside_process(place: &Place) {
    let mut outside = Command::new("sleep").arg("60").spawn().unwrap();
    for id in [outside.id(), std::process::id()] {
        let (outcome, text) = place.probe(&["kill", &id.to_string()]);
        assert_eq!(outcome.end, End::Exited(1), "{text}");
        assert!(text.contains("No such process"), "{text}");
    }
    assert!(outside.try_wait().unwrap().is_none());
    outside.kill().unwrap();
    outside.wait().unwrap();
}

fn killing_the_first_process(place: &Place) {
    // The kernel accepts the signal and drops it: PID 1 of a namespace is out of its children's reach.
    let (outcome, text) = place.probe(&["kill", "1"]);
    assert!(matches!(outcome.end, End::Exited(_)), "{text}");
}

fn looking_into_the_first_process(place: &Place) {
    for file in ["environ", "mem", "maps", "fd/0", "exe"] {
        let (outcome, text) = place.probe(&["read", &format!("/proc/1/{file}")]);
        assert_eq!(outcome.end, End::Exited(1), "{file}: {text}");
    }
}
