// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Version numbers and their order: `[epoch:]upstream[-revision]` (Debian Policy §5.6.12).

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A version number. Its text is kept; comparing follows the archive's rules, so `1.0` equals `1.00` and `0:1.0`.
#[derive(Clone)]
pub struct Version {
    text: String,
    epoch: u32,
    /// Where the upstream part begins and ends in `text`.
    upstream: (usize, usize),
}

/// The text is not a version number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a version number")]
pub struct VersionError(String);

impl Version {
    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The number before the colon, 0 if there is none.
    #[must_use]
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The part that upstream gave.
    #[must_use]
    pub fn upstream(&self) -> &str {
        &self.text[self.upstream.0..self.upstream.1]
    }

    /// The part that the distribution gave; empty if there is none.
    #[must_use]
    pub fn revision(&self) -> &str {
        self.text.get(self.upstream.1 + 1..).unwrap_or("")
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let invalid = || VersionError(text.to_owned());
        let (epoch, start) = match text.split_once(':') {
            None => (0, 0),
            Some((epoch, _)) => {
                if epoch.is_empty() || !epoch.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(invalid());
                }
                (epoch.parse().map_err(|_| invalid())?, epoch.len() + 1)
            }
        };
        let end = text[start..].rfind('-').map_or(text.len(), |hyphen| start + hyphen);
        let version = Self { text: text.to_owned(), epoch, upstream: (start, end) };
        let upstream = version.upstream().as_bytes();
        let revision = version.revision().as_bytes();
        let has_epoch = start > 0;
        let upstream_is_valid = upstream.first().is_some_and(u8::is_ascii_digit)
            && upstream.iter().all(|byte| {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b'.' | b'+' | b'-' | b'~')
                    || (has_epoch && *byte == b':')
            });
        let revision_is_valid = (end == text.len() || !revision.is_empty())
            && revision.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'~'));
        if upstream_is_valid && revision_is_valid { Ok(version) } else { Err(invalid()) }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, formatter)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| compare_part(self.upstream(), other.upstream()))
            .then_with(|| compare_part(self.revision(), other.revision()))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

/// Compares runs of non-digits by [`weight`] and runs of digits as numbers, alternately, from the left.
fn compare_part(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    loop {
        let (left_word, right_word) =
            (take(&mut left, |byte| !byte.is_ascii_digit()), take(&mut right, |byte| !byte.is_ascii_digit()));
        for index in 0..left_word.len().max(right_word.len()) {
            let order = weight(left_word.get(index)).cmp(&weight(right_word.get(index)));
            if order.is_ne() {
                return order;
            }
        }
        let (left_number, right_number) =
            (take(&mut left, u8::is_ascii_digit), take(&mut right, u8::is_ascii_digit));
        let (left_number, right_number) =
            (without_leading_zeros(left_number), without_leading_zeros(right_number));
        // Of any length: without leading zeros the longer number is the greater.
        let order = left_number.len().cmp(&right_number.len()).then_with(|| left_number.cmp(right_number));
        if order.is_ne() || (left.is_empty() && right.is_empty()) {
            return order;
        }
    }
}

/// `~` sorts before the end of a part, the end before letters, letters before everything else.
fn weight(byte: Option<&u8>) -> u16 {
    match byte {
        Some(b'~') => 0,
        None => 1,
        Some(letter) if letter.is_ascii_alphabetic() => u16::from(*letter) + 2,
        Some(other) => u16::from(*other) + 258,
    }
}

fn take<'a>(rest: &mut &'a [u8], belongs: impl Fn(&u8) -> bool) -> &'a [u8] {
    let end = rest.iter().position(|byte| !belongs(byte)).unwrap_or(rest.len());
    let (taken, left) = rest.split_at(end);
    *rest = left;
    taken
}

fn without_leading_zeros(digits: &[u8]) -> &[u8] {
    &digits[digits.iter().take_while(|digit| **digit == b'0').count()..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn the_order_of_the_policy() {
        let ascending = [
            "0~~",
            "0~~a",
            "0~",
            "0",
            "0a",
            "0+",
            "1.0~beta1~svc1",
            "1.0~beta1",
            "1.0",
            "1.0-0.1",
            "1.0-1~bpo13+1",
            "1.0-1",
            "1.0-1+b1",
            "1.0-1+deb13u1",
            "1.0-1.1",
            "1.0a",
            "1.0+dfsg-1",
            "1.2",
            "1.10",
            "1.18446744073709551616",
            "1.18446744073709551617",
            "1:0.1",
            "2:0",
        ];
        for (index, left) in ascending.iter().enumerate() {
            for (other, right) in ascending.iter().enumerate() {
                assert_eq!(version(left).cmp(&version(right)), index.cmp(&other), "{left} and {right}");
            }
        }
    }

    #[test]
    fn equal_numbers_may_be_written_differently() {
        for (left, right) in [("1.0", "1.00"), ("0:1.0", "1.0"), ("1.0", "1.0-0"), ("1.0-1", "1.0-01")] {
            assert_eq!(version(left), version(right), "{left} and {right}");
        }
    }

    /// Policy §5.6.12: "the empty string counts as zero". `dpkg --compare-versions` says the same of these.
    #[test]
    fn a_number_that_is_missing_counts_as_zero() {
        for (left, right) in [("1.", "1.0"), ("1.0-a", "1.0-a0"), ("0:1.-1", "1.0-01")] {
            assert_eq!(version(left), version(right), "{left} and {right}");
        }
        assert!(version("0:1.-1+b1") > version("1.0-0.1"));
    }

    #[test]
    fn parts() {
        let full = version("2:1.0:rc-1-3~x");
        assert_eq!((full.epoch(), full.upstream(), full.revision()), (2, "1.0:rc-1", "3~x"));
        let native = version("12.4");
        assert_eq!((native.epoch(), native.upstream(), native.revision()), (0, "12.4", ""));
    }

    #[test]
    fn what_is_no_version() {
        for text in [
            "",
            "a",
            "-1",
            "1-",
            ":1",
            "a:1",
            "1:",
            "+1:1",
            "99999999999:1",
            "1 0",
            "1_0",
            "1-a:b",
            "1.0-ä",
            "1:2:3-4:5",
        ] {
            assert!(text.parse::<Version>().is_err(), "{text:?}");
        }
    }

    /// What the other implementation reads. It takes a number that is missing for less than 0, so one is written down.
    fn peer(text: &str) -> Option<debversion::Version> {
        let mut version: debversion::Version = text.parse().ok()?;
        for part in
            [Some(&mut version.upstream_version), version.debian_revision.as_mut()].into_iter().flatten()
        {
            if !part.ends_with(|last: char| last.is_ascii_digit()) {
                part.push('0');
            }
        }
        Some(version)
    }

    const ANY: &str = "([0-2]:)?[0-2][0-2a.+~-]{0,8}(-[0-2a.+~]{1,4})?";

    proptest! {
        #[test]
        fn agrees_with_another_implementation(left in ANY, right in ANY) {
            let (Ok(a), Ok(b)) = (left.parse::<Version>(), right.parse::<Version>()) else { return Ok(()) };
            let (Some(c), Some(d)) = (peer(&left), peer(&right)) else { return Ok(()) };
            prop_assert_eq!(a.cmp(&b), c.cmp(&d));
        }

        #[test]
        fn the_order_is_total(a in ANY, b in ANY, c in ANY) {
            let (Ok(a), Ok(b), Ok(c)) = (a.parse::<Version>(), b.parse::<Version>(), c.parse::<Version>()) else {
                return Ok(())
            };
            prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
            if a <= b && b <= c {
                prop_assert!(a <= c);
            }
        }
    }
}
