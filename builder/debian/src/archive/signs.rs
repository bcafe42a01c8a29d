// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Numbers of a tar header that two readers take for two values.
//!
//! The `tar` crate takes a `+` before octal digits; GNU tar takes it for the beginning of a number in base 64 (its
//! `from_header`), and POSIX.1-2017 (pax, "ustar Interchange Format") has no signs.

use std::ops::Range;

/// Where the numbers stand.
const FIELDS: [(&str, Range<usize>); 6] = [
    ("mode", 100..108),
    ("owner", 108..116),
    ("group", 116..124),
    ("size", 124..136),
    ("time", 136..148),
    ("checksum", 148..156),
];

/// What is the first number with a sign; one in base 256, whose first byte is no character, has none.
pub(super) fn signed(header: &[u8; 512]) -> Option<&'static str> {
    let is_signed = |field: &Range<usize>| {
        let field = header.get(field.clone()).unwrap_or_default();
        let is_octal = field.first().is_some_and(u8::is_ascii);
        is_octal && field.iter().take_while(|byte| **byte != 0).any(|byte| *byte == b'+')
    };
    FIELDS.iter().find(|(_, field)| is_signed(field)).map(|(name, _)| *name)
}
