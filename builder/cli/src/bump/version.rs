// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A version inside other texts: where it stands, and the same text for another version.

/// Whether `text` names the version `old`, and not a longer one that contains it.
pub(crate) fn mentions(text: &str, old: &str) -> bool {
    !places(text, old).is_empty()
}

/// `text` for another version; `None` if it does not name the old one. With the whole version, what folders say of its beginning
/// is replaced too: `v2.41/util-linux-2.41.5.tar.xz`, `v6.x/linux-6.12.tar.xz`. Some write dots as `_` or `-`.
pub(crate) fn substituted(text: &str, old: &str, new: &str) -> Option<String> {
    ['.', '_', '-'].into_iter().find_map(|dot| {
        let (old, new) = (old.replace('.', &dot.to_string()), new.replace('.', &dot.to_string()));
        let replaced = replaced(text, &old, &new)?;
        let segments = replaced.split('/').map(|segment| beginning(segment, &old, &new, dot));
        Some(segments.collect::<Vec<_>>().join("/"))
    })
}

fn replaced(text: &str, old: &str, new: &str) -> Option<String> {
    let places = places(text, old);
    if places.is_empty() {
        return None;
    }
    let mut result = String::new();
    let mut at = 0;
    for place in places {
        result += &text[at..place];
        result += new;
        at = place + old.len();
    }
    Some(result + &text[at..])
}

/// Where `version` stands in `text` as a whole: neither `11.2` nor `1.2.5` nor `1.2a` names the version 1.2.
fn places(text: &str, version: &str) -> Vec<usize> {
    if version.is_empty() {
        return Vec::new();
    }
    let stands_alone = |at: usize| {
        let mut before = text[..at].chars().rev();
        let after = &text[at + version.len()..];
        let begins = match before.next() {
            Some('v' | 'V') => before.next().is_none_or(|c| !c.is_alphanumeric()),
            Some('.') => before.next().is_none_or(|c| !c.is_ascii_digit()),
            other => other.is_none_or(|c| !c.is_alphanumeric()),
        };
        let mut following = after.chars();
        let ends = match following.next() {
            Some('.') => following.next().is_none_or(|c| !c.is_ascii_digit()),
            other => other.is_none_or(|c| !c.is_alphanumeric()),
        };
        begins && ends
    };
    text.match_indices(version).map(|(at, _)| at).filter(|at| stands_alone(*at)).collect()
}

/// A folder that is named by the beginning of the old version, by that of the new one.
fn beginning(segment: &str, old: &str, new: &str, dot: char) -> String {
    let (mark, rest) = match segment.strip_prefix('v') {
        Some(rest) => ("v", rest),
        None => ("", segment),
    };
    let (number, end) = match rest.strip_suffix(".x") {
        Some(number) => (number, ".x"),
        None => (rest, ""),
    };
    let parts: Vec<&str> = number.split(dot).collect();
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split(dot).collect(), new.split(dot).collect());
    // One number alone may mean anything.
    let is_meant = parts.len() > 1 || !mark.is_empty() || !end.is_empty();
    if is_meant && parts.len() < old.len() && parts.len() <= new.len() && old.starts_with(&parts) {
        return format!("{mark}{}{end}", new[..parts.len()].join(&dot.to_string()));
    }
    segment.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_wherever_projects_write_it() {
        for (text, old, new, expected) in [
            ("https://a.example/x-1.2.5.tar.gz", "1.2.5", "1.3.0", "https://a.example/x-1.3.0.tar.gz"),
            ("https://a.example/v1.2.5/x-1.2.5.tgz", "1.2.5", "2", "https://a.example/v2/x-2.tgz"),
            (
                "https://k.example/v6.x/linux-6.12.107.tar.xz",
                "6.12.107",
                "7.1.3",
                "https://k.example/v7.x/linux-7.1.3.tar.xz",
            ),
            (
                "https://k.example/v2.41/util-linux-2.41.5.tar.xz",
                "2.41.5",
                "2.42",
                "https://k.example/v2.42/util-linux-2.42.tar.xz",
            ),
            (
                "https://g.example/glib/2.80/glib-2.80.4.tar.xz",
                "2.80.4",
                "2.82.0",
                "https://g.example/glib/2.82/glib-2.82.0.tar.xz",
            ),
            (
                "https://b.example/boost_1_82_0.tar.bz2",
                "1.82.0",
                "1.83.0",
                "https://b.example/boost_1_83_0.tar.bz2",
            ),
            (
                "https://g.example/archive/refs/tags/v9.2.0.tar.gz",
                "9.2.0",
                "9.3.0",
                "https://g.example/archive/refs/tags/v9.3.0.tar.gz",
            ),
            ("musl_1.2.5.orig.tar.gz", "1.2.5", "1.2.6", "musl_1.2.6.orig.tar.gz"),
            ("libfoo1-1.tar.gz", "1", "2", "libfoo1-2.tar.gz"),
        ] {
            assert_eq!(substituted(text, old, new).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_longer_version_is_another_one() {
        for (text, old) in [
            ("x-1.2.5.tar.gz", "1.2"),
            ("x-11.2.tar.gz", "1.2"),
            ("x-0.1.2.tar.gz", "1.2"),
            ("x-1.2a.tar.gz", "1.2"),
            ("x-1.2rc1.tar.gz", "1.2"),
            ("x.tar.gz", "1.2"),
            ("x.tar.gz", ""),
        ] {
            assert_eq!(substituted(text, old, "9"), None, "{text}");
        }
        // A number alone is not taken for the beginning of a version.
        assert_eq!(substituted("pub/5/x-5.1.tar.gz", "5.1", "6.0").as_deref(), Some("pub/5/x-6.0.tar.gz"));
    }
}
