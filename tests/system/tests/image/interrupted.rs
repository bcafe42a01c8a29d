// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A release whose process dies, and two processes that make the same release.

use std::fs;
use std::time::Duration;

use ashlar_release_audit::certificates_from_pem;
use ashlar_system_tests::wait_until;

use crate::publication::{Publication, id};

#[test]
fn a_release_that_is_killed_after_its_ceremony_keeps_its_one_certificate() {
    let publication = Publication::get();
    let mut running = publication.release("5.0.0").start();
    wait_until("the ceremony is held", Duration::from_secs(300), || {
        assert!(!running.has_ended(), "{}", running.err());
        running.err().contains("ceremony: ")
    });
    running.kill();
    let directory = publication.directory("5.0.0");
    assert!(!directory.exists(), "it was killed too late to show anything");
    let recorded = publication.folder.join(format!(".{}.ceremony", id("5.0.0")));
    let certificate = fs::read(recorded.join("certificates.der")).unwrap();

    let ended = publication.release("5.0.0").run().succeeds();
    ended.tells(&["signed by an earlier run: its signatures are taken up"]).does_not_tell("ceremony: ");
    let pem = fs::read(directory.join("certificate.pem")).unwrap();
    assert_eq!(certificates_from_pem(&pem).unwrap(), [certificate]);
    assert!(!recorded.exists(), "the record outlives the release");
    publication.verify(&directory).run().succeeds();
}

#[test]
fn of_two_processes_that_make_one_version_exactly_one_does() {
    let publication = Publication::get();
    let both = [(); 2].map(|()| publication.release("6.0.0").start()).map(|running| running.wait());
    let (won, lost): (Vec<_>, Vec<_>) = both.iter().partition(|ended| ended.code() == Some(0));
    assert_eq!((won.len(), lost.len()), (1, 1), "{}\n{}", both[0], both[1]);
    // Whichever came second: while the first was at it, or after it was done.
    assert!(
        lost[0].err.contains("another process holds") || lost[0].err.contains("is already there"),
        "{}",
        lost[0]
    );
    publication.verify(&publication.directory("6.0.0")).run().succeeds();
}
