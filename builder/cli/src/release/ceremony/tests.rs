// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Agents that do not do what the recipe's does: answers that are prepared, and shell scripts in its place.

use std::io::{self, Cursor};
use std::time::Instant;

use ashlar_module_signature::{
    EcdsaSigner, Envelope, KeyStatement, RefusalCode, Sha256, SignedModule, Signer as _, certificate, cms,
    statement_payload,
};

use super::*;
use crate::failure::Kind;

const EPOCH: u64 = 1_700_000_000;
/// Far more than any time that a test here asks for.
const SOON: Duration = Duration::from_secs(30);

/// What the parent hears, prepared; what it says goes nowhere.
struct Script(Cursor<Vec<u8>>);

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Script {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn agent() -> Agent {
    Agent { program: "/nowhere/signing-agent".into(), sha256: Sha256::of(b"agent") }
}

fn committed() -> Commitment {
    Commitment::new((0..3_u8).map(|number| ModuleDigest::of(&[number]))).unwrap()
}

fn with_ceremony<R>(act: impl FnOnce(&Ceremony<'_>) -> R) -> R {
    act(&Ceremony {
        agent: &agent(),
        release: ReleaseId::parse("ashlar-qemu-1.0.0-x86_64").unwrap(),
        algorithm: Algorithm::P384,
        epoch: EPOCH,
        committed: &committed(),
        allow_swap: false,
    })
}

fn ready() -> Ready {
    Ready { memory: Memory::MemfdSecret, hardening: vec!["swap-off".to_owned(), "landlock".to_owned()] }
}

fn ready_frame() -> AgentFrame {
    let Ready { memory, hardening } = ready();
    AgentFrame::Ready { agent_sha256: agent().sha256, memory, hardening }
}

/// The answers of an agent that does all as it should, but for its statement.
fn answers(change: impl FnOnce(&mut KeyStatement)) -> Vec<AgentFrame> {
    let signer = EcdsaSigner::from_scalar(&[7; 48]).unwrap();
    let release = ReleaseId::parse("ashlar-qemu-1.0.0-x86_64").unwrap();
    let der = certificate(&Subject::Release, &release, EPOCH, signer.public_key()).unwrap();
    let sign = |digest| cms(&release, signer.public_key(), &signer.sign(digest).unwrap()).unwrap();
    let committed = committed();
    let signatures: Vec<Vec<u8>> = committed.digests().iter().map(sign).collect();
    let listed = |(module, cms): (&ModuleDigest, &Vec<u8>)| SignedModule {
        module: *module,
        signature: Sha256::of(cms),
    };
    let Ready { memory, hardening } = ready();
    let mut statement = KeyStatement {
        agent_sha256: agent().sha256,
        algorithm: Algorithm::P384,
        certificate_sha256: Sha256::of(&der),
        committed: 3,
        committed_sha256: committed.sha256(),
        epoch: EPOCH,
        hardening,
        last: true,
        memory,
        signed: committed.digests().iter().zip(&signatures).map(listed).collect(),
        release,
        spki_sha256: signer.public_key().key_id(),
    };
    change(&mut statement);
    let envelope = Envelope::seal(&signer, statement_payload(&statement).unwrap()).unwrap();
    let mut answers = vec![ready_frame(), AgentFrame::Certificate { der }];
    answers.extend((0..).zip(signatures).map(|(index, cms)| AgentFrame::Signature { index, cms }));
    answers.push(AgentFrame::Statement { envelope });
    answers
}

fn framed(frames: &[AgentFrame]) -> Vec<u8> {
    let mut bytes = Vec::new();
    frames.iter().for_each(|frame| write_frame(&mut bytes, frame).unwrap());
    bytes
}

fn hear(frames: &[AgentFrame]) -> Result<Results, CeremonyError> {
    with_ceremony(|ceremony| ask(&mut Script(Cursor::new(framed(frames))), ceremony))
}

fn wrong(frames: &[AgentFrame]) -> String {
    match hear(frames) {
        Err(CeremonyError::Wrong { what }) => what,
        other => panic!("{other:?}"),
    }
}

/// A shell script in the agent's place, whose standard input is the socket.
fn script(text: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", text]);
    command
}

/// A script that takes in all that a whole ceremony asks, so that it can end without breaking the conversation off.
fn taking_all() -> String {
    let mut asked = Vec::new();
    with_ceremony(|ceremony| write_frame(&mut asked, &begin(ceremony)).unwrap());
    for (index, digest) in (0..).zip(committed().digests()) {
        write_frame(&mut asked, &ParentFrame::Sign { index, digest: *digest }).unwrap();
    }
    write_frame(&mut asked, &ParentFrame::Finish {}).unwrap();
    format!("head -c {} >/dev/null", asked.len())
}

/// A script that says these frames.
fn saying(frames: &[AgentFrame]) -> String {
    let octal: String = framed(frames).iter().map(|byte| format!("\\{byte:03o}")).collect();
    format!("printf '{octal}' >&0")
}

/// What comes of a ceremony with it, and how long that took.
fn held_with(text: &str, time: Duration, grace: Duration) -> (Result<Results, CeremonyError>, Duration) {
    let begun = Instant::now();
    let result = with_ceremony(|ceremony| held(&mut script(text), ceremony, time, grace));
    (result, begun.elapsed())
}

#[test]
fn an_honest_agent_is_believed() {
    let frames = answers(|_| ());
    let results = hear(&frames).unwrap();
    assert!(results.signatures.keys().eq(committed().digests()));
    // The same by a process.
    let (held, _) = held_with(&format!("{}; {}", saying(&frames), taking_all()), SOON, SOON);
    assert_eq!(held.unwrap(), results);
}

#[test]
fn a_statement_of_other_memory_or_hardening_than_ready_named_is_refused() {
    let changes: [fn(&mut KeyStatement); 5] = [
        |statement| statement.memory = Memory::Mlock,
        |statement| drop(statement.hardening.pop()),
        |statement| statement.hardening.push("seccomp".to_owned()),
        |statement| statement.hardening.push("known-key-test-build".to_owned()),
        |statement| statement.hardening.reverse(),
    ];
    for change in changes {
        let what = wrong(&answers(change));
        assert!(what.starts_with("the statement says of memory and hardening something else"), "{what}");
    }
}

#[test]
fn a_test_build_that_keeps_it_from_the_statement_is_refused() {
    let mut frames = answers(|_| ());
    let AgentFrame::Ready { hardening, .. } = &mut frames[0] else { panic!() };
    hardening.push("known-key-test-build".to_owned());
    assert!(wrong(&frames).starts_with("the statement says of memory and hardening something else"));
}

#[test]
fn a_statement_of_another_ceremony_is_refused() {
    let changes: [fn(&mut KeyStatement); 5] = [
        |statement| statement.epoch += 1,
        |statement| statement.agent_sha256 = Sha256::of(b"another agent"),
        |statement| statement.release = ReleaseId::parse("ashlar-qemu-1.0.1-x86_64").unwrap(),
        |statement| statement.signed.truncate(statement.signed.len() - 1),
        |statement| statement.signed[0].signature = Sha256::of(b"another signature"),
    ];
    for change in changes {
        assert_eq!(wrong(&answers(change)), "the statement says something else than what happened");
    }
}

#[test]
fn another_program_than_was_built_gets_no_request() {
    let ready = AgentFrame::Ready {
        agent_sha256: Sha256::of(b"another agent"),
        memory: Memory::MemfdSecret,
        hardening: Vec::new(),
    };
    assert!(matches!(hear(&[ready]), Err(CeremonyError::OtherAgent { .. })));
}

#[test]
fn an_agent_that_says_anything_out_of_order_is_refused() {
    let honest = answers(|_| ());
    assert_eq!(wrong(&honest[1..]), "the agent gives a certificate instead of `ready`");
    assert_eq!(wrong(&[ready_frame(), ready_frame()]), "the agent says it is ready instead of a certificate");
    let again = [&honest[..], &honest[5..]].concat();
    assert_eq!(wrong(&again), "the agent gives a statement instead of its end");
    let left_out = [&honest[..2], &honest[3..]].concat();
    assert_eq!(wrong(&left_out), "the agent gives signature 1 instead of the signature that was asked for");
}

#[test]
fn a_refusal_is_told_with_its_code_wherever_it_comes() {
    let honest = answers(|_| ());
    for count in 0..=honest.len() {
        let refused = AgentFrame::Refused { code: RefusalCode::Swap, reason: "it swaps".to_owned() };
        let frames = [&honest[..count], &[refused]].concat();
        match hear(&frames) {
            Err(CeremonyError::Refused { code: RefusalCode::Swap, reason }) => assert_eq!(reason, "it swaps"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_agent_that_refuses_before_it_was_asked_and_ends_is_heard() {
    let refused = AgentFrame::Refused { code: RefusalCode::LockedMemory, reason: "too little".to_owned() };
    let (held, _) = held_with(&saying(&[refused]), SOON, SOON);
    let code = RefusalCode::LockedMemory;
    assert!(matches!(&held, Err(CeremonyError::Refused { code: had, .. }) if *had == code), "{held:?}");
}

#[test]
fn a_program_that_cannot_be_started_never_had_a_key() {
    let failure = with_ceremony(hold).unwrap_err();
    assert!(failure.to_string().starts_with("hold the ceremony: start /nowhere/signing-agent: No such file"));
    assert_eq!(failure.kind(), Kind::Surroundings);
    assert!(failure.help().unwrap().starts_with("no key was made"));
}

#[test]
fn an_agent_that_is_killed_is_told_by_what_killed_it() {
    let text = format!("{}; kill -KILL $$", saying(&[ready_frame()]));
    let (held, _) = held_with(&text, SOON, SOON);
    let failure = held.unwrap_err().into_failure();
    assert_eq!(
        failure.to_string(),
        "hold the ceremony: the agent ended without an answer, with signal: 9 (SIGKILL)"
    );
}

#[test]
fn an_agent_that_fails_after_its_statement_has_made_nothing() {
    let text = format!("{}; {}; exit 101", saying(&answers(|_| ())), taking_all());
    let (held, _) = held_with(&text, SOON, SOON);
    let failure = held.unwrap_err().into_failure();
    assert_eq!(
        failure.to_string(),
        "hold the ceremony: the agent ended with exit status: 101 after its statement"
    );
}

#[test]
fn an_agent_that_drips_bytes_is_not_waited_for_beyond_the_one_deadline() {
    // A frame of 4096 bytes, of which one comes ten times a second.
    let drip = r"printf '\000\000\020\000{' >&0; while printf ' ' >&0; do sleep 0.1; done";
    let time = Duration::from_secs(1);
    let (held, taken) = held_with(drip, time, SOON);
    assert!(matches!(held, Err(CeremonyError::Late)), "{held:?}");
    assert!(taken >= time && taken < SOON, "{taken:?}");
}

#[test]
fn an_agent_that_reads_in_drips_is_not_waited_for_beyond_the_one_deadline() {
    let mut command = script("while dd bs=4096 count=1 of=/dev/null 2>/dev/null; do sleep 0.05; done");
    let time = Duration::from_secs(1);
    let begun = Instant::now();
    let mut process = Process::start(&mut command, time).unwrap();
    let error = process.socket().write_all(&vec![0; 16 << 20]).unwrap_err();
    let taken = begun.elapsed();
    assert!(matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut), "{error}");
    assert!(taken >= time && taken < SOON, "{taken:?}");
    process.end(Duration::ZERO).unwrap();
}

#[test]
fn an_agent_that_stays_after_its_statement_is_killed_and_not_believed() {
    let answers = saying(&answers(|_| ()));
    let text = format!("{answers}; {}; exec 0</dev/null; while :; do sleep 0.05; done", taking_all());
    let grace = Duration::from_millis(500);
    let (held, taken) = held_with(&text, SOON, grace);
    assert!(matches!(held, Err(CeremonyError::Exit { ended: Ended::Killed })), "{held:?}");
    assert!(taken >= grace && taken < SOON, "{taken:?}");
}

#[test]
fn an_agent_that_is_wrong_has_time_to_wipe_its_memory() {
    let wiped = tempfile::NamedTempFile::new().unwrap();
    // It goes on until its socket is closed, and then does what takes a while.
    let answer = saying(&[AgentFrame::Certificate { der: Vec::new() }]);
    let text = format!("{answer}; cat <&0 >/dev/null; sleep 0.3; echo wiped >{}", wiped.path().display());
    let (held, _) = held_with(&text, SOON, SOON);
    assert!(matches!(held, Err(CeremonyError::Wrong { .. })), "{held:?}");
    assert_eq!(std::fs::read_to_string(wiped.path()).unwrap(), "wiped\n");
}
