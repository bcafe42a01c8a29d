// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Dates of Release files: `Sat, 21 Nov 2026 09:15:44 UTC` (RFC 5322 §3.3 with the zone names of RFC 822 §5.1).

const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Reads a date as seconds since 1970-01-01 UTC. `None` if it is none, if its weekday is wrong, or before 1970.
#[must_use]
pub fn parse_date(text: &str) -> Option<u64> {
    let (weekday, rest) = text.split_once(", ").map_or((None, text), |(weekday, rest)| (Some(weekday), rest));
    let words: Vec<&str> = rest.split(' ').filter(|word| !word.is_empty()).collect();
    let [day, month, year, time, zone] = words[..] else { return None };
    let day = number(day, 1..=2)?;
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let year = number(year, 4..=4)?;
    let clock: Vec<&str> = time.split(':').collect();
    let [hour, minute, second] = clock[..] else { return None };
    let (hour, minute, second) = (number(hour, 1..=2)?, number(minute, 2..=2)?, number(second, 2..=2)?);
    // 60 is a leap second, which Unix time folds into the next.
    if year < 1970 || day == 0 || day > days_in(year, month) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days_since_1970(year, month, day);
    if weekday.is_some_and(|name| name != WEEKDAYS[(days % 7) as usize]) {
        return None;
    }
    let local = days * 86_400 + hour * 3_600 + minute * 60 + second;
    match zone {
        "UTC" | "GMT" | "UT" | "Z" => Some(local),
        _ => {
            let (sign, digits) = zone.split_at_checked(1)?;
            let offset = number(digits, 4..=4)?;
            let (hours, minutes) = (offset / 100, offset % 100);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3_600 + minutes * 60;
            match sign {
                "+" => local.checked_sub(seconds),
                "-" => Some(local + seconds),
                _ => None,
            }
        }
    }
}

fn number(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<u64> {
    (length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let before = year - 1;
    let leap_days = before / 4 - before / 100 + before / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
    (year - 1970) * 365 + leap_days + (1..month).map(|month| days_in(year, month)).sum::<u64>() + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_of_release_files() {
        for (text, seconds) in [
            ("Sat, 21 Nov 2026 09:15:44 UTC", 1_795_252_544),
            ("Sat, 21 Nov 2026 10:15:44 +0100", 1_795_252_544),
            ("Fri, 20 Nov 2026 19:45:44 -1330", 1_795_252_544),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("1 Mar 2000 00:00:00 Z", 951_868_800),
            ("29 Feb 2024  1:02:03 UTC", 1_709_168_523),
            ("Tue, 31 Dec 2199 23:59:59 UTC", 7_258_118_399),
        ] {
            assert_eq!(parse_date(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "2026-11-21",
            "Sun, 21 Nov 2026 09:15:44 UTC",
            "29 Feb 2023 00:00:00 UTC",
            "29 Feb 2100 00:00:00 UTC",
            "0 Jan 2000 00:00:00 UTC",
            "1 Jan 2000 24:00:00 UTC",
            "1 Jan 2000 00:00 UTC",
            "1 Jan 2000 00:00:00",
            "1 Jan 2000 00:00:00 CET",
            "1 Jan 2000 00:00:00 é000",
            "1 Jan 2000 00:00:00 +9999",
            "1 Jan 00 00:00:00 UTC",
            "31 Dec 1969 23:59:59 UTC",
            "1 Jan 1970 00:00:00 +0100",
            "+1 Jan 2000 00:00:00 UTC",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut expected = 0;
        for year in 1970..2500 {
            for month in 1..=12 {
                for day in 1..=days_in(year, month) {
                    assert_eq!(days_since_1970(year, month, day), expected);
                    expected += 1;
                }
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "([A-Z][a-z]{2}, )?[0-9]{1,3} (Jan|Feb|Xxx) [0-9]{3,5} [0-9:]{5,9} [+A-Z0-9é-]{0,6}") {
            let _seconds = parse_date(&text);
        }
    }
}
