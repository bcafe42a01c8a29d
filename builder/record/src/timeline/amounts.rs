// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Times, sizes and moments as people read them.

/// Seconds: `0.012 s`, `754.2 s`.
pub(super) fn seconds(ms: u64) -> String {
    match ms {
        0..10_000 => format!("{}.{:03} s", ms / 1000, ms % 1000),
        _ => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
    }
}

/// Hours, minutes, seconds: `1 h 02 min 03 s`; below a minute as [`seconds`].
pub(super) fn span(ms: u64) -> String {
    let whole = ms / 1000;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    match whole {
        0..60 => seconds(ms),
        60..3600 => format!("{minutes} min {rest:02} s"),
        _ => format!("{hours} h {minutes:02} min {rest:02} s"),
    }
}

/// Bytes in powers of ten: `512 B`, `12.3 MB`.
pub(super) fn bytes(count: u64) -> String {
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")];
    match units.into_iter().find(|(unit, _)| count >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", count / unit, count % unit * 10 / unit),
        None => format!("{count} B"),
    }
}

/// Thousandths as percent: `12.3 %`.
pub(super) fn percent(permille: u64) -> String {
    format!("{}.{} %", permille / 10, permille % 10)
}

/// Where `part` of `whole` is on the chart, in ten-thousandths of a percent. It grows with `part`, so that what does not overlap
/// in time does not overlap on the chart.
pub(super) fn place(part: u64, whole: u64) -> u64 {
    const ALL: u64 = 1_000_000;
    part.min(whole).saturating_mul(ALL).checked_div(whole).unwrap_or(0)
}

/// Ten-thousandths of a percent as CSS writes them: `12.3457`.
pub(super) fn css(place: u64) -> String {
    format!("{}.{:04}", place / 10_000, place % 10_000)
}

/// A moment since 1970 as a person reads it: `2026-11-25 21:16:03 UTC`.
pub(super) fn moment(ms: u64) -> String {
    let seconds = ms / 1000;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (mut year, mut day) = (1970, days);
    while day >= days_of_year(year) {
        day -= days_of_year(year);
        year += 1;
    }
    let mut month = 1;
    while day >= days_of_month(year, month) {
        day -= days_of_month(year, month);
        month += 1;
    }
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{:02} {hour:02}:{minute:02}:{second:02} UTC", day + 1)
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_of_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

const fn days_of_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_for_people() {
        assert_eq!(
            [0, 12, 9_999, 10_000, 754_249].map(seconds),
            ["0.000 s", "0.012 s", "9.999 s", "10.0 s", "754.2 s"]
        );
        assert_eq!(
            [1_500, 60_000, 754_249, 3_723_000].map(span),
            ["1.500 s", "1 min 00 s", "12 min 34 s", "1 h 02 min 03 s"]
        );
        assert_eq!(
            [0, 999, 1000, 12_345_678, 999_999_999_999].map(bytes),
            ["0 B", "999 B", "1.0 kB", "12.3 MB", "999.9 GB"]
        );
        assert_eq!([0, 5, 123, 1000].map(percent), ["0.0 %", "0.5 %", "12.3 %", "100.0 %"]);
        assert_eq!([0, 123_457, 1_000_000].map(css), ["0.0000", "12.3457", "100.0000"]);
    }

    #[test]
    fn moments_are_those_of_other_calendars() {
        // From `date -u -d @SECONDS`.
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_795_435_425, "2026-11-23 12:03:45 UTC"),
            (4_107_542_399, "2100-02-28 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
            (253_402_300_799, "9999-12-31 23:59:59 UTC"),
        ] {
            assert_eq!(moment(seconds * 1000 + 999), text);
        }
    }

    #[test]
    fn the_chart_keeps_the_order_of_moments() {
        let whole = 7_919;
        assert!((0..whole).all(|ms| place(ms, whole) <= place(ms + 1, whole)));
        assert_eq!((place(whole, whole), place(9, 0), place(whole + 1, whole)), (1_000_000, 0, 1_000_000));
    }
}
