// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a service says, made fit for the console and the status line. Its memory is bounded whatever comes.
//!
//! A service is not trusted to write text: a line of it cannot end another one's, move the cursor or turn the direction
//! of writing, and it never stands at the beginning of a line of the console, where a host looks for the status.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::Duration;

/// Bytes of one line that are shown.
const LONGEST_LINE: usize = 1024;
/// Bytes of the end of an output that are kept.
const LONGEST_TAIL: usize = 4096;
/// Bytes that a service may write at once, and that it may go on with in each second. A serial console takes about
/// eleven thousand in a second, and PID 1 waits for it.
const BURST: u64 = 64 << 10;
const RATE: u64 = 4 << 10;

/// Puts lines together from the pieces that come.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    pending: Vec<u8>,
    /// The rest of a line whose beginning was shown.
    skipping: bool,
}

impl Lines {
    /// Takes the next bytes, and gives each line that they complete or overfill.
    pub(crate) fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(String)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (part, complete) = match piece.strip_suffix(b"\n") {
                Some(part) => (part, true),
                None => (piece, false),
            };
            if !self.skipping {
                let (fits, rest) = part.split_at((LONGEST_LINE - self.pending.len()).min(part.len()));
                self.pending.extend_from_slice(fits);
                self.skipping = !rest.is_empty();
                if self.skipping {
                    each(format!("{} (cut)", self.take()));
                } else if complete {
                    each(self.take());
                }
            }
            self.skipping &= !complete;
        }
    }

    /// The rest that no newline ended.
    pub(crate) fn finish(&mut self) -> Option<String> {
        self.skipping = false;
        (!self.pending.is_empty()).then(|| self.take())
    }

    fn take(&mut self) -> String {
        let line = printable(self.pending.strip_suffix(b"\r").unwrap_or(&self.pending), &['\t']);
        self.pending.clear();
        line
    }
}

/// The end of an output.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    bytes: VecDeque<u8>,
}

impl Tail {
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        let bytes = &bytes[bytes.len().saturating_sub(LONGEST_TAIL)..];
        let over = (self.bytes.len() + bytes.len()).saturating_sub(LONGEST_TAIL);
        self.bytes.drain(..over);
        self.bytes.extend(bytes);
    }

    pub(crate) fn text(&self) -> String {
        let bytes: Vec<u8> = self.bytes.iter().copied().collect();
        printable(&bytes, &['\t', '\n'])
    }
}

/// `bytes` as text, in which control characters other than `kept`, and what is no UTF-8, are escaped.
fn printable(bytes: &[u8], kept: &[char]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if kept.contains(&character) || !(character.is_control() || is_misleading(character)) {
                text.push(character);
            } else if character.is_ascii() {
                escape(&mut text, character as u8);
            } else {
                text.extend(character.escape_unicode());
            }
        }
        chunk.invalid().iter().for_each(|byte| escape(&mut text, *byte));
    }
    text
}

fn escape(text: &mut String, byte: u8) {
    // Writing to a String cannot fail.
    write!(text, "\\x{byte:02x}").unwrap_or_default();
}

/// Unicode's line separators, and its marks, embeddings, overrides and isolates, by which a text can look like another.
fn is_misleading(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// How much a service may still write to the console.
#[derive(Debug)]
pub(crate) struct Allowance {
    left: u64,
    since: Duration,
    left_out: u64,
}

impl Allowance {
    pub(crate) fn new(now: Duration) -> Self {
        Self { left: BURST, since: now, left_out: 0 }
    }

    /// Whether a line of so many bytes may be shown.
    pub(crate) fn take(&mut self, now: Duration, bytes: usize) -> bool {
        let seconds = now.saturating_sub(self.since).as_secs();
        self.since += Duration::from_secs(seconds);
        self.left = self.left.saturating_add(seconds.saturating_mul(RATE)).min(BURST);
        let left = self.left.checked_sub(bytes as u64);
        match left {
            Some(left) => self.left = left,
            None => self.left_out += 1,
        }
        left.is_some()
    }

    /// How many lines were left out since that was asked last.
    pub(crate) fn left_out(&mut self) -> Option<String> {
        let count = std::mem::take(&mut self.left_out);
        (count > 0).then(|| format!("({count} lines left out: more than {RATE} bytes in a second)"))
    }
}

#[cfg(test)]
mod tests;
