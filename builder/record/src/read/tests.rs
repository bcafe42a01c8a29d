// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is read, and what is refused.

use proptest::prelude::*;

use super::*;
use crate::samples::{Sample, digest, read};
use crate::{CriticalPath, Totals, durations, timeline};

fn ordinary() -> String {
    Sample::new(2)
        .hit("package a", &[])
        .built("recipe b", &[0], 10..50)
        .built("recipe c", &[0], 10..30)
        .failed("image d", &[1, 2], 50..60, "no")
        .skipped("image e", &[3])
        .end(70)
        .encode()
}

/// Why a record is refused.
fn refused(text: &str) -> String {
    BuildRecord::read(text.as_bytes()).expect_err("it was read").to_string()
}

/// The ordinary record with one text in place of another.
fn changed(from: &str, to: &str) -> String {
    let text = ordinary();
    assert!(text.contains(from), "{from} is not in {text}");
    text.replacen(from, to, 1)
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let record = BuildRecord::read(ordinary().as_bytes()).unwrap();
    assert_eq!(record.what(), ["qemu"]);
    assert_eq!((record.jobs(), record.wall_ms(), record.is_complete()), (2, 70, true));
    let words: Vec<&str> = record.derivations().iter().map(Derivation::word).collect();
    assert_eq!(words, ["hit", "built", "built", "failed", "skipped"]);
}

#[test]
fn a_build_that_was_killed_at_any_byte_leaves_a_record_of_what_it_did_before() {
    let text = ordinary();
    let first = text.find('\n').unwrap();
    for end in 0..text.len() {
        let read = BuildRecord::read(&text.as_bytes()[..end]);
        match read {
            Ok(record) => {
                assert!(end > first && !record.is_complete(), "{end}");
                timeline(&record).unwrap();
            }
            Err(RecordError::Empty) => assert!(end <= first, "{end}"),
            Err(error) => panic!("cut off at {end}: {error}"),
        }
    }
}

#[test]
fn another_schema_and_another_file_are_told_apart() {
    let other = changed("\"schema\":1", "\"schema\":2,\"new\":true");
    assert_eq!(refused(&other), "read the build record: its schema is 2, and this tool reads 1");
    assert!(
        refused(&changed("ashlar-build-record", "else"))
            .starts_with("read line 1 of the build record: it does not begin")
    );
    assert!(refused("{}\n").contains("line 1"));
    assert!(refused("\u{7f}ELF\n").contains("line 1"));
    assert!(matches!(BuildRecord::read(b""), Err(RecordError::Empty)));
    assert!(matches!(BuildRecord::read(b"\n"), Err(RecordError::Empty)));
}

#[test]
fn what_no_build_can_have_done_is_refused_with_its_line() {
    let begun = |derivation: u32, worker: u32, at: u64| {
        format!(
            "{{\"begun\":{{\"derivation\":{derivation},\"digest\":\"{}\",\"queued_ms\":0,\"begun_ms\":{at},\"worker\":{worker}}}}}\n",
            digest()
        )
    };
    let planned = "{\"derivation\":{\"name\":\"x\",\"kind\":\"merge@1\",\"needs\":[]}}\n";
    let end = "{\"end\":{\"ended_ms\":70,\"succeeded\":false}}\n";
    let before_end = |line: &str| changed(end, &format!("{line}{end}"));
    let cases = [
        (changed("\"jobs\":2", "\"jobs\":0"), "line 1", "0 jobs"),
        (changed("\"jobs\":2", "\"jobs\":2,\"jobs\":2"), "line 1", "duplicate field"),
        (changed("\"jobs\":2", "\"jobs\":2,\"host\":\"x\""), "line 1", "unknown field `host`"),
        (changed("1764105363123", "999999999999999"), "line 1", "9999"),
        (changed("\"needs\":[0]", "\"needs\":[1]"), "line 3", "not before it"),
        (changed("\"needs\":[1,2]", "\"needs\":[2,1]"), "line 5", "ascending"),
        (changed("\"needs\":[1,2]", "\"needs\":[1,1]"), "line 5", "ascending"),
        (changed("recipe c", "recipe b"), "line 4", "a second derivation called"),
        (changed("recipe c", "recipe \\u001b[2J"), "line 4", "control character"),
        (changed("recipe c", ""), "line 4", "empty"),
        (changed(&digest(), "77"), "line 2", "64 lowercase"),
        (changed("\"from\":\"store\"", "\"from\":\"cloud\""), "line 2", "unknown variant"),
        (changed("\"begun_ms\":10,\"worker\":1", "\"begun_ms\":10,\"worker\":2"), "line 8", "no worker 2"),
        (changed("\"begun_ms\":10,\"worker\":1", "\"begun_ms\":10,\"worker\":0"), "line 8", "busy"),
        (changed("\"queued_ms\":50", "\"queued_ms\":51"), "line 11", "before it could be"),
        (changed("\"ended_ms\":30", "\"ended_ms\":9"), "line 9", "ended before it was begun"),
        (changed("\"ended_ms\":30", "\"ended_ms\":1000000000000"), "line 9", "no build takes so long"),
        (changed(",\"reason\":\"no\"", ""), "line 12", "has a reason"),
        (changed("\"reason\":\"no\"", "\"reason\":\"a\\nb\""), "line 12", "control character"),
        (changed("\"bytes_in\":100", "\"bytes_in\":99999999999999999"), "line 9", "more than any machine"),
        (changed("\"bytes_in\":100", "\"bytes_in\":-1"), "line 9", "invalid value"),
        (changed("\"ended_ms\":70", "\"ended_ms\":59"), "line 13", "ends before something"),
        (changed("\"succeeded\":false", "\"succeeded\":true"), "line 13", "without everything being there"),
        (before_end(planned), "line 13", "not planned at the beginning"),
        (before_end(&begun(1, 0, 60)), "line 13", "begun before"),
        (before_end(&begun(4, 0, 60)), "line 13", "is not there yet"),
        (before_end(&begun(9, 0, 60)), "line 13", "no such derivation"),
        (
            before_end("{\"sources\":{\"begun_ms\":0,\"ended_ms\":1,\"files\":1}}\n"),
            "line 13",
            "before anything is begun",
        ),
        (before_end("\n"), "line 13", "EOF"),
        (ordinary() + end, "line 14", "after the end"),
        (ordinary() + &ordinary(), "line 14", "after the end"),
        (
            Sample::new(1).hit("a", &[]).begun("b", &[0], 1).end(5).encode(),
            "line 5",
            "ends while a worker is busy",
        ),
        (Sample::new(1).skipped("a", &[]).hit("b", &[0]).encode(), "line 3", "cannot be known"),
    ];
    for (text, line, reason) in cases {
        let found = refused(&text);
        assert!(
            found.contains(&format!("read {line} of")) && found.contains(reason),
            "{line}, {reason}: {found}"
        );
    }
}

/// Does with a record all that a reader does.
fn use_it(bytes: &[u8]) {
    if let Ok(record) = BuildRecord::read(bytes) {
        let path = CriticalPath::of(&record);
        assert!(path.total_ms() <= record.wall_ms(), "a chain cannot take longer than the build: {record:?}");
        assert!(Totals::of(&record).busy_ms <= record.wall_ms() * u64::from(record.jobs()));
        drop(durations([&record]));
        timeline(&record).unwrap();
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        use_it(&bytes);
    }

    #[test]
    fn a_record_with_any_byte_changed_panics_nowhere(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = ordinary().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        use_it(&bytes);
    }

    #[test]
    fn a_record_with_any_number_changed_panics_nowhere(which in any::<prop::sample::Index>(), number in any::<u64>()) {
        let text = ordinary();
        let numbers: Vec<usize> = (1..text.len())
            .filter(|at| text.as_bytes()[*at].is_ascii_digit() && text.as_bytes()[at - 1] == b':')
            .collect();
        let at = numbers[which.index(numbers.len())];
        let rest = text[at..].trim_start_matches(|c: char| c.is_ascii_digit());
        use_it(format!("{}{number}{rest}", &text[..at]).as_bytes());
    }

    #[test]
    fn any_name_without_control_characters_is_shown_as_text(name in "\\PC{1,40}") {
        prop_assume!(!name.chars().any(char::is_control));
        let page = timeline(&read(Sample::new(1).built(&name, &[], 0..10).end(10))).unwrap();
        prop_assert!(page.contains(&handlebars::html_escape(&name)));
    }
}
