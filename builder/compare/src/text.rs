// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Hunks of text, in the form of `diff -u`.

use similar::TextDiff;

/// Texts that differ in more lines are not aligned: that takes time that grows with the square.
const LONGEST: usize = 10_000;
/// Lines of context.
const CONTEXT: usize = 3;
/// Characters of a line that are shown.
const WIDTH: usize = 160;
/// Lines of each side that are shown where nothing is aligned.
const UNALIGNED: usize = 5;

/// Lines in which two texts differ, with their surroundings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hunks {
    /// `@@` lines, then lines that begin with `-`, `+` or a blank. Control characters are escaped, long lines cut.
    pub lines: Vec<String>,
    /// How many of them were left out. Of texts that were not aligned, the `@@` line counts what differs.
    pub more: usize,
}

/// Whether `bytes` are text that a terminal shows as it is.
pub(crate) fn as_text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r' | '\u{c}');
    (!text.chars().any(strange)).then_some(text)
}

/// The same text with every character escaped that acts on a terminal or makes one text look like another; tabs stay.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => shown.push('\t'),
            other if other.is_control() || is_misleading(other) => shown.extend(other.escape_default()),
            other => shown.push(other),
        }
    }
    shown
}

/// The beginning of a text, [`escaped`]: as much of it as a line has room for.
#[must_use]
pub fn printable(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => escaped(&text[..end]) + "…",
        None => escaped(text),
    }
}

/// Unicode's invisible ones, line separators, and marks, embeddings, overrides and isolates of direction.
const fn is_misleading(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// Where `before` and `after` differ, in at most `most` lines.
#[must_use]
pub fn hunks(before: &str, after: &str, most: usize) -> Hunks {
    // With their ends: a text of other line ends differs in every line.
    let one: Vec<&str> = before.split_inclusive('\n').collect();
    let two: Vec<&str> = after.split_inclusive('\n').collect();
    let start = one.iter().zip(&two).take_while(|(one, two)| one == two).count();
    let rest = one.len().min(two.len()) - start;
    let end = one.iter().rev().zip(two.iter().rev()).take(rest).take_while(|(one, two)| one == two).count();
    let (left, right) = (&one[start..one.len() - end], &two[start..two.len() - end]);
    let lines =
        if left.len() + right.len() > LONGEST { unaligned(left, right, start) } else { aligned(&one, &two) };
    let more = lines.len().saturating_sub(most);
    Hunks { lines: lines.into_iter().take(most).collect(), more }
}

fn aligned(before: &[&str], after: &[&str]) -> Vec<String> {
    let diff = TextDiff::from_slices(before, after);
    let mut unified = diff.unified_diff();
    let mut lines = Vec::new();
    for hunk in unified.context_radius(CONTEXT).iter_hunks() {
        lines.push(hunk.header().to_string());
        for change in hunk.iter_changes() {
            let (text, end) = match change.value().strip_suffix('\n') {
                Some(text) => (text, None),
                None => (change.value(), Some("\\ no newline at the end".to_owned())),
            };
            lines.push(format!("{}{}", change.tag(), printable(text)));
            lines.extend(end);
        }
    }
    lines
}

/// The beginnings of what stands behind `start` lines in common, up to what both end with.
fn unaligned(one: &[&str], two: &[&str], start: usize) -> Vec<String> {
    let header = format!("@@ from line {} on, {} and {} lines @@", start + 1, one.len(), two.len());
    let side = |sign: char, lines: &[&str]| -> Vec<String> {
        let shown = lines.iter().take(UNALIGNED).map(|line| line.strip_suffix('\n').unwrap_or(line));
        shown.map(|line| format!("{sign}{}", printable(line))).collect()
    };
    std::iter::once(header).chain(side('-', one)).chain(side('+', two)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_stands_among_its_neighbours() {
        let found = hunks("1\n2\n3\n4\n5\n6\n", "1\n2\n3\nfour\n5\n6\n", 40);
        assert_eq!(found.lines, ["@@ -1,6 +1,6 @@", " 1", " 2", " 3", "-4", "+four", " 5", " 6"]);
        assert_eq!(found.more, 0);
        assert_eq!(hunks("a\n", "a\n", 40), Hunks::default());
    }

    #[test]
    fn a_lost_newline_is_told() {
        assert_eq!(hunks("a\n", "a", 9).lines, ["@@ -1 +1 @@", "-a", "+a", "\\ no newline at the end"]);
    }

    #[test]
    fn other_line_ends_are_told_and_take_no_time() {
        assert_eq!(hunks("a\n", "a\r\n", 9).lines, ["@@ -1 +1 @@", "-a", "+a\\r"]);
        let text = |end: &str| (0..200_000).map(|number| format!("{number}{end}")).collect::<String>();
        let found = hunks(&text("\n"), &text("\r\n"), 9);
        assert_eq!(found.lines[0], "@@ from line 1 on, 200000 and 200000 lines @@");
        assert_eq!((found.lines[1].as_str(), found.lines[6].as_str()), ("-0", "+0\\r"));
        assert!(hunks(&text("\r"), &text("\r "), 9).lines[0].starts_with("@@"));
    }

    #[test]
    fn what_long_texts_end_with_in_common_is_no_difference() {
        let text =
            |word: &str| (0..10_000).map(|number| format!("{word} {number}\n")).collect::<String>() + "end\n";
        let found = hunks(&text("one"), &format!("{}end\n", "x\n".repeat(3)), 40);
        assert_eq!(found.lines[0], "@@ from line 1 on, 10000 and 3 lines @@");
        assert_eq!(found.lines[6..], ["+x", "+x", "+x"]);
    }

    #[test]
    fn what_is_shown_is_bounded_and_the_rest_is_counted() {
        let found = hunks("", &"x\n".repeat(100), 10);
        assert_eq!((found.lines.len(), found.more), (10, 91));
    }

    #[test]
    fn two_long_texts_with_nothing_in_common_take_no_time() {
        let text = |word: &str| (0..200_000).map(|number| format!("{word} {number}\n")).collect::<String>();
        let found = hunks(&format!("same\n{}", text("one")), &format!("same\n{}", text("two")), 40);
        assert_eq!(found.lines[..2], ["@@ from line 2 on, 200000 and 200000 lines @@", "-one 0"]);
        assert_eq!(found.lines.len(), 1 + 2 * UNALIGNED);
    }

    #[test]
    fn an_escape_sequence_in_an_artifact_reaches_no_terminal() {
        assert_eq!(as_text(b"\x1b[2Jgone"), None);
        assert_eq!(printable("\u{1b}[2Jgone\r"), "\\u{1b}[2Jgone\\r");
        let found = hunks("\u{1b}[2J\n", "", 9).lines.join("");
        assert!(!found.contains('\u{1b}'), "{found:?}");
        assert_eq!(printable("a\u{202e}b\u{200b}"), "a\\u{202e}b\\u{200b}");
        assert_eq!(printable(&"é".repeat(1000)).chars().count(), WIDTH + 1);
        assert_eq!(escaped(&"é".repeat(1000)).chars().count(), 1000);
    }
}
