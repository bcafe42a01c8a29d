// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What services say: their lines do not depend on where a read ends, fit the console and move no cursor, and the end that
//! is kept is the end.
#![forbid(unsafe_code)]
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../os/init/src/services"]
mod services {
    #[expect(dead_code, reason = "PID 1 uses all of it")]
    mod output;
    pub(crate) use output::{Lines, Tail};
}

use services::{Lines, Tail};

/// The lines and the kept end of what comes in parts of `size` bytes.
fn said(bytes: &[u8], size: usize) -> (Vec<String>, String) {
    let (mut lines, mut tail, mut found) = (Lines::default(), Tail::default(), Vec::new());
    for part in bytes.chunks(size) {
        lines.feed(part, |line| found.push(line));
        tail.feed(part);
    }
    found.extend(lines.finish());
    (found, tail.text())
}

fuzz_target!(|bytes: &[u8]| {
    let whole = said(bytes, bytes.len().max(1));
    // Byte by byte takes its time, and shows nothing more behind the longest line.
    let sizes: &[usize] = if bytes.len() <= 2048 { &[1, 13, 1024] } else { &[13, 1024] };
    for &size in sizes {
        assert_eq!(said(bytes, size), whole, "in parts of {size} bytes it is something else");
    }
    let (lines, tail) = whole;
    for line in &lines {
        // A byte may become an escape of four.
        assert!(line.len() <= 4 * 1024 + " (cut)".len(), "a line of {} bytes", line.len());
        assert!(!line.contains(|c: char| c.is_control() && c != '\t'), "{line:?} moves a cursor");
        assert!(!line.contains(['\u{202e}', '\u{2066}', '\u{2028}']), "{line:?} turns the direction");
    }
    assert!(lines.len() <= bytes.iter().filter(|byte| **byte == b'\n').count() + 1);
    assert!(!tail.contains(|c: char| c.is_control() && !"\t\n".contains(c)), "{tail:?} moves a cursor");
    let end = &bytes[bytes.len().saturating_sub(4096)..];
    if end.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n')) {
        assert_eq!(tail.as_bytes(), end, "another end than the end is kept");
    }
});
