// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Dates of Release files: a second implementation writes each as it has to be, and that is read as the same.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_debian::parse_date;
use libfuzzer_sys::fuzz_target;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// By eras of 400 years that begin on the first of March, unlike the parser, which counts leap days.
fn write(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let since = days + 719_468;
    let (era, day) = (since / 146_097, since % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = (shifted + 2) % 12;
    let year = year + era * 400 + u64::from(month < 2);
    let (weekday, month) = (WEEKDAYS[(days % 7) as usize], MONTHS[month as usize]);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{weekday}, {day_of_month:02} {month} {year} {hour:02}:{minute:02}:{second:02} UTC")
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(seconds) = parse_date(text) else { return };
    let written = write(seconds);
    // The offset of a zone may lead into the year 10000, which no date can name.
    if seconds < 253_402_300_800 {
        assert_eq!(parse_date(&written), Some(seconds), "{text:?} is {written:?}");
    }
});
