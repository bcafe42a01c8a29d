// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Calendar dates, as `until` states them: a TOML local date (RFC 3339 full-date).

use std::fmt;

use toml::de::DeValue;

use crate::read::Value;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Reads a TOML date; TOML itself has checked that the day exists.
    pub(crate) fn read(value: &Value<'_, '_>) -> Option<Self> {
        if let DeValue::Datetime(found) = value.raw()
            && let (Some(date), None, None) = (found.date, found.time, found.offset)
        {
            return Some(Self { year: date.year, month: date.month, day: date.day });
        }
        value.wrong_type("a date such as 2027-06-30, without quotes and time");
        None
    }

    /// That day, if there is one.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let date = Self { year, month, day };
        // A day that its month does not have is the beginning of the next.
        (Self::of(date.end() - 1) == date).then_some(date)
    }

    /// The first second after this day, in seconds since 1970 (UTC): from then on something valid `until` it is not.
    #[must_use]
    pub fn end(self) -> i64 {
        // Days from the civil calendar, counting years from March so that the leap day comes last.
        let (year, month) = (i64::from(self.year), i64::from(self.month));
        let shifted_year = if month <= 2 { year - 1 } else { year };
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(self.day) - 1;
        let days = 365 * shifted_year + shifted_year.div_euclid(4) - shifted_year.div_euclid(100)
            + shifted_year.div_euclid(400)
            + day_of_year
            - 719_468;
        (days + 1) * 86_400
    }

    /// The day that `seconds` since 1970 (UTC) is part of; the last that dates of four digits can show for what is beyond.
    #[must_use]
    pub fn of(seconds: i64) -> Self {
        // The inverse of `end`: years begin in March, eras have 400 of them.
        let shifted = seconds.clamp(0, crate::recipe::MAX_EPOCH).div_euclid(86_400) + 719_468;
        let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = 400 * era + year_of_era + i64::from(month <= 2);
        let small = |number: i64| u8::try_from(number).unwrap_or(u8::MAX);
        Self { year: u16::try_from(year).unwrap_or(u16::MAX), month: small(month), day: small(day) }
    }

    /// Year, month and day of the month, both from one.
    #[must_use]
    pub const fn parts(self) -> (u16, u8, u8) {
        (self.year, self.month, self.day)
    }

    /// Whether the day is over at `now` (seconds since 1970).
    #[must_use]
    pub fn is_over(self, now: i64) -> bool {
        now >= self.end()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_end_where_other_calendars_say() {
        // From `date -u -d '<day> + 1 day' +%s`.
        let cases = [
            ((1970, 1, 1), 86_400),
            ((2000, 2, 29), 951_868_800),
            ((2024, 2, 28), 1_709_164_800),
            ((2026, 12, 31), 1_798_761_600),
            ((2100, 2, 28), 4_107_542_400),
        ];
        for ((year, month, day), end) in cases {
            assert_eq!(Date { year, month, day }.end(), end, "{year}-{month}-{day}");
        }
        let day = Date { year: 2026, month: 12, day: 31 };
        assert_eq!(day.parts(), (2026, 12, 31));
        assert!(!day.is_over(day.end() - 1));
        assert!(day.is_over(day.end()));
    }

    #[test]
    fn every_moment_is_part_of_the_day_that_ends_after_it() {
        // Around leap days, centuries and the ends of years.
        let years = (0..=8_000).step_by(100).chain([29, 30, 31, 53, 54]);
        for day in years
            .flat_map(|years| (-3..3).map(move |day| years * 36_524 / 100 + 58 + day))
            .filter(|day| *day >= 0)
        {
            for moment in [day * 86_400, day * 86_400 + 86_399] {
                assert_eq!(Date::of(moment).end(), (day + 1) * 86_400, "{moment}");
            }
        }
        assert_eq!(Date::of(1_700_000_000).to_string(), "2023-11-14");
        assert_eq!(Date::of(i64::MAX).to_string(), "9999-12-31");
        assert_eq!(Date::of(-1).to_string(), "1970-01-01");
    }
}
