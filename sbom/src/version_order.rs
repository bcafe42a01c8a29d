// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which of two versions is the newer, for people who read differences. No scanner decides by this.

use std::cmp::Ordering;

/// Compares versions: runs of digits as numbers, runs of letters as texts, and a version before the same one with a
/// suffix of letters, unless that suffix is a preview's (`-rc1`).
pub(crate) fn compare(one: &str, two: &str) -> Ordering {
    let (one, two) = (parts(one), parts(two));
    for pair in 0..one.len().max(two.len()) {
        let order = match (one.get(pair), two.get(pair)) {
            (Some(one), Some(two)) => one.cmp(two),
            (Some(more), None) => after_the_end(more),
            (None, Some(more)) => after_the_end(more).reverse(),
            (None, None) => Ordering::Equal,
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// A part of a version. Previews come first, also before the end; letters come before digits, so that `1.0p1` comes
/// before `1.0.1`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Preview(String),
    Letters(String),
    /// Without leading zeros: its length, then its digits, which orders numbers of any size.
    Number(usize, String),
}

const fn after_the_end(part: &Part) -> Ordering {
    match part {
        Part::Preview(_) => Ordering::Less,
        Part::Letters(_) | Part::Number(..) => Ordering::Greater,
    }
}

/// Words for what comes before a release.
const PREVIEWS: [&str; 5] = ["alpha", "beta", "dev", "pre", "rc"];

fn parts(version: &str) -> Vec<Part> {
    let version = version.strip_prefix('v').unwrap_or(version).to_ascii_lowercase();
    let mut result = Vec::new();
    let mut rest = version.as_str();
    while let Some(first) = rest.chars().next() {
        let is_digit = first.is_ascii_digit();
        let same = |c: char| c.is_ascii_digit() == is_digit && c.is_alphanumeric();
        let end = rest.find(|c: char| !same(c)).unwrap_or(rest.len());
        if end == 0 {
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (run, after) = rest.split_at(end);
        let digits = run.trim_start_matches('0');
        result.push(if is_digit {
            Part::Number(digits.len(), digits.to_owned())
        } else if PREVIEWS.contains(&run) {
            Part::Preview(run.to_owned())
        } else {
            Part::Letters(run.to_owned())
        });
        rest = after;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_people_order_them() {
        let ordered = [
            "0.9",
            "1.0-alpha",
            "1.0-rc1",
            "1.0-rc2",
            "1.0",
            "1.0p1",
            "1.0.1",
            "1.0.9",
            "1.0.10",
            "1.0.10a",
            "v1.2",
            "1.10",
            "2",
            "20240101000000",
        ];
        for (at, one) in ordered.iter().enumerate() {
            for (other_at, two) in ordered.iter().enumerate() {
                assert_eq!(compare(one, two), at.cmp(&other_at), "{one} {two}");
            }
        }
        assert_eq!(compare("1.0", "v1.0"), Ordering::Equal);
        assert_eq!(compare("1.0", "1.00"), Ordering::Equal);
    }

    proptest::proptest! {
        #[test]
        fn any_two_texts_have_one_order(one in "\\PC{0,12}", two in "\\PC{0,12}") {
            proptest::prop_assert_eq!(compare(&one, &two), compare(&two, &one).reverse());
        }
    }
}
