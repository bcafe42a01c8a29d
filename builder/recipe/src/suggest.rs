// SPDX-License-Identifier: Apache-2.0 OR MIT
//! "Did you mean": the nearest of the words that would have been right.

/// The candidate that `word` most likely stands for, if one is near enough to be a slip.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = match word.chars().count() {
        0..=2 => 1,
        3..=5 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

/// A help text: the nearest candidate, or all of them where none is near.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    what: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    let mut all: Vec<&str> = candidates.into_iter().collect();
    all.sort_unstable();
    if let Some(near) = nearest(word, all.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    if all.is_empty() {
        return format!("there are no {what}");
    }
    let shown: Vec<String> = all.iter().take(30).map(|name| format!("`{name}`")).collect();
    let rest = if all.len() > 30 { format!(" and {} more", all.len() - 30) } else { String::new() };
    format!("{what}: {}{rest}", shown.join(", "))
}

/// Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_different_word_is_not() {
        let keys = ["name", "version", "summary", "license", "homepage"];
        assert_eq!(nearest("licence", keys), Some("license"));
        assert_eq!(nearest("nmae", keys), Some("name"));
        assert_eq!(nearest("verison", keys), Some("version"));
        assert_eq!(nearest("maintainer", keys), None);
        assert_eq!(nearest("x", ["y"]), None);
    }

    #[test]
    fn where_nothing_is_near_all_are_listed() {
        assert_eq!(did_you_mean("zzzzzz", "keys here", ["b", "a"]), "keys here: `a`, `b`");
        assert_eq!(did_you_mean("zzzzzz", "seed sets", []), "there are no seed sets");
    }
}
