// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whatever leaves the one way through a ceremony: a reason, no further signature, exit 1.

use std::fs;
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ashlar_module_signature::{
    AgentFrame, Algorithm, FrameError, ModuleDigest, ParentFrame, RefusalCode, write_frame,
};

use crate::process::{Process, digests, program};
use crate::variant;

/// Far more than any time that a test here asks for, and far less than the agent waits for `begin`.
const SOON: Duration = Duration::from_secs(15);

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
    let reason = process.refused(RefusalCode::Request);
    assert_eq!(reason, format!("sign {}: nobody has committed to it", ModuleDigest::of(b"rootkit")));
}

#[test]
fn a_second_signature_of_a_digest_is_refused() {
    let mut process = with_key();
    process.sign(0, digests(3)[0]);
    process.send(&ParentFrame::Sign { index: 1, digest: digests(3)[0] });
    let reason = process.refused(RefusalCode::Request);
    assert_eq!(reason, format!("sign {}: it is signed already", digests(3)[0]));
}

#[test]
fn an_index_out_of_order_is_refused() {
    let mut process = with_key();
    process.send(&ParentFrame::Sign { index: 1, digest: digests(3)[0] });
    assert_eq!(process.refused(RefusalCode::Request), "sign: number 1 came in place of 0");
}

#[test]
fn more_than_was_promised_is_refused() {
    let mut process = with_key();
    for (index, digest) in (0..).zip(digests(3)) {
        process.sign(index, digest);
    }
    process.send(&ParentFrame::Sign { index: 3, digest: digests(3)[2] });
    let reason = process.refused(RefusalCode::Request);
    assert_eq!(reason, format!("sign {}: it is signed already", digests(3)[2]));
}

#[test]
fn an_early_finish_is_refused() {
    let mut process = with_key();
    process.sign(0, digests(3)[0]);
    process.send(&ParentFrame::Finish {});
    assert_eq!(process.refused(RefusalCode::Request), "finish: 1 of 3 committed modules are signed");
}

#[test]
fn a_commitment_that_is_unsorted_or_repeats_or_is_empty_is_refused() {
    let [a, b, _] = digests(3)[..] else { panic!() };
    for committed in [format!(r#""{b}","{a}""#), format!(r#""{a}","{a}""#), String::new()] {
        let mut process = Process::agent();
        let ready = process.ready();
        process.send_bytes(&frame(&begin(&ready.agent_sha256.to_string(), &committed)));
        let reason = process.refused(RefusalCode::Request);
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
    let reason = process.refused(RefusalCode::Request);
    assert!(reason.starts_with("begin: the request names the agent 0000"), "{reason}");
}

#[test]
fn garbage_is_refused() {
    let unknown_field = r#"{"frame":"finish","and":1}"#;
    let of_the_agent = r#"{"frame":"refused","reason":"x"}"#;
    let deep = "[".repeat(100_000);
    let no_object = "read a frame: it is not a JSON object";
    for (bytes, why) in [
        (frame("garbage"), no_object),
        (frame(""), no_object),
        (frame("[]"), no_object),
        (frame("\u{0}"), no_object),
        (frame(&deep), no_object),
        (frame(unknown_field), "read a frame: unknown field `and`"),
        (frame(of_the_agent), "read a frame: unknown variant `refused`"),
        (frame(r#"{"frame":"sign","index":-1,"digest":""}"#), "read a frame: invalid value: integer `-1`"),
        (vec![0xff; 8], "pass on a frame of 4294967295 bytes: the limit is 16777216"),
    ] {
        let mut process = with_key();
        process.send_bytes(&bytes);
        let reason = process.refused(RefusalCode::Request);
        assert!(reason.starts_with(why), "{reason}");
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
        assert_eq!(process.refused(RefusalCode::Deadline), "go on: the time of this ceremony is over");
        let taken = started.elapsed();
        assert!(taken >= Duration::from_millis(700) && taken < SOON, "{taken:?}");
    }
}

#[test]
fn an_answer_that_nobody_takes_ends_the_ceremony_in_its_time() {
    let started = Instant::now();
    let mut process = Process::agent();
    process.begin(Algorithm::P384, 3000, 3000);
    // Requests go in until the agent no longer takes any, because its answers are not read.
    process.socket.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let stopped = (0..).zip(digests(3000)).find_map(|(index, digest)| {
        write_frame(&mut process.socket, &ParentFrame::Sign { index, digest }).err()
    });
    let full = |error: &FrameError| matches!(error, FrameError::Write { source } if source.kind() == ErrorKind::WouldBlock);
    assert!(stopped.as_ref().is_some_and(full), "{stopped:?}");
    assert_eq!(process.child.wait().unwrap().code(), Some(1));
    let taken = started.elapsed();
    assert!(taken >= Duration::from_millis(3000) && taken < SOON, "{taken:?}");
    // It got no further than the socket had room for, and so there was none for a reason either.
    process.certificate();
    let mut signed = 0;
    while let Some(answer) = process.receive() {
        assert!(matches!(answer, AgentFrame::Signature { index, .. } if index == signed), "{answer:?}");
        signed += 1;
    }
    assert!(signed > 0 && signed < 3000, "{signed}");
}

#[test]
fn without_memory_that_may_be_locked_there_is_no_key() {
    let script = r#"ulimit -l 64; exec "$0""#;
    let mut process = Process::start(Command::new("sh").args(["-c", script]).arg(program()));
    // Where it cannot leave root's privileges behind, no limit holds for it.
    if fs::metadata("/proc/self").unwrap().uid() == 0
        && !Process::agent().ready().hardening.contains(&"namespaces".to_owned())
    {
        process.ready();
        return;
    }
    let reason = process.refused(RefusalCode::LockedMemory);
    assert!(reason.starts_with("get memory that is never swapped; see `ulimit -l`"), "{reason}");
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
    let reason = process.refused(RefusalCode::Fault);
    assert_eq!(reason, "go on: the agent has panicked, which is a fault in it");
}
