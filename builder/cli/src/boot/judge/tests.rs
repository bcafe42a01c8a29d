// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Tables of consoles and what is found in them.

use ashlar_sandbox::{Isolation, NetworkAttempt, Usage};

use super::super::console::Splitter;
use super::super::status::tests::GOOD;
use super::*;

fn ended(end: End) -> Outcome {
    Outcome {
        end,
        network: Vec::new(),
        network_count: 0,
        survivors: 0,
        out_of_memory: false,
        usage: Usage::default(),
        isolation: Isolation::default(),
    }
}

fn transcript(console: &str) -> Transcript {
    let mut transcript = Transcript::default();
    let mut splitter = Splitter::default();
    splitter.feed(console.as_bytes(), |line| transcript.add(line));
    splitter.finish().into_iter().for_each(|line| transcript.add(line));
    transcript
}

fn named(name: &str) -> Disk {
    Disk { name: name.to_owned(), path: "/files/extension.raw".into() }
}

fn promise() -> Promise {
    Promise {
        extensions: [("writeboost", "0f0f"), ("drm", "aaaa")]
            .map(|(name, hash)| (name.to_owned(), hash.to_owned()))
            .into(),
        modules: ["loop".to_owned()].into(),
        trusted_keys: Some(["module key of ashlar-qemu-0.1.0-x86_64: 89ab".to_owned()].into()),
        services: Some(["trial".to_owned()].into()),
    }
}

fn judged(transcript: &Transcript, outcome: &Outcome) -> (Option<Status>, Vec<String>) {
    let expected = Expected {
        root_hash: Some("00ff"),
        extensions: &[named("writeboost")],
        promise: &promise(),
        timeout: Duration::from_secs(300),
    };
    judge(transcript, outcome, expected)
}

fn findings(console: &str) -> Vec<String> {
    judged(&transcript(console), &ended(End::Exited(0))).1
}

fn console(json: &str) -> String {
    format!("[    0.000000] Linux version 6.12\r\nASHLAR-STATUS {json}\r\n[    9.1] reboot: Power down\r\n")
}

#[test]
fn a_good_machine_has_no_findings() {
    let (status, findings) = judged(&transcript(&console(GOOD)), &ended(End::Exited(0)));
    assert_eq!(findings, Vec::<String>::new());
    assert_eq!(status.unwrap().uptime_ms, 1234);
}

#[test]
fn each_weakness_of_the_status_is_one_finding() {
    let failure = r#""failures":[{"error":"I/O error","operation":"read the verified root at byte 4096"}]"#;
    let cases = [
        (r#""failures":[]"#, failure, "init failed to read the verified root at byte 4096: I/O error"),
        (r#""phase":"root""#, r#""phase":"initramfs""#, "the root was not entered"),
        (r#""root_hash":"00ff""#, r#""root_hash":"00fe""#, "the root hash is 00fe, but this image's is 00ff"),
        (r#""root_hash":"00ff""#, r#""root_hash":null"#, "no verity device is live"),
        (r#""verity_status":"verified""#, r#""verity_status":"corrupted""#, "status is corrupted"),
        (r#""verity_status":"verified""#, r#""verity_status":null"#, "status is unknown"),
        (r#""sig_enforce":true"#, r#""sig_enforce":false"#, "does not enforce module signatures (it says"),
        (r#""sig_enforce":true"#, r#""sig_enforce":null"#, "does not enforce module signatures (it is"),
        (r#""lockdown":"integrity""#, r#""lockdown":"none""#, "lockdown is none"),
        (r#""lockdown":"integrity""#, r#""lockdown":null"#, "lockdown is unknown"),
        (r#""tainted":0"#, r#""tainted":512"#, "the kernel is tainted (512)"),
        (r#""tainted":0"#, r#""tainted":null"#, "unknown whether the kernel is tainted"),
        (r#"["loop"]"#, r#"["loop2"]"#, "the module loop is not loaded"),
        (r#"["loop"]"#, "null", "unknown which modules are loaded"),
        (r#"["module key of ashlar-qemu-0.1.0-x86_64: 89ab"]"#, "[]", "does not trust the key module key of"),
        (
            r#""trusted_keys":["#,
            r#""trusted_keys":["another key: 00","#,
            "trusts the key another key: 00, which its file lacks",
        ),
        (
            r#"["module key of ashlar-qemu-0.1.0-x86_64: 89ab"]"#,
            "null",
            "unknown which keys the kernel trusts",
        ),
        (
            r#"{"name":"writeboost","root_hash":"0f0f"}"#,
            "",
            "the extension writeboost is attached, but not in use",
        ),
        (
            r#"{"error":null,"name":"trial","output":"hello\n","restarts":0,"state":"done"}"#,
            r#"{"error":"it ended with signal 9","name":"trial","output":null,"restarts":0,"state":"failed"}"#,
            "the service trial failed: it ended with signal 9",
        ),
        (r#""state":"done""#, r#""state":"waiting""#, "the service trial waits"),
        (
            r#"{"error":null,"name":"trial","output":"hello\n","restarts":0,"state":"done"}"#,
            "",
            "the service trial of the image was not started",
        ),
        (
            r#""services":["#,
            r#""services":[{"error":null,"name":"trial","output":null,"restarts":0,"state":"done"},"#,
            "the service trial is told of 2 times",
        ),
        (
            r#""services":["#,
            r#""services":[{"error":null,"name":"miner","output":null,"restarts":0,"state":"ready"},"#,
            "the service miner was started, but the image has none of that name",
        ),
        ("0f0f", "0f0e", "the root hash of the extension writeboost is 0f0e, but this image lists 0f0f"),
        (
            r#"{"name":"writeboost","#,
            r#"{"name":"drm","root_hash":"aaaa"},{"name":"writeboost","#,
            "the extension drm is in use, but not attached",
        ),
    ];
    for (good, bad, expected) in cases {
        let json = GOOD.replace(good, bad);
        assert_ne!(json, GOOD, "{good}");
        let found = findings(&console(&json));
        assert!(found.len() == 1 && found[0].contains(expected), "{bad}: {found:?}");
    }
    let ready = GOOD.replace(r#""state":"done""#, r#""state":"ready""#);
    assert_eq!(findings(&console(&ready)), Vec::<String>::new());
    let stronger = GOOD.replace("integrity", "confidentiality");
    assert_eq!(findings(&console(&stronger)), Vec::<String>::new());
}

#[test]
fn a_terminal_takeover_by_a_failure_in_the_status_leaves_plain_text() {
    let failure = r#""failures":[{"error":"\u001b[2Jtext\r\u009b","operation":"\nrun"}]"#;
    let found = findings(&console(&GOOD.replace(r#""failures":[]"#, failure)));
    assert_eq!(found, ["init failed to run: text"]);
}

#[test]
fn without_modules_to_load_a_kernel_may_trust_no_key() {
    let without = Promise { modules: [].into(), trusted_keys: Some([].into()), ..promise() };
    let expected = Expected {
        root_hash: Some("00ff"),
        extensions: &[named("writeboost")],
        promise: &without,
        timeout: Duration::from_secs(300),
    };
    let json = GOOD
        .replace(r#"["module key of ashlar-qemu-0.1.0-x86_64: 89ab"]"#, "[]")
        .replace(r#"["loop"]"#, "[]");
    assert!(judge(&transcript(&console(&json)), &ended(End::Exited(0)), expected).1.is_empty());
}

#[test]
fn an_extension_that_the_image_does_not_list_is_a_finding_even_where_it_is_in_use() {
    let attached = [named("writeboost"), named("forged")];
    let expected = Expected {
        root_hash: Some("00ff"),
        extensions: &attached,
        promise: &promise(),
        timeout: Duration::from_secs(300),
    };
    let json = GOOD.replace(r#""extensions":["#, r#""extensions":[{"name":"forged","root_hash":"aa"},"#);
    let found = judge(&transcript(&console(&json)), &ended(End::Exited(0)), expected).1;
    assert_eq!(found, ["the extension forged is in use, but this image lists none of that name"]);
}

#[test]
fn without_an_expected_root_hash_any_live_root_passes() {
    let json = GOOD.replace("00ff", "abcd");
    let expected = Expected {
        root_hash: None,
        extensions: &[named("writeboost")],
        promise: &promise(),
        timeout: Duration::from_secs(300),
    };
    assert!(judge(&transcript(&console(&json)), &ended(End::Exited(0)), expected).1.is_empty());
}

#[test]
fn a_console_without_status_shows_its_last_lines() {
    let console: String = (0..50).map(|number| format!("line {number}\r\n")).collect();
    let found = findings(&console);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("there is no status line; the console ends with:\n    line 30\n"),
        "{found:?}"
    );
    assert!(found[0].ends_with("line 49"), "{found:?}");
    assert_eq!(findings(""), ["there is no status line; the console is empty"]);
}

#[test]
fn a_forged_second_status_line_makes_both_unbelievable() {
    for forged in [GOOD, "{}", ""] {
        let text = format!("{}ASHLAR-STATUS {forged}\r\n", console(GOOD));
        let (status, findings) = judged(&transcript(&text), &ended(End::Exited(0)));
        assert_eq!(status, None);
        assert_eq!(findings, ["there are 2 status lines, so none can be believed"], "{forged}");
    }
}

#[test]
fn a_mark_inside_another_line_is_no_status() {
    for text in [
        format!("[    1.0] ASHLAR-STATUS {GOOD}\r\n"),
        format!(" ASHLAR-STATUS {GOOD}\r\n"),
        format!("ASHLAR-STATU\r\nS {GOOD}\r\n"),
        format!("ashlar-status {GOOD}\r\n"),
    ] {
        assert!(findings(&text)[0].starts_with("there is no status line"), "{text}");
    }
    // Init's own texts may quote anything.
    let quoting = GOOD.replace("ashlar\",\"v", "ASHLAR-STATUS {} Kernel panic - not syncing\",\"v");
    assert_ne!(quoting, GOOD);
    assert_eq!(findings(&console(&quoting)), Vec::<String>::new());
}

#[test]
fn a_cut_status_line_is_never_understood() {
    for end in 0..GOOD.len() {
        let found = findings(&console(&GOOD[..end]));
        assert!(
            found.len() == 1 && found[0].starts_with("the status line cannot be understood"),
            "{end}: {found:?}"
        );
    }
    let unended = format!("ASHLAR-STATUS {}", &GOOD[..GOOD.len() - 1]);
    assert_eq!(findings(&unended).len(), 1);
}

#[test]
fn a_status_line_of_a_megabyte_is_refused_and_the_report_stays_short() {
    let padded = GOOD.replace("6.12.107", &"6".repeat(1 << 20));
    assert_eq!(findings(&console(&padded)), ["the status line is longer than 262144 bytes"]);
    let long = format!("{}\r\n", "x".repeat(1 << 20)).repeat(30);
    let found = findings(&long);
    assert!(found[0].len() < 20 * (SHOWN + 16), "{}", found[0].len());
}

#[test]
fn late_failures_and_panics_are_found_whatever_the_status_says() {
    let failure = r#"ASHLAR-FAILURE {"error":"device busy","operation":"unmount /var"}"#;
    let found = findings(&format!("{}{failure}\r\n", console(GOOD)));
    assert_eq!(found, [format!("after its status, init reported: {failure}")]);
    let flood = format!("{}{}", console(GOOD), format!("{failure}\r\n").repeat(1000));
    let found = findings(&flood);
    assert_eq!(found.len(), FAILURES + 1);
    assert_eq!(found[FAILURES], "after its status, init reported 980 more failures");
    let panic = "[    2.5] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100";
    let found = findings(&format!("{}{panic}\r\n", console(GOOD)));
    assert_eq!(found, [format!("the kernel panicked: {panic}")]);
}

#[test]
fn the_end_of_qemu_is_judged_beside_the_status() {
    let good = transcript(&console(GOOD));
    let cases = [
        (End::Exited(1), "QEMU ended with exit status 1"),
        (End::Signalled(11), "QEMU was ended by signal 11"),
        (End::TimedOut, "the machine did not power off within 300 seconds"),
    ];
    for (end, expected) in cases {
        assert_eq!(judged(&good, &ended(end)).1, [expected]);
    }
    let attempt = NetworkAttempt {
        program: "/usr/bin/qemu-system-x86_64".to_owned(),
        arguments: "qemu-system-x86_64 -nodefaults".to_owned(),
        address: "192.0.2.1:80".to_owned(),
    };
    let reaching = Outcome { network: vec![attempt], network_count: 1, ..ended(End::Exited(0)) };
    assert!(judged(&good, &reaching).1[0].contains("tried to reach 192.0.2.1:80"));
    let counted = Outcome { network_count: 7, ..ended(End::Exited(0)) };
    assert_eq!(judged(&good, &counted).1, ["QEMU tried to reach the network 7 times"]);
    let starved = Outcome { out_of_memory: true, ..ended(End::Signalled(9)) };
    assert_eq!(judged(&good, &starved).1.len(), 2);
}
