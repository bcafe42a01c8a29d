// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The two times of a certificate (RFC 5280 §4.1.2.5): UTCTime up to the year 2049, GeneralizedTime from 2050.
//!
//! Computed from seconds since 1970 in the proleptic Gregorian calendar; no clock, no time zone.

use crate::FormatError;
use crate::der::{GENERALIZED_TIME, SEQUENCE, UTC_TIME, tlv};

/// 99991231235959Z: "no well-defined expiration" (RFC 5280 §4.1.2.5).
const NEVER: &[u8] = b"99991231235959Z";
/// The same instant in seconds since 1970.
const LAST: u64 = 253_402_300_799;

/// The `Validity` of a certificate: from `epoch` on, without end.
pub(crate) fn validity(epoch: u64) -> Result<Vec<u8>, FormatError> {
    if epoch > LAST {
        return Err(FormatError::Epoch { epoch });
    }
    Ok(tlv(SEQUENCE, &[time(epoch), tlv(GENERALIZED_TIME, NEVER)].concat()))
}

fn time(epoch: u64) -> Vec<u8> {
    let (year, month, day) = date(epoch / 86_400);
    let second = epoch % 86_400;
    let rest = format!("{month:02}{day:02}{:02}{:02}{:02}Z", second / 3600, second / 60 % 60, second % 60);
    if year < 2050 {
        tlv(UTC_TIME, format!("{:02}{rest}", year % 100).as_bytes())
    } else {
        tlv(GENERALIZED_TIME, format!("{year:04}{rest}").as_bytes())
    }
}

/// Year, month and day of a day counted from 1970-01-01.
const fn date(days: u64) -> (u64, u64, u64) {
    // Count from 0000-03-01, so that a leap day is the last of its year; 146097 days are 400 years.
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(epoch: u64) -> String {
        String::from_utf8(time(epoch)[2..].to_vec()).unwrap()
    }

    #[test]
    fn times_are_those_that_date_prints() {
        // date -u -d @N +%y%m%d%H%M%SZ
        for (epoch, expected) in [
            (0, "700101000000Z"),
            (951_782_399, "000228235959Z"),
            (951_782_400, "000229000000Z"),
            (951_868_800, "000301000000Z"),
            (1_767_225_600, "260101000000Z"),
            (1_735_689_599, "241231235959Z"),
            (2_524_607_999, "491231235959Z"),
            (2_524_608_000, "20500101000000Z"),
            (4_107_542_399, "21000228235959Z"),
            (4_107_542_400, "21000301000000Z"),
            (LAST, "99991231235959Z"),
        ] {
            assert_eq!(text(epoch), expected);
        }
        assert_eq!(time(2_524_607_999)[0], UTC_TIME);
        assert_eq!(time(2_524_608_000)[0], GENERALIZED_TIME);
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..146_097 {
            assert_eq!(date(days), (year, month, day));
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                2 => 28 + u64::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > length {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
    }

    #[test]
    fn an_epoch_beyond_the_year_9999_is_refused() {
        assert!(validity(LAST).is_ok());
        assert!(matches!(validity(LAST + 1), Err(FormatError::Epoch { .. })));
        assert!(validity(u64::MAX).is_err());
    }
}
