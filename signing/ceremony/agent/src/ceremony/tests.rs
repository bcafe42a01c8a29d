// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The order of a ceremony, spoken over a wire that is a script.

use std::io::{self, Cursor, Read, Write};

use ashlar_module_signature::RefusalCode;

use super::*;

/// Frames that the parent sends, whatever is answered; then it closes, or is silent.
struct Script {
    input: Cursor<Vec<u8>>,
    silent: bool,
    output: Vec<u8>,
    limits: Vec<Duration>,
}

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.input.read(buffer)? {
            0 if self.silent => Err(io::ErrorKind::TimedOut.into()),
            count => Ok(count),
        }
    }
}

impl Write for Script {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Wire for Script {
    fn limit(&mut self, time: Duration) {
        self.limits.push(time);
    }
}

fn agent() -> Agent {
    let hardening = Hardening { measures: vec!["swap-off".to_owned()], swap: false };
    Agent { sha256: Sha256::of(b"agent"), memory: Memory::Mlock, hardening }
}

fn digests(count: u8) -> Vec<ModuleDigest> {
    let commitment = Commitment::new((0..count).map(|number| ModuleDigest::of(&[number]))).unwrap();
    commitment.digests().to_vec()
}

fn begin() -> ParentFrame {
    ParentFrame::Begin {
        release: ReleaseId::parse("ashlar-qemu-1.0.0-x86_64").unwrap(),
        algorithm: Algorithm::P384,
        epoch: 1_700_000_000,
        agent_sha256: Sha256::of(b"agent"),
        committed: Commitment::new(digests(3)).unwrap(),
        deadline_ms: 5000,
        allow_swap: false,
    }
}

fn sign(index: u32, module: usize) -> ParentFrame {
    ParentFrame::Sign { index, digest: digests(3)[module] }
}

fn play(agent: &Agent, frames: &[ParentFrame], silent: bool) -> (i32, Vec<AgentFrame>, Vec<Duration>) {
    let mut input = Vec::new();
    for frame in frames {
        write_frame(&mut input, frame).unwrap();
    }
    let mut script = Script { input: Cursor::new(input), silent, output: Vec::new(), limits: Vec::new() };
    let code = attend(&mut script, agent, Seed::fixed(7));
    let mut output = Cursor::new(script.output);
    let mut answers = Vec::new();
    while let Some(answer) = read_frame(&mut output).unwrap() {
        answers.push(answer);
    }
    (code, answers, script.limits)
}

/// Code and reason of a refusal, which has to be the last answer, and the number of answers before it.
fn coded_refusal(agent: &Agent, frames: &[ParentFrame]) -> (RefusalCode, String, usize) {
    let (exit, mut answers, limits) = play(agent, frames, false);
    assert_eq!((exit, limits.last()), (1, Some(&GRACE)));
    let Some(AgentFrame::Refused { code, reason }) = answers.pop() else { panic!("{answers:?}") };
    assert!(answers.iter().all(|answer| !matches!(answer, AgentFrame::Statement { .. })));
    (code, reason, answers.len())
}

/// The same of a request that no ceremony has.
fn refusal(agent: &Agent, frames: &[ParentFrame]) -> (String, usize) {
    let (code, reason, answers) = coded_refusal(agent, frames);
    assert_eq!(code, RefusalCode::Request, "{reason}");
    (reason, answers)
}

#[test]
fn everything_committed_is_signed_in_the_order_of_the_requests() {
    let frames = [begin(), sign(0, 2), sign(1, 0), sign(2, 1), ParentFrame::Finish {}];
    let (code, answers, limits) = play(&agent(), &frames, true);
    assert_eq!(code, 0);
    assert_eq!(limits, [PATIENCE, Duration::from_millis(5000)]);
    let [
        AgentFrame::Ready { .. },
        AgentFrame::Certificate { der },
        AgentFrame::Signature { index: 0, cms: first },
        AgentFrame::Signature { index: 1, .. },
        AgentFrame::Signature { index: 2, .. },
        AgentFrame::Statement { envelope },
    ] = &answers[..]
    else {
        panic!("{answers:?}")
    };
    let statement = ashlar_module_signature::parse_statement(&envelope.payload).unwrap();
    assert_eq!(statement.certificate_sha256, Sha256::of(der));
    assert_eq!(statement.signed[0], SignedModule { module: digests(3)[2], signature: Sha256::of(first) });
    assert_eq!((statement.committed, statement.signed.len(), statement.last), (3, 3, true));
    assert_eq!(statement.committed_sha256, Commitment::new(digests(3)).unwrap().sha256());
    assert_eq!(statement.hardening, ["swap-off"]);
}

#[test]
fn a_digest_that_nobody_committed_to_is_not_signed() {
    let foreign = ParentFrame::Sign { index: 1, digest: ModuleDigest::of(b"rootkit") };
    let (reason, answers) = refusal(&agent(), &[begin(), sign(0, 0), foreign, ParentFrame::Finish {}]);
    assert!(reason.ends_with("nobody has committed to it"), "{reason}");
    assert_eq!(answers, 3);
}

#[test]
fn a_digest_is_not_signed_twice() {
    let (reason, answers) = refusal(&agent(), &[begin(), sign(0, 0), sign(1, 0)]);
    assert_eq!(reason, format!("sign {}: it is signed already", digests(3)[0]));
    assert_eq!(answers, 3);
}

#[test]
fn a_number_out_of_order_is_refused() {
    for (frames, told) in
        [(vec![sign(1, 0)], 2), (vec![sign(0, 0), sign(0, 1)], 3), (vec![sign(0, 0), sign(2, 1)], 3)]
    {
        let frames = [vec![begin()], frames].concat();
        let (reason, answers) = refusal(&agent(), &frames);
        assert!(reason.contains(" came in place of "), "{reason}");
        assert_eq!(answers, told);
    }
}

#[test]
fn more_than_was_promised_is_not_signed() {
    let all = [begin(), sign(0, 0), sign(1, 1), sign(2, 2)];
    for extra in [sign(3, 0), ParentFrame::Sign { index: 3, digest: ModuleDigest::of(b"one more") }] {
        let (_, answers) = refusal(&agent(), &[&all[..], &[extra]].concat());
        assert_eq!(answers, 5);
    }
}

#[test]
fn a_ceremony_that_left_modules_out_gets_no_statement() {
    for frames in [vec![begin()], vec![begin(), sign(0, 0), sign(1, 1)]] {
        let (reason, _) = refusal(&agent(), &[&frames[..], &[ParentFrame::Finish {}]].concat());
        assert!(reason.ends_with("of 3 committed modules are signed"), "{reason}");
    }
}

#[test]
fn there_is_one_key_and_it_comes_first() {
    assert_eq!(
        refusal(&agent(), &[sign(0, 0)]),
        ("go on: a `sign` frame came in place of `begin`".to_owned(), 1)
    );
    let (reason, _) = refusal(&agent(), &[ParentFrame::Finish {}]);
    assert_eq!(reason, "go on: a `finish` frame came in place of `begin`");
    let (reason, _) = refusal(&agent(), &[begin(), begin()]);
    assert_eq!(reason, "go on: a `begin` frame came in place of `sign` or `finish`");
}

#[test]
fn a_request_for_another_agent_gets_no_key() {
    let other = Agent { sha256: Sha256::of(b"changed"), ..agent() };
    let (reason, answers) = refusal(&other, &[begin()]);
    assert!(reason.starts_with("begin: the request names the agent "), "{reason}");
    assert_eq!(answers, 1);
}

#[test]
fn no_key_is_made_on_a_machine_that_swaps_unless_that_is_allowed() {
    let hardening = Hardening { measures: vec!["swap-on".to_owned()], swap: true };
    let swapping = Agent { hardening, ..agent() };
    let (code, reason, answers) = coded_refusal(&swapping, &[begin()]);
    assert!(reason.contains("swaps"), "{reason}");
    assert_eq!((code, answers), (RefusalCode::Swap, 1));
    let ParentFrame::Begin { release, algorithm, epoch, agent_sha256, committed, deadline_ms, .. } = begin()
    else {
        panic!()
    };
    let allowed = ParentFrame::Begin {
        release,
        algorithm,
        epoch,
        agent_sha256,
        committed,
        deadline_ms,
        allow_swap: true,
    };
    assert_eq!(
        refusal(&swapping, &[allowed]),
        ("go on: the other end has closed the socket before `finish`".to_owned(), 2)
    );
}

#[test]
fn a_ceremony_has_an_end_within_ten_minutes() {
    for asked in [0, LONGEST_MS + 1, u64::MAX] {
        let ParentFrame::Begin { release, algorithm, epoch, agent_sha256, committed, allow_swap, .. } =
            begin()
        else {
            panic!()
        };
        let endless = ParentFrame::Begin {
            release,
            algorithm,
            epoch,
            agent_sha256,
            committed,
            deadline_ms: asked,
            allow_swap,
        };
        assert_eq!(refusal(&agent(), &[endless]).1, 1);
    }
}

#[test]
fn a_silent_parent_is_not_waited_for() {
    for frames in [vec![], vec![begin()], vec![begin(), sign(0, 0)]] {
        let (code, answers, _) = play(&agent(), &frames, true);
        assert_eq!(code, 1);
        let reason = "go on: the time of this ceremony is over".to_owned();
        assert_eq!(answers.last(), Some(&AgentFrame::Refused { code: RefusalCode::Deadline, reason }));
    }
}

#[test]
fn the_statement_of_the_largest_ceremony_fits_into_a_frame() {
    let module = ModuleDigest::of(b"");
    let statement = KeyStatement {
        agent_sha256: Sha256::of(b""),
        algorithm: Algorithm::Rsa4096,
        certificate_sha256: Sha256::of(b""),
        committed: MOST_MODULES as u64,
        committed_sha256: Sha256::of(b""),
        epoch: u64::MAX,
        hardening: vec!["a-measure-with-a-name".to_owned(); 100],
        last: true,
        memory: Memory::MemfdSecret,
        release: ReleaseId::parse(&"a".repeat(200)).unwrap(),
        signed: vec![SignedModule { module, signature: Sha256::of(b"") }; MOST_MODULES],
        spki_sha256: Sha256::of(b""),
    };
    let payload = statement_payload(&statement).unwrap();
    let signatures = vec![EnvelopeSignature { keyid: Sha256::of(b""), sig: vec![0; 512] }];
    let envelope = Envelope { payload, payload_type: PAYLOAD_TYPE.to_owned(), signatures };
    write_frame(&mut io::sink(), &AgentFrame::Statement { envelope }).unwrap();
}

#[test]
fn the_reason_of_a_refusal_is_one_line_that_says_each_thing_once() {
    let error = read_frame::<ParentFrame>(&mut &b"\0\0\0\x02{]"[..]).unwrap_err();
    let reason = AgentError::from(error).reason();
    assert!(!reason.contains('\n'));
    assert_eq!(reason.matches("line 1 column 2").count(), 1, "{reason}");
}
