// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The few shapes of DER that the templates need, written by hand: definite lengths in the fewest bytes, integers in
//! canonical form (X.690 §8.1, §8.3, §10).
//!
//! A library that can write any structure would be larger than all templates together, in a process that holds a key.

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// Constructed, context-specific 0.
pub(crate) const CONTEXT_0: u8 = 0xa0;
/// Constructed, context-specific 3.
pub(crate) const CONTEXT_3: u8 = 0xa3;

/// Tag, length in the fewest bytes, content.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len().to_be_bytes();
    let first = length.iter().position(|byte| *byte != 0).unwrap_or(length.len());
    match (&length[first..], content.len()) {
        (_, short @ 0..=127) => out.push(short as u8),
        (long, _) => {
            out.push(0x80 | long.len() as u8);
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

/// A non-negative INTEGER of a big-endian number: no needless zero in front, and one where the first bit is set.
pub(crate) fn unsigned_integer(big_endian: &[u8]) -> Vec<u8> {
    let first = big_endian.iter().position(|byte| *byte != 0).unwrap_or(big_endian.len());
    let digits = &big_endian[first..];
    let mut content = Vec::with_capacity(digits.len() + 1);
    if digits.first().is_none_or(|byte| byte & 0x80 != 0) {
        content.push(0);
    }
    content.extend_from_slice(digits);
    tlv(INTEGER, &content)
}

/// A BIT STRING of whole bytes.
pub(crate) fn bit_string(bytes: &[u8]) -> Vec<u8> {
    tlv(BIT_STRING, &[&[0], bytes].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_the_fewest_bytes() {
        for (length, header) in [
            (0, &[4, 0][..]),
            (127, &[4, 127]),
            (128, &[4, 0x81, 128]),
            (255, &[4, 0x81, 255]),
            (256, &[4, 0x82, 1, 0]),
            (65535, &[4, 0x82, 0xff, 0xff]),
            (65536, &[4, 0x83, 1, 0, 0]),
        ] {
            let encoded = tlv(OCTET_STRING, &vec![7; length]);
            assert_eq!(&encoded[..header.len()], header);
            assert_eq!(encoded.len(), header.len() + length);
        }
    }

    #[test]
    fn integers_are_positive_and_minimal() {
        for (number, encoded) in [
            (&[][..], &[2, 1, 0][..]),
            (&[0, 0], &[2, 1, 0]),
            (&[0, 0x7f], &[2, 1, 0x7f]),
            (&[0x80], &[2, 2, 0, 0x80]),
            (&[0, 0, 1, 0], &[2, 2, 1, 0]),
            (&[0xff, 0], &[2, 3, 0, 0xff, 0]),
        ] {
            assert_eq!(unsigned_integer(number), encoded);
        }
    }
}
