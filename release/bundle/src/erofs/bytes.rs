// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Numbers and slices of an image, each inside of it.

pub(crate) fn slice(bytes: &[u8], at: usize, length: usize) -> Result<&[u8], String> {
    let end = at.checked_add(length);
    end.and_then(|end| bytes.get(at..end))
        .ok_or_else(|| format!("it ends before offset {at:#x} + {length:#x}"))
}

/// A little-endian number of up to eight bytes.
pub(crate) fn number(bytes: &[u8], at: usize, length: usize) -> Result<u64, String> {
    Ok(slice(bytes, at, length)?.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

/// As [`number`], of something that is counted in bytes.
pub(crate) fn size(bytes: &[u8], at: usize, length: usize) -> Result<usize, String> {
    usize::try_from(number(bytes, at, length)?).map_err(|_| "a size is larger than memory".to_owned())
}
