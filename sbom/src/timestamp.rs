// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The moment that a document shows as its creation: the source epoch, in the one form that all formats take,
//! `YYYY-MM-DDThh:mm:ssZ` (SPDX 2.3 §6.9; validators refuse fractions of seconds).

use std::fmt;

use ashlar_recipe::Date;

const DAY: i64 = 86_400;
/// The last second of the year 9999.
const LAST: i64 = 253_402_300_799;

/// A moment in whole seconds since 1970-01-01T00:00:00Z, of the years 1970 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub(crate) const EPOCH: Self = Self(0);

    /// The moment `seconds` after 1970; `None` outside of what four digits of a year can show.
    #[must_use]
    pub fn new(seconds: i64) -> Option<Self> {
        (0..=LAST).contains(&seconds).then_some(Self(seconds))
    }

    /// Seconds since 1970.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// Reads `YYYY-MM-DDThh:mm:ssZ`, with or without a fraction of a second, which is dropped.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let time = match time.split_once('.') {
            Some((whole, fraction)) => fraction.bytes().all(|byte| byte.is_ascii_digit()).then_some(whole)?,
            None => time,
        };
        let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
        let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?.map(i64::from);
        let date = Date::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)?;
        let fits = hour < 24 && minute < 60 && second < 60;
        fits.then_some(date.end() - DAY + hour * 3600 + minute * 60 + second).and_then(Self::new)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = self.0 % DAY;
        let date = Date::of(self.0);
        write!(f, "{date}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
    }
}

fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[u16; 3]> {
    let mut parts = text.split(separator);
    let mut result = [0; 3];
    for (value, digits) in result.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| part.len() == digits)?;
        *value = part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())??;
    }
    parts.next().is_none().then_some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_shown_and_read() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_392_000, "2026-11-23T00:00:00Z"),
            (1_795_435_425, "2026-11-23T12:03:45Z"),
            (LAST, "9999-12-31T23:59:59Z"),
        ] {
            let moment = Timestamp::new(seconds).unwrap();
            assert_eq!(moment.to_string(), text);
            assert_eq!(Timestamp::read(text), Some(moment));
        }
        assert_eq!(Timestamp::read("2000-02-29T00:00:00.25Z").map(Timestamp::seconds), Some(951_782_400));
        assert!(Timestamp::new(-1).is_none() && Timestamp::new(LAST + 1).is_none());
    }

    #[test]
    fn what_is_no_moment_is_not_read() {
        for bad in [
            "",
            "2026-11-23",
            "2026-11-23T12:03:45",
            "2026-11-23T12:03:45+01:00",
            "2026-02-30T00:00:00Z",
            "2025-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T12:03:45.xZ",
            "+026-11-23T12:03:45Z",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(Timestamp::read(bad), None, "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_second_is_read_back(seconds in 0..=LAST) {
            let moment = Timestamp::new(seconds).unwrap();
            proptest::prop_assert_eq!(Timestamp::read(&moment.to_string()), Some(moment));
        }
    }
}
