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
    /// How many lines were left out.
    pub more: usize,
}

/// Whether `bytes` are text that a terminal shows as it is.
pub(crate) fn as_text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r' | '\u{c}');
    (!text.chars().any(strange)).then_some(text)
}

/// The same text with every control character but tabs escaped, so that it can move no cursor.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == WIDTH {
            shown.push('…');
            break;
        }
        match character {
            '\t' => shown.push('\t'),
            other if other.is_control() => shown.extend(other.escape_default()),
            other => shown.push(other),
        }
    }
    shown
}

/// Where `before` and `after` differ, in at most `most` lines.
#[must_use]
pub fn hunks(before: &str, after: &str, most: usize) -> Hunks {
    let (one, two): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let start = one.iter().zip(&two).take_while(|(one, two)| one == two).count();
    let rest = one.len().min(two.len()) - start;
    let end = one.iter().rev().zip(two.iter().rev()).take(rest).take_while(|(one, two)| one == two).count();
    let middle = one.len() + two.len() - 2 * (start + end);
    let lines = if middle > LONGEST { unaligned(&one, &two, start) } else { aligned(before, after) };
    let more = lines.len().saturating_sub(most);
    Hunks { lines: lines.into_iter().take(most).collect(), more }
}

fn aligned(before: &str, after: &str) -> Vec<String> {
    let diff = TextDiff::from_lines(before, after);
    let mut unified = diff.unified_diff();
    let mut lines = Vec::new();
    for hunk in unified.context_radius(CONTEXT).iter_hunks() {
        lines.push(hunk.header().to_string());
        for change in hunk.iter_changes() {
            let text = change.value();
            lines.push(format!("{}{}", change.tag(), printable(text.trim_end_matches(['\n', '\r']))));
            if change.missing_newline() {
                lines.push("\\ no newline at the end".to_owned());
            }
        }
    }
    lines
}

fn unaligned(one: &[&str], two: &[&str], start: usize) -> Vec<String> {
    let header =
        format!("@@ from line {} on, {} and {} lines @@", start + 1, one.len() - start, two.len() - start);
    let side = |sign: char, lines: &[&str]| -> Vec<String> {
        lines.iter().skip(start).take(UNALIGNED).map(|line| format!("{sign}{}", printable(line))).collect()
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
        assert!(printable(&"é".repeat(1000)).chars().count() <= WIDTH + 1);
    }
}
