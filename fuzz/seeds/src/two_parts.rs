// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Two inputs in one, for parsers that take two: a little-endian u16, so many bytes, and the rest.

/// The two parts; nothing where the first is longer than there are bytes.
#[must_use]
pub fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))
}

/// The bytes that [`split`] takes apart.
///
/// # Panics
/// If the first part has more than 65535 bytes.
#[must_use]
pub fn join(one: &[u8], other: &[u8]) -> Vec<u8> {
    let length = u16::try_from(one.len()).unwrap();
    [&length.to_le_bytes()[..], one, other].concat()
}

#[test]
fn what_is_joined_is_split() {
    assert_eq!(split(&join(b"one", b"other")), Some((&b"one"[..], &b"other"[..])));
    assert_eq!(split(&[4, 0, 1, 2, 3]), None);
    assert_eq!(split(&[0]), None);
}
