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
        assert!(!day.is_over(day.end() - 1));
        assert!(day.is_over(day.end()));
    }
}
