// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Patterns over paths of parts: `*` stands for any text without `!`, so it never reaches into another part.

/// Whether `pattern` matches all of `text`.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let mut levels = pattern.split('!').zip(text.split('!'));
    pattern.matches('!').count() == text.matches('!').count()
        && levels.all(|(pattern, text)| level(pattern, text))
}

/// Pieces between stars: the first at the beginning, the last at the end, those between at their first place.
fn level(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(inner) = text.strip_prefix(first).and_then(|text| text.strip_suffix(last)) else {
        return false;
    };
    let mut left = inner;
    for piece in middle.split('*') {
        match left.find(piece) {
            Some(at) => left = &left[at + piece.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stays_within_its_part() {
        for (pattern, text) in [
            ("a", "a"),
            ("*", ""),
            ("*", "a/b"),
            ("signatures/*.p7s", "signatures/ab.p7s"),
            ("*.ko!signature", "usr/lib/x.ko!signature"),
            ("*!*.ko!signature", "root.erofs!usr/lib/x.ko!signature"),
            ("a*b*c", "a--b--c"),
            ("a*b*c*d", "abbcccd"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("a", "ab"),
            ("*", "a!b"),
            ("*.ko!signature", "root.erofs!x.ko!signature"),
            ("signatures/*.p7s", "signatures/ab.p7s!x"),
            ("a*a", "a"),
            ("a*b*c", "a--c"),
            ("ab*bc", "abc"),
            ("", "a"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
