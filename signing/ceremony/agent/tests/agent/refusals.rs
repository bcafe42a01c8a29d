// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whatever leaves the one way through a ceremony: a reason, no further signature, exit 1.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ashlar_module_signature::{Algorithm, ModuleDigest, ParentFrame};

use crate::process::{Process, digests, program};
use crate::variant;

/// An agent that has made a key for three modules.
fn with_key() -> Process {
    let mut process = Process::agent();
    process.begin(Algorithm::P384, 3, 20_000);
    process.certificate();
    process
}

fn frame(json: &str) -> Vec<u8> {
    [&(json.len() as u32).to_be_bytes()[..], json.as_bytes()].concat()
}

/// A `begin` in which everything is right, with the committed digests as given.
fn begin(agent: &str, committed: &str) -> String {
    format!(
        r#"{{"frame":"begin","release":"a-b-1-x86_64","algorithm":"p384","epoch":0,"agent_sha256":"{agent}",
        "committed":[{committed}],"deadline_ms":5000,"allow_swap":true}}"#
    )
}

#[test]
fn a_foreign_digest_is_refused() {
    let mut process = with_key();
    process.sign(0, digests(3)[0]);
    process.send(&ParentFrame::Sign { index: 1, digest: ModuleDigest::of(b"rootkit") });
    assert!(process.refused().ends_with("nobody has committed to it"));
}

#[test]
fn a_second_signature_of_a_digest_is_refused() {
    let mut process = with_key();
    process.sign(0, digests(3)[0]);
    process.send(&ParentFrame::Sign { index: 1, digest: digests(3)[0] });
    assert!(process.refused().ends_with(" again"));
}

#[test]
fn an_index_out_of_order_is_refused() {
    let mut process = with_key();
    process.send(&ParentFrame::Sign { index: 1, digest: digests(3)[0] });
    assert_eq!(process.refused(), "sign: number 1 came in place of 0");
}

#[test]
fn more_than_was_promised_is_refused() {
    let mut process = with_key();
    for (index, digest) in (0..).zip(digests(3)) {
        process.sign(index, digest);
    }
    process.send(&ParentFrame::Sign { index: 3, digest: digests(3)[2] });
    process.refused();
}

#[test]
fn an_early_finish_is_refused() {
    let mut process = with_key();
    process.sign(0, digests(3)[0]);
    process.send(&ParentFrame::Finish {});
    assert_eq!(process.refused(), "finish: 1 of 3 committed modules are signed");
}

#[test]
fn a_commitment_that_is_unsorted_or_repeats_or_is_empty_is_refused() {
    let [a, b, _] = digests(3)[..] else { panic!() };
    for committed in [format!(r#""{b}","{a}""#), format!(r#""{a}","{a}""#), String::new()] {
        let mut process = Process::agent();
        let ready = process.ready();
        process.send_bytes(&frame(&begin(&ready.agent_sha256.to_string(), &committed)));
        let reason = process.refused();
        assert!(reason.contains("commit"), "{reason}");
    }
    // The same in order is taken.
    let mut process = Process::agent();
    let ready = process.ready();
    process.send_bytes(&frame(&begin(&ready.agent_sha256.to_string(), &format!(r#""{a}","{b}""#))));
    process.certificate();
}

#[test]
fn a_request_for_another_agent_is_refused() {
    let mut process = Process::agent();
    process.ready();
    process.send_bytes(&frame(&begin(&"0".repeat(64), &format!(r#""{}""#, digests(1)[0]))));
    assert!(process.refused().starts_with("begin: the request names the agent 0000"));
}

#[test]
fn garbage_is_refused() {
    let unknown_field = r#"{"frame":"finish","and":1}"#;
    let of_the_agent = r#"{"frame":"refused","reason":"x"}"#;
    let deep = "[".repeat(100_000);
    for bytes in [
        frame("garbage"),
        frame(""),
        frame("[]"),
        frame("\u{0}"),
        frame(unknown_field),
        frame(of_the_agent),
        frame(r#"{"frame":"sign","index":-1,"digest":""}"#),
        frame(&deep),
        vec![0xff; 8],
    ] {
        let mut process = with_key();
        process.send_bytes(&bytes);
        process.refused();
    }
}

#[test]
fn a_silent_parent_ends_the_ceremony_in_its_time() {
    // Nothing, half a length, half a frame.
    for bytes in [&b""[..], b"\0\0", b"\0\0\0\x20{\"frame\":"] {
        let started = Instant::now();
        let mut process = Process::agent();
        process.begin(Algorithm::P384, 1, 700);
        process.certificate();
        process.send_bytes(bytes);
        assert_eq!(process.refused(), "go on: the time of this ceremony is over");
        assert!(started.elapsed() >= Duration::from_millis(700));
    }
}

#[test]
fn an_answer_that_nobody_takes_ends_the_ceremony_in_its_time() {
    let mut process = Process::agent();
    process.begin(Algorithm::P384, 3000, 1500);
    // Requests go in until the agent no longer takes any, because its answers are not read.
    process.socket.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    for (index, digest) in (0..).zip(digests(3000)) {
        if ashlar_module_signature::write_frame(&mut process.socket, &ParentFrame::Sign { index, digest })
            .is_err()
        {
            break;
        }
    }
    assert_eq!(process.child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_socket_that_closes_ends_the_agent() {
    for asked in [false, true] {
        let Process { mut child, socket } = if asked { with_key() } else { Process::agent() };
        drop(socket);
        assert_eq!(child.wait().unwrap().code(), Some(1));
    }
}

#[test]
fn without_a_socket_it_says_so_in_one_line() {
    let (_ours, datagrams) = UnixDatagram::pair().unwrap();
    for stdin in [Stdio::null(), Stdio::piped(), Stdio::from(OwnedFd::from(datagrams))] {
        let output = Command::new(program()).stdin(stdin).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(
            String::from_utf8(output.stderr).unwrap(),
            "signing-agent: failed to start: standard input is no UNIX stream socket; `ashlar release` starts this program\n"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_panic_is_told_and_ends_the_agent() {
    let process = Process::start(Command::new(variant::build("attack")).arg("panic"));
    assert_eq!(process.refused(), "go on: the agent has panicked, which is a fault in it");
}
