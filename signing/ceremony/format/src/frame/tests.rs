// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Frames as the contract has them, and everything else refused.

use super::*;
use crate::{EnvelopeSignature, PAYLOAD_TYPE, test_keys};

fn parent_frames() -> Vec<ParentFrame> {
    let digest = ModuleDigest::of(b"module");
    vec![
        ParentFrame::Begin {
            release: test_keys::release(),
            algorithm: Algorithm::Rsa4096,
            epoch: 1_767_225_600,
            agent_sha256: Sha256::of(b"agent"),
            committed: Commitment::new([digest]).unwrap(),
            deadline_ms: 30_000,
            allow_swap: false,
        },
        ParentFrame::Sign { index: 0, digest },
        ParentFrame::Finish {},
    ]
}

fn agent_frames() -> Vec<AgentFrame> {
    vec![
        AgentFrame::Ready {
            agent_sha256: Sha256::of(b"agent"),
            memory: Memory::MemfdSecret,
            hardening: vec!["seccomp".to_owned()],
        },
        AgentFrame::Certificate { der: vec![0x30, 0x82] },
        AgentFrame::Signature { index: 0, cms: vec![0x30] },
        AgentFrame::Statement {
            envelope: Envelope {
                payload: b"{}".to_vec(),
                payload_type: PAYLOAD_TYPE.to_owned(),
                signatures: vec![EnvelopeSignature { keyid: Sha256::of(b"key"), sig: vec![0x30] }],
            },
        },
        AgentFrame::Refused { code: RefusalCode::Swap, reason: "swap is on".to_owned() },
    ]
}

fn framed(json: &str) -> Vec<u8> {
    [&(json.len() as u32).to_be_bytes(), json.as_bytes()].concat()
}

fn read_parent(bytes: &[u8]) -> Result<Option<ParentFrame>, FrameError> {
    read_frame(&mut &bytes[..])
}

#[test]
fn frames_arrive_as_they_were_sent_until_the_other_end_closes() {
    let mut wire = Vec::new();
    parent_frames().iter().for_each(|frame| write_frame(&mut wire, frame).unwrap());
    let mut input = &wire[..];
    for frame in parent_frames() {
        assert_eq!(read_frame(&mut input).unwrap(), Some(frame));
    }
    assert_eq!(read_frame::<ParentFrame>(&mut input).unwrap(), None);

    let mut wire = Vec::new();
    agent_frames().iter().for_each(|frame| write_frame(&mut wire, frame).unwrap());
    let mut input = &wire[..];
    for frame in agent_frames() {
        assert_eq!(read_frame(&mut input).unwrap(), Some(frame));
    }
    assert_eq!(read_frame::<AgentFrame>(&mut input).unwrap(), None);
}

#[test]
fn the_json_is_that_of_the_contract() {
    let json = |frame: &dyn Fn(&mut Vec<u8>)| {
        let mut wire = Vec::new();
        frame(&mut wire);
        String::from_utf8(wire[4..].to_vec()).unwrap()
    };
    let digest = ModuleDigest::of(b"module");
    let agent = Sha256::of(b"agent");
    let key = Sha256::of(b"key");
    let parent = [
        format!(
            "{{\"frame\":\"begin\",\"release\":\"ashlar-qemu-1.0.0-x86_64\",\"algorithm\":\"rsa-4096\",\
             \"epoch\":1767225600,\"agent_sha256\":\"{agent}\",\"committed\":[\"{digest}\"],\"deadline_ms\":30000,\
             \"allow_swap\":false}}"
        ),
        format!("{{\"frame\":\"sign\",\"index\":0,\"digest\":\"{digest}\"}}"),
        "{\"frame\":\"finish\"}".to_owned(),
    ];
    for (frame, expected) in parent_frames().iter().zip(parent) {
        assert_eq!(json(&|wire| write_frame(wire, frame).unwrap()), expected);
    }
    let from_agent = [
        format!(
            "{{\"frame\":\"ready\",\"agent_sha256\":\"{agent}\",\"memory\":\"memfd_secret\",\
             \"hardening\":[\"seccomp\"]}}"
        ),
        "{\"frame\":\"certificate\",\"der\":\"MII=\"}".to_owned(),
        "{\"frame\":\"signature\",\"index\":0,\"cms\":\"MA==\"}".to_owned(),
        format!(
            "{{\"frame\":\"statement\",\"envelope\":{{\"payload\":\"e30=\",\
             \"payloadType\":\"application/vnd.in-toto+json\",\
             \"signatures\":[{{\"keyid\":\"{key}\",\"sig\":\"MA==\"}}]}}}}"
        ),
        "{\"frame\":\"refused\",\"code\":\"swap\",\"reason\":\"swap is on\"}".to_owned(),
    ];
    for (frame, expected) in agent_frames().iter().zip(from_agent) {
        assert_eq!(json(&|wire| write_frame(wire, frame).unwrap()), expected);
    }
}

#[test]
fn a_refusal_for_a_cause_that_nobody_knows_is_refused_itself() {
    let read = |code: &str| {
        let json = format!("{{\"frame\":\"refused\",{code}\"reason\":\"\"}}");
        read_frame::<AgentFrame>(&mut &framed(&json)[..])
    };
    for (word, code) in [
        ("swap", RefusalCode::Swap),
        ("locked_memory", RefusalCode::LockedMemory),
        ("traced", RefusalCode::Traced),
        ("host", RefusalCode::Host),
        ("deadline", RefusalCode::Deadline),
        ("request", RefusalCode::Request),
        ("fault", RefusalCode::Fault),
    ] {
        let refused = AgentFrame::Refused { code, reason: String::new() };
        assert_eq!(read(&format!("\"code\":\"{word}\",")).unwrap(), Some(refused));
    }
    for code in ["", "\"code\":\"Swap\",", "\"code\":\"weather\",", "\"code\":null,", "\"code\":0,"] {
        assert!(matches!(read(code), Err(FrameError::Malformed { .. })), "{code}");
    }
}

#[test]
fn a_frame_that_is_cut_short_anywhere_is_refused() {
    let whole = framed("{\"frame\":\"finish\"}");
    for length in 1..whole.len() {
        assert!(matches!(read_parent(&whole[..length]), Err(FrameError::Truncated)), "{length}");
    }
}

#[test]
fn a_frame_that_announces_more_than_the_limit_is_refused_before_it_is_read() {
    for length in [MAX_FRAME + 1, u32::MAX] {
        let mut input = &[&length.to_be_bytes()[..], b"{}"].concat()[..];
        assert!(matches!(read_frame::<ParentFrame>(&mut input), Err(FrameError::TooLong { .. })));
        assert_eq!(input, b"{}");
    }
    assert!(matches!(read_parent(&MAX_FRAME.to_be_bytes()), Err(FrameError::Truncated)));
}

#[test]
fn a_frame_beyond_the_limit_is_not_written() {
    let mut wire = Vec::new();
    let frame = AgentFrame::Refused { code: RefusalCode::Fault, reason: "x".repeat(MAX_FRAME as usize) };
    assert!(matches!(write_frame(&mut wire, &frame), Err(FrameError::TooLong { .. })));
    assert!(wire.is_empty());
}

#[test]
fn a_frame_that_says_more_or_less_than_it_may_is_refused() {
    let digest = ModuleDigest::of(b"module");
    let sign = format!("{{\"frame\":\"sign\",\"index\":0,\"digest\":\"{digest}\"}}");
    assert!(read_parent(&framed(&sign)).is_ok());
    let wrong = [
        sign.replace("\"index\"", "\"key\":1,\"index\""),
        sign.replace("\"index\"", "\"index\":1,\"index\""),
        sign.replace("\"index\":0,", ""),
        sign.replace(":0", ":-1"),
        sign.replace(":0", ":4294967296"),
        sign.replace("sign", "Sign"),
        sign.replace("\"frame\":\"sign\",", ""),
        sign.replace("\"frame\"", "\"frame\":\"finish\",\"frame\""),
        sign.to_uppercase(),
        format!("{sign}{sign}"),
        "{\"frame\":\"finish\",\"index\":0}".to_owned(),
        "{\"frame\":\"refused\",\"code\":\"swap\",\"reason\":\"\"}".to_owned(),
        "\"finish\"".to_owned(),
        "[\"finish\"]".to_owned(),
        " {\"frame\":\"finish\"}".to_owned(),
        String::new(),
        "null".to_owned(),
        "[".repeat(100_000),
    ];
    for json in wrong {
        assert!(matches!(read_parent(&framed(&json)), Err(FrameError::Malformed { .. })), "{json:.80}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_reading_panic(
        noise in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        (which, at, value) in (0_usize..3, 0_usize..400, proptest::prelude::any::<u8>()),
    ) {
        let mut mutated = Vec::new();
        write_frame(&mut mutated, &parent_frames()[which]).unwrap();
        let length = mutated.len();
        mutated[at % length] = value;
        for bytes in [&noise[..], &framed(&String::from_utf8_lossy(&noise)), &mutated] {
            let mut input = bytes;
            while let Ok(Some(frame)) = read_frame::<ParentFrame>(&mut input) {
                let mut again = Vec::new();
                write_frame(&mut again, &frame).unwrap();
                proptest::prop_assert_eq!(read_parent(&again).unwrap(), Some(frame));
            }
            drop(read_frame::<AgentFrame>(&mut &bytes[..]));
        }
    }
}
