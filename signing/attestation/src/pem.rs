// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Finds the PEM blocks of a text (RFC 7468 §2), so that a file may hold several keys and comments.
//!
//! Outside of blocks only empty lines and lines that begin with `#` are taken: a key with a damaged first line must not
//! become a comment. What is inside a block is read by whoever knows its kind.

use crate::AttestationError;
use crate::error::PemFault;

/// One block, from `-----BEGIN` to the end of the `-----END` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block<'a> {
    pub(crate) label: &'a str,
    pub(crate) text: &'a str,
    /// Line of its beginning, counted from 1.
    pub(crate) line: usize,
}

fn fault<T>(line: usize, fault: PemFault) -> Result<T, AttestationError> {
    Err(AttestationError::Pem { line, fault })
}

/// All blocks of `text`, at least one.
pub(crate) fn blocks(text: &str) -> Result<Vec<Block<'_>>, AttestationError> {
    let mut found = Vec::new();
    let mut open: Option<(&str, usize, usize)> = None;
    let mut offset = 0;
    for (number, raw) in (1..).zip(text.split_inclusive('\n')) {
        let line = raw.trim_end();
        match open {
            None if line.is_empty() || line.starts_with('#') => {}
            None => match edge(line, "BEGIN") {
                Some(label) => open = Some((label, offset, number)),
                None => return fault(number, PemFault::Text),
            },
            Some((label, start, begin)) => {
                if line.starts_with("Proc-Type:") {
                    return fault(number, PemFault::Encrypted);
                }
                if let Some(end) = edge(line, "END") {
                    if end != label {
                        return fault(begin, PemFault::Unfinished);
                    }
                    let block = &text[start..offset + line.len()];
                    found.push(Block { label, text: block, line: begin });
                    open = None;
                } else if line.starts_with("-----") {
                    return fault(begin, PemFault::Unfinished);
                }
            }
        }
        offset += raw.len();
    }
    match open {
        Some((_, _, begin)) => fault(begin, PemFault::Unfinished),
        None if found.is_empty() => fault(1, PemFault::NoBlock),
        None => Ok(found),
    }
}

fn edge<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    line.strip_prefix("-----")?.strip_prefix(word)?.strip_prefix(' ')?.strip_suffix("-----")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_between_comments() {
        let text =
            "# ours\n-----BEGIN A B-----\nAA==\n-----END A B-----\n\n-----BEGIN C-----\r\n-----END C-----";
        let found = blocks(text).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].label, found[0].text, found[0].line),
            ("A B", "-----BEGIN A B-----\nAA==\n-----END A B-----", 2)
        );
        assert_eq!((found[1].label, found[1].line), ("C", 6));
    }

    #[test]
    fn every_fault_has_its_line() {
        for (text, line, expected) in [
            ("", 1, PemFault::NoBlock),
            ("# nothing\n\n", 1, PemFault::NoBlock),
            ("\n-----BEGIN A-----\nAA==\n", 2, PemFault::Unfinished),
            ("-----BEGIN A-----\n-----END B-----\n", 1, PemFault::Unfinished),
            ("-----BEGIN A-----\n-----BEGIN A-----\n-----END A-----\n", 1, PemFault::Unfinished),
            ("----BEGIN A-----\n-----END A-----\n", 1, PemFault::Text),
            ("-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n-----END A-----\n", 2, PemFault::Encrypted),
        ] {
            assert_eq!(blocks(text), Err(AttestationError::Pem { line, fault: expected }), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(-----(BEGIN|END) [AB]-----|[#a\r\n é-]){0,12}") {
            for block in blocks(&text).into_iter().flatten() {
                proptest::prop_assert!(block.text.starts_with("-----BEGIN "));
                proptest::prop_assert!(block.text.ends_with("-----"));
            }
        }
    }
}
