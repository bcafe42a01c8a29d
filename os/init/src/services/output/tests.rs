// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Honest and hostile outputs.

use super::*;

fn lines(pieces: &[&[u8]]) -> Vec<String> {
    let (mut lines, mut found) = (Lines::default(), Vec::new());
    for piece in pieces {
        lines.feed(piece, |line| found.push(line));
    }
    found.extend(lines.finish());
    found
}

#[test]
fn lines_do_not_depend_on_the_pieces_they_come_in() {
    let whole = b"one\r\n\r\ntwo\tthr\xc3\xa9e\nrest";
    let expected = ["one", "", "two\tthr\u{e9}e", "rest"];
    assert_eq!(lines(&[whole]), expected);
    let bytes: Vec<&[u8]> = whole.chunks(1).collect();
    assert_eq!(lines(&bytes), expected);
    assert_eq!(lines(&[]), Vec::<String>::new());
}

#[test]
fn a_forged_end_of_line_or_escape_sequence_is_shown_and_not_done() {
    let cases: [(&[u8], &str); 6] = [
        (b"x\rASHLAR-STATUS {}", "x\\x0dASHLAR-STATUS {}"),
        (b"\x1b[2J\x1b[H\x00\x7f\x08", "\\x1b[2J\\x1b[H\\x00\\x7f\\x08"),
        ("a\u{85}b\u{9b}31m".as_bytes(), "a\\u{85}b\\u{9b}31m"),
        ("a\u{2028}b\u{2029}c\u{202e}d\u{2066}".as_bytes(), "a\\u{2028}b\\u{2029}c\\u{202e}d\\u{2066}"),
        (b"\xff\xc3", "\\xff\\xc3"),
        (b"\x0b\x0c\x1c", "\\x0b\\x0c\\x1c"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(lines(&[bytes]), [expected], "{bytes:?}");
    }
}

#[test]
fn memory_exhaustion_by_a_line_without_end_is_cut() {
    let part = vec![b'x'; 1 << 20];
    let mut lines = Lines::default();
    let mut found = Vec::new();
    for _ in 0..100 {
        lines.feed(&part, |line| found.push(line));
        assert!(lines.pending.capacity() <= 2 * LONGEST_LINE);
    }
    lines.feed(b"still the same line\nafter\n", |line| found.push(line));
    assert_eq!(found, ["x".repeat(LONGEST_LINE) + " (cut)", "after".to_owned()]);
    let fits = "y".repeat(LONGEST_LINE);
    assert_eq!(super::tests::lines(&[fits.as_bytes(), b"\n"]), [fits]);
}

#[test]
fn the_end_of_an_output_is_kept_and_no_more() {
    let mut tail = Tail::default();
    tail.feed(b"one\ntwo\x1b");
    assert_eq!(tail.text(), "one\ntwo\\x1b");
    for _ in 0..100 {
        tail.feed(&vec![b'x'; 1 << 20]);
        assert!(tail.bytes.capacity() <= 2 * LONGEST_TAIL);
    }
    tail.feed(b"the end\n");
    assert_eq!(tail.text(), "x".repeat(LONGEST_TAIL - 8) + "the end\n");
    tail.feed(&vec![b'y'; LONGEST_TAIL]);
    assert_eq!(tail.text(), "y".repeat(LONGEST_TAIL));
}

#[test]
fn no_output_can_make_the_status_line_too_long_for_its_reader() {
    // The reader takes 256 KiB, and eight services may report.
    let contents =
        [vec![0x1b], vec![0xff], vec![b'"'], vec![b'\n'], vec![0xc2, 0x9b], "\u{202e}".as_bytes().to_vec()];
    for content in contents {
        let mut tail = Tail::default();
        tail.feed(&content.repeat(LONGEST_TAIL));
        let json = serde_json::json!(tail.text()).to_string();
        assert!(json.len() * 8 < 200 << 10, "{content:?}: {}", json.len());
        assert!(!json.contains(['\n', '\u{1b}', '\u{9b}', '\u{202e}']));
    }
}

#[test]
fn a_flood_of_lines_is_left_out_and_counted() {
    let mut allowance = Allowance::new(Duration::ZERO);
    let shown = (0..10_000).filter(|_| allowance.take(Duration::ZERO, 64)).count();
    assert_eq!(shown as u64, BURST / 64);
    assert_eq!(allowance.left_out().unwrap(), "(8976 lines left out: more than 4096 bytes in a second)");
    assert_eq!(allowance.left_out(), None);
    let mut at = |milliseconds| {
        let now = Duration::from_millis(milliseconds);
        (0..10_000).filter(|_| allowance.take(now, 64)).count() as u64
    };
    assert_eq!(at(999), 0);
    assert_eq!(at(1000), RATE / 64);
    assert_eq!(at(2500), RATE / 64);
    assert_eq!(at(3000), RATE / 64);
    assert_eq!(at(1_000_000), BURST / 64, "what nobody used is not saved without end");
}
