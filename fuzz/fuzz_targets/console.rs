// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a service writes, as PID 1 shows it, and what a machine's console says, as the host shows it: lines do not depend on the
//! pieces that they come in, are bounded, and hold nothing that a terminal obeys.
#![forbid(unsafe_code)]
#![no_main]

use console::{LONGEST, Line, Splitter};
use libfuzzer_sys::fuzz_target;
use services::output::{Lines, Tail};

#[path = "../../builder/cli/src/boot/console.rs"]
mod console;
#[path = "../../os/init/src/services"]
mod services {
    #[expect(dead_code, reason = "PID 1 uses all of it")]
    pub(crate) mod output;
}

fn shown<'b>(pieces: impl Iterator<Item = &'b [u8]>) -> Vec<Line> {
    let (mut splitter, mut lines) = (Splitter::default(), Vec::new());
    pieces.for_each(|piece| splitter.feed(piece, |line| lines.push(line)));
    lines.extend(splitter.finish());
    lines
}

fn told<'b>(pieces: impl Iterator<Item = &'b [u8]>) -> (Vec<String>, String) {
    let (mut lines, mut tail, mut told) = (Lines::default(), Tail::default(), Vec::new());
    for piece in pieces {
        lines.feed(piece, |line| told.push(line));
        tail.feed(piece);
    }
    told.extend(lines.finish());
    (told, tail.text())
}

fn assert_inert(text: &str, kept: &[char]) {
    let bidirectional = ['\u{202a}'..='\u{202e}', '\u{2066}'..='\u{2069}'];
    let obeyed = |c: char| {
        (c.is_control() && !kept.contains(&c)) || bidirectional.iter().any(|range| range.contains(&c))
    };
    assert!(!text.contains(obeyed), "{text:?}");
}

fuzz_target!(|bytes: &[u8]| {
    let lines = shown(std::iter::once(bytes));
    assert_eq!(shown(bytes.chunks(1)), lines, "it depends on the pieces");
    for line in &lines {
        assert_inert(&line.text, &[]);
        // What is not UTF-8 takes three bytes each.
        assert!(line.text.len() <= 3 * LONGEST);
    }
    let (told, tail) = told(std::iter::once(bytes));
    assert_eq!(self::told(bytes.chunks(1)), (told.clone(), tail.clone()), "it depends on the pieces");
    assert_inert(&tail, &['\t', '\n']);
    for line in &told {
        assert_inert(line, &['\t']);
        assert!(!line.contains('\n'));
        // The host shows what PID 1 has made harmless as it is.
        let again = shown(std::iter::once(line.as_bytes()));
        assert!(again.len() <= 1 && again.iter().all(|it| it.text == line.replace('\t', " ")), "{line:?}");
    }
});
