// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A serial console as lines that are safe to print.
//!
//! The bytes come from a machine that may be broken or hostile. So a line has a greatest length, and nothing in it
//! can move the cursor, clear the screen, set the terminal's title or turn the direction of writing.
//! Escape sequences: ECMA-48, sections 5.4 (control sequences) and 5.6 (control strings).

use std::str::Chars;

/// Bytes of one line that are kept. The status line, with every failure that init can report, is far below it.
pub(super) const LONGEST: usize = 256 << 10;

/// One line, without its end and without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The text; what is not UTF-8 is replaced.
    pub(super) text: String,
    /// More than [`LONGEST`] bytes came, and the rest was dropped.
    pub(super) cut: bool,
}

/// Puts lines together from the pieces that a console arrives in.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    pending: Vec<u8>,
    cut: bool,
}

impl Splitter {
    /// Takes the next bytes, and gives each line that they complete.
    pub(super) fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(Line)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (part, complete) = match piece.strip_suffix(b"\n") {
                Some(part) => (part, true),
                None => (piece, false),
            };
            let room = (LONGEST - self.pending.len()).min(part.len());
            self.pending.extend_from_slice(&part[..room]);
            // A carriage return is no text, so it is no loss either.
            self.cut |= part[room..].iter().any(|byte| *byte != b'\r');
            if complete {
                each(self.take());
            }
        }
    }

    /// The rest that no newline ended.
    pub(super) fn finish(mut self) -> Option<Line> {
        (!self.pending.is_empty()).then(|| self.take())
    }

    fn take(&mut self) -> Line {
        let line = Line { text: clean(&self.pending), cut: self.cut };
        self.pending.clear();
        self.cut = false;
        line
    }
}

/// One line of `bytes` as text that a terminal only shows.
pub(super) fn clean(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut characters = text.chars();
    let mut kept = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => skip_sequence(&mut characters),
            '\t' => kept.push(' '),
            other if other.is_control() || turns_direction(other) => {}
            other => kept.push(other),
        }
    }
    kept
}

/// Skips the rest of an escape sequence, whose ESC has been read.
fn skip_sequence(characters: &mut Chars<'_>) {
    match characters.next() {
        Some('[') => {
            characters.find(|next| ('\u{40}'..='\u{7e}').contains(next));
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            let mut last = ' ';
            characters.find(|next| {
                let end = *next == '\u{7}' || (last == '\u{1b}' && *next == '\\');
                last = *next;
                end
            });
        }
        Some('\u{20}'..='\u{2f}') => {
            characters.find(|next| ('\u{30}'..='\u{7e}').contains(next));
        }
        Some(_) | None => {}
    }
}

/// Unicode's marks, embeddings, overrides and isolates, by which a text can look like another.
fn turns_direction(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<Line> {
        let mut splitter = Splitter::default();
        let mut lines = Vec::new();
        for piece in pieces {
            splitter.feed(piece, |line| lines.push(line));
        }
        lines.extend(splitter.finish());
        lines
    }

    fn texts(pieces: &[&[u8]]) -> Vec<String> {
        lines(pieces).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn lines_do_not_depend_on_the_pieces_they_come_in() {
        let whole = b"one\r\n\r\ntwo\nthr\xc3\xa9e";
        let expected = ["one", "", "two", "thr\u{e9}e"];
        assert_eq!(texts(&[whole]), expected);
        let bytes: Vec<&[u8]> = whole.chunks(1).collect();
        assert_eq!(texts(&bytes), expected);
        assert_eq!(texts(&[]), Vec::<String>::new());
        assert_eq!(texts(&[b"a\n"]), ["a"]);
    }

    #[test]
    fn terminal_takeover_by_escape_sequences_leaves_plain_text() {
        let cases: [(&[u8], &str); 10] = [
            (b"\x1b[2J\x1b[01;01Hhello", "hello"),
            (b"\x1b[1;31mred\x1b[0m", "red"),
            (b"\x1b]0;new title\x07text", "text"),
            (b"\x1b]52;c;Y2xpcGJvYXJk\x1b\\text", "text"),
            (b"\x1bPq#0\x1b\\text", "text"),
            (b"\x1b(0text\x1bc", "text"),
            (b"over\rwritten\x08\x7f\x00", "overwritten"),
            ("c1 \u{9b}31m".as_bytes(), "c1 31m"),
            ("\u{202e}txt.exe\u{2066}".as_bytes(), "txt.exe"),
            (b"a\tb\xff", "a b\u{fffd}"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(texts(&[bytes]), [expected], "{bytes:?}");
        }
        assert_eq!(texts(&[b"never ended \x1b]0;\nnext\n"]), ["never ended ", "next"]);
    }

    #[test]
    fn memory_exhaustion_by_a_line_without_end_is_cut() {
        let part = vec![b'x'; 1 << 20];
        let found = lines(&[&part, &part, b"\nafter\n"]);
        assert_eq!(found.iter().map(|line| line.text.len()).collect::<Vec<_>>(), [LONGEST, 5]);
        assert_eq!(found.iter().map(|line| line.cut).collect::<Vec<_>>(), [true, false]);
        let fits = lines(&[&part[..LONGEST], b"\r\n"]);
        assert!(!fits[0].cut && fits[0].text.len() == LONGEST);
    }
}
