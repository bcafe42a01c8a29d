// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The first byte that differs, and what stands around it.

use crate::report::Window;

/// Bytes of a row.
const ROW: usize = 16;
/// Rows before that of the first difference, and after it.
const AROUND: usize = 1;

/// Where two contents begin to differ, if they do.
pub(crate) fn first_difference(before: &[u8], after: &[u8]) -> Option<usize> {
    let common = before.len().min(after.len());
    before
        .iter()
        .zip(after)
        .position(|(one, two)| one != two)
        .or((before.len() != after.len()).then_some(common))
}

/// The surroundings of the first difference of two contents.
pub(crate) fn window(before: &[u8], after: &[u8]) -> Window {
    let offset = first_difference(before, after).unwrap_or(before.len());
    let start = (offset / ROW).saturating_sub(AROUND) * ROW;
    let end = (offset / ROW + AROUND + 1) * ROW;
    let cut =
        |bytes: &[u8]| bytes.get(start.min(bytes.len())..end.min(bytes.len())).unwrap_or_default().to_vec();
    Window {
        offset: offset as u64,
        differing: before.iter().zip(after).filter(|(one, two)| one != two).count() as u64,
        start: start as u64,
        before: cut(before),
        after: cut(after),
    }
}

/// The rows of both sides that differ, `-` before those of the first and `+` before those of the second.
pub(crate) fn rows(window: &Window) -> Vec<String> {
    let (mut one, mut two) = (window.before.chunks(ROW), window.after.chunks(ROW));
    let mut rows = Vec::new();
    let mut place = window.start;
    loop {
        let (first, second) = (one.next().unwrap_or_default(), two.next().unwrap_or_default());
        if first.is_empty() && second.is_empty() {
            return rows;
        }
        if first == second {
            rows.push(row(' ', place, first));
        } else {
            rows.extend(
                [('-', first), ('+', second)]
                    .iter()
                    .filter(|(_, bytes)| !bytes.is_empty())
                    .map(|(sign, bytes)| row(*sign, place, bytes)),
            );
        }
        place += ROW as u64;
    }
}

fn row(sign: char, place: u64, bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x} ")).collect();
    let letters: String = bytes
        .iter()
        .map(|byte| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' })
        .collect();
    format!("{sign}{place:08x}  {digits:<48} |{letters}|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_around_the_first_difference_are_shown() {
        let one: Vec<u8> = (0..100).collect();
        let mut two = one.clone();
        two[40] = 0xff;
        two[99] = 0;
        let found = window(&one, &two);
        assert_eq!((found.offset, found.start, found.differing), (40, 16, 2));
        let rows = rows(&found);
        assert_eq!(rows.len(), 4);
        assert!(rows[0].starts_with(" 00000010  10 11 "), "{rows:#?}");
        assert!(rows[1].starts_with("-00000020  20 21 22 23 24 25 26 27 28 "), "{rows:#?}");
        assert!(rows[2].starts_with("+00000020  20 21 22 23 24 25 26 27 ff "), "{rows:#?}");
        assert!(rows[2].ends_with("| !\"#$%&'.)*+,-./|"), "{rows:#?}");
    }

    #[test]
    fn the_end_of_the_shorter_is_a_difference() {
        assert_eq!(first_difference(b"ab", b"abc"), Some(2));
        assert_eq!(first_difference(b"ab", b"ab"), None);
        assert_eq!(rows(&window(b"", b"a")), [row('+', 0, b"a")]);
    }
}
