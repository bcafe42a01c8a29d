// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Control data: stanzas of `Field: value`, borrowed from the text.
//!
//! Stricter than Debian Policy §5.1 where readers disagree, because a disagreement between two readers of signed
//! data is an attack surface: no field twice, no carriage return or other control character, no line of blanks (some
//! end a stanza there, some do not), no comment. Field names compare without regard to case.

use std::str;

use crate::{ControlProblem, DebianError};

/// No stanza of the archive comes near; the check for duplicates is quadratic in it.
const MAX_FIELDS: usize = 128;

/// One field of a stanza.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// As written.
    pub name: &'a str,
    /// Without the blanks around it. Line breaks and the blank that begins each further line are kept, so a value that
    /// begins below its name begins with a line break.
    pub value: &'a str,
    /// The line of the name, counted from 1.
    pub line: usize,
}

/// One stanza: an index record, or a whole Release or control file.
#[derive(Clone, Debug)]
pub struct Stanza<'a> {
    origin: &'a str,
    line: usize,
    fields: Vec<Field<'a>>,
}

impl<'a> Stanza<'a> {
    /// The fields in their order.
    #[must_use]
    pub fn fields(&self) -> &[Field<'a>] {
        &self.fields
    }

    /// The field of this name, in any case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Field<'a>> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)).copied()
    }

    /// The value of the field of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.field(name).map(|field| field.value)
    }

    /// The field of this name.
    ///
    /// # Errors
    /// [`DebianError::Control`] if it is not there or empty.
    pub fn require(&self, name: &'static str) -> Result<Field<'a>, DebianError> {
        self.field(name)
            .filter(|field| !field.value.is_empty())
            .ok_or_else(|| self.problem(self.line, ControlProblem::MissingField(name)))
    }

    /// The first line of the stanza, counted from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    pub(crate) fn problem(&self, line: usize, problem: ControlProblem) -> DebianError {
        DebianError::control(self.origin, line, problem)
    }

    pub(crate) fn bad_value(&self, field: &Field<'_>, value: &str, expected: &'static str) -> DebianError {
        self.problem(field.line, ControlProblem::Value { value: shorten(value), expected })
    }
}

/// Long enough to find the place, short enough for a terminal.
fn shorten(value: &str) -> String {
    let mut text: String = value.chars().take(120).collect();
    if text.len() < value.len() {
        text.push('…');
    }
    text
}

/// The stanzas of a text, one after the other; ends after the first error.
#[derive(Debug)]
pub struct Stanzas<'a> {
    origin: &'a str,
    rest: &'a str,
    line: usize,
}

impl<'a> Stanzas<'a> {
    /// Starts on `bytes`; `origin` names them in errors.
    ///
    /// # Errors
    /// [`DebianError::Control`] if the text is not UTF-8 or holds a control character.
    pub fn new(origin: &'a str, bytes: &'a [u8]) -> Result<Self, DebianError> {
        let at = |offset: usize, problem| {
            let line = bytes.iter().take(offset).filter(|byte| **byte == b'\n').count() + 1;
            DebianError::control(origin, line, problem)
        };
        let text = str::from_utf8(bytes).map_err(|error| at(error.valid_up_to(), ControlProblem::NotUtf8))?;
        let is_control = |byte: u8| (byte < b' ' && byte != b'\n' && byte != b'\t') || byte == 0x7f;
        // A fold without an early exit is vectorised; the search for the place runs only on failure.
        if bytes.iter().fold(false, |found, byte| found | is_control(*byte))
            && let Some(offset) = bytes.iter().position(|byte| is_control(*byte))
        {
            return Err(at(offset, ControlProblem::ControlCharacter(bytes[offset])));
        }
        Ok(Self { origin, rest: text, line: 1 })
    }

    /// The only stanza.
    ///
    /// # Errors
    /// [`DebianError::Control`] if there is none or more than one, or at a broken line.
    pub fn only(mut self) -> Result<Stanza<'a>, DebianError> {
        let origin = self.origin;
        let stanza = self
            .next()
            .unwrap_or_else(|| Err(DebianError::control(origin, 1, ControlProblem::NotOneStanza)))?;
        match self.next() {
            None => Ok(stanza),
            Some(Ok(second)) => Err(second.problem(second.line, ControlProblem::NotOneStanza)),
            Some(Err(error)) => Err(error),
        }
    }

    fn next_line(&mut self) -> Option<(&'a str, usize)> {
        if self.rest.is_empty() {
            return None;
        }
        let line_number = self.line;
        self.line += 1;
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        Some((line, line_number))
    }

    fn parse_next(&mut self) -> Result<Option<Stanza<'a>>, DebianError> {
        while let Some(rest) = self.rest.strip_prefix('\n') {
            self.rest = rest;
            self.line += 1;
        }
        let origin = self.origin;
        let mut stanza = Stanza { origin, line: self.line, fields: Vec::with_capacity(24) };
        let mut names = NameFilter::default();
        loop {
            let text = self.rest;
            let Some((line, number)) = self.next_line() else { break };
            let fail = |problem| Err(DebianError::control(origin, number, problem));
            match line.as_bytes().first() {
                None => break,
                Some(b' ' | b'\t') => {
                    return fail(if is_blank(line) {
                        ControlProblem::BlankLine
                    } else {
                        ControlProblem::Continuation
                    });
                }
                Some(_) => {}
            }
            let Some((name, first)) = line.split_once(':') else { return fail(ControlProblem::NotAField) };
            if !is_field_name(name) {
                return fail(ControlProblem::NotAField);
            }
            if names.may_contain(name) && stanza.field(name).is_some() {
                return fail(ControlProblem::DuplicateField(name.to_owned()));
            }
            if stanza.fields.len() == MAX_FIELDS {
                return fail(ControlProblem::TooManyFields(MAX_FIELDS));
            }
            let mut value = first;
            while self.rest.starts_with([' ', '\t']) {
                let Some((continuation, number)) = self.next_line() else { break };
                if is_blank(continuation) {
                    return Err(DebianError::control(origin, number, ControlProblem::BlankLine));
                }
                // Everything from the value's start to the end of this line, line breaks included.
                let end = text.len() - self.rest.len();
                value = text[name.len() + 1..end].trim_end_matches('\n');
            }
            stanza.fields.push(Field {
                name,
                value: value.trim_start_matches([' ', '\t']).trim_end(),
                line: number,
            });
        }
        Ok((!stanza.fields.is_empty()).then_some(stanza))
    }
}

impl<'a> Iterator for Stanzas<'a> {
    type Item = Result<Stanza<'a>, DebianError>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.parse_next().transpose();
        if matches!(result, Some(Err(_))) {
            self.rest = "";
        }
        result
    }
}

fn is_blank(line: &str) -> bool {
    line.bytes().all(|byte| matches!(byte, b' ' | b'\t'))
}

fn is_field_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(['#', '-']) && name.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A set of names that may say "perhaps": one bit for each class, so that most names need no search.
#[derive(Default)]
struct NameFilter(u64);

impl NameFilter {
    fn may_contain(&mut self, name: &str) -> bool {
        let class = name.bytes().fold(name.len(), |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(usize::from(byte.to_ascii_lowercase()))
        });
        let bit = 1 << (class % 64);
        let seen = self.0 & bit != 0;
        self.0 |= bit;
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &[u8]) -> Result<Vec<Stanza<'_>>, DebianError> {
        Stanzas::new("x", text)?.collect()
    }

    fn problem(text: &[u8]) -> (usize, ControlProblem) {
        match parse(text) {
            Err(DebianError::Control { line, problem, .. }) => (line, problem),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn stanzas_and_continuations() {
        let stanzas =
            parse(b"\n\nPackage: a\nDescription: one\n two\n .\n three\nTag:\n x,\n\ty\n\n\nPackage: b\n")
                .unwrap();
        assert_eq!(stanzas.len(), 2);
        assert_eq!(stanzas[0].line(), 3);
        assert_eq!(stanzas[0].get("description"), Some("one\n two\n .\n three"));
        assert_eq!(stanzas[0].get("TAG"), Some("\n x,\n\ty"));
        assert_eq!(stanzas[0].field("Tag").unwrap().line, 8);
        assert_eq!(stanzas[1].get("Package"), Some("b"));
        assert_eq!(stanzas[1].line(), 13);
    }

    #[test]
    fn the_last_line_break_may_be_missing() {
        assert_eq!(parse(b"A: 1\nB: 2\n 3").unwrap()[0].get("b"), Some("2\n 3"));
        assert_eq!(parse(b"").unwrap().len(), 0);
        assert_eq!(parse(b"\n\n").unwrap().len(), 0);
    }

    #[test]
    fn each_broken_rule_is_named_with_its_line() {
        use ControlProblem as P;
        let cases: &[(&[u8], usize, P)] = &[
            (b"A: 1\nB: 2\na: 3\n", 3, P::DuplicateField("a".into())),
            (b" x\n", 1, P::Continuation),
            (b"A: 1\n\n x\n", 3, P::Continuation),
            (b"A: 1\n \nB: 2\n", 2, P::BlankLine),
            (b"A: 1\n\n\t\nB: 2\n", 3, P::BlankLine),
            (b"A: 1\r\n", 1, P::ControlCharacter(b'\r')),
            (b"A: 1\nB: \0\n", 2, P::ControlCharacter(0)),
            (b"A: 1\nB: \x7f\n", 2, P::ControlCharacter(0x7f)),
            (b"A: \xff\n", 1, P::NotUtf8),
            (b"A: 1\nno colon\n", 2, P::NotAField),
            (b": 1\n", 1, P::NotAField),
            (b"# comment: 1\n", 1, P::NotAField),
            (b"-A: 1\n", 1, P::NotAField),
            (b"A B: 1\n", 1, P::NotAField),
        ];
        for (text, line, expected) in cases {
            assert_eq!(problem(text), (*line, expected.clone()), "{:?}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn a_stanza_of_endless_fields_is_refused() {
        let text: String = (0..=MAX_FIELDS).map(|index| format!("F{index}: x\n")).collect();
        assert_eq!(problem(text.as_bytes()), (MAX_FIELDS + 1, ControlProblem::TooManyFields(MAX_FIELDS)));
    }

    #[test]
    fn only_wants_exactly_one() {
        assert!(Stanzas::new("x", b"A: 1\n\n").unwrap().only().is_ok());
        assert!(Stanzas::new("x", b"").unwrap().only().is_err());
        assert!(Stanzas::new("x", b"A: 1\n\nB: 2\n").unwrap().only().is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(stanzas in proptest::collection::vec(
            proptest::collection::btree_map("[A-Z][a-z-]{0,9}", "[!-~]([ -~]{0,20}[!-~])?", 1..9), 0..5))
        {
            let mut text = String::new();
            for stanza in &stanzas {
                for (name, value) in stanza {
                    text.extend([name, ": ", value, "\n"]);
                }
                text += "\n";
            }
            let read = parse(text.as_bytes()).unwrap();
            prop_assert_eq!(read.len(), stanzas.len());
            for (read, written) in read.iter().zip(&stanzas) {
                prop_assert_eq!(read.fields().len(), written.len());
                for (name, value) in written {
                    prop_assert_eq!(read.get(name), Some(value.as_str()));
                }
            }
        }

        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(prop_oneof![
            Just(b'A'), Just(b':'), Just(b'\n'), Just(b' '), Just(b'\t'), any::<u8>()], 0..200))
        {
            drop(parse(&bytes));
        }
    }
}
