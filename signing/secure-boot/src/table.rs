// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The certificate table: a detached signature attached to an image, and taken off again.
//!
//! Format: Microsoft's "PE Format", "The Attribute Certificate Table". The table is all that follows the last section:
//! ```text
//! WIN_CERTIFICATE: length with this header and padding (u32) | revision 0x0200 (u16) | type 2, PKCS#7 (u16)
//! PKCS#7 | zeroes up to a multiple of 8
//! ```
//! Beside that, only the security directory's entry and the checksum change. Each function is the other's exact inverse.

use crate::authenticode::PeDigest;
use crate::pe::{Layout, checksum, u32_at};
use crate::{SecureBootError, check};

const HEADER: usize = 8;
const REVISION_AND_TYPE: [u8; 4] = [0x00, 0x02, 0x02, 0x00];

/// Attaches `signature`, as [`pkcs7`](crate::pkcs7) makes it, to the unsigned image that it is of.
///
/// # Errors
/// [`SecureBootError::Image`] as [`to_be_signed`](crate::to_be_signed); whatever [`check`] finds.
pub fn attach(pe: &[u8], signature: &[u8]) -> Result<Vec<u8>, SecureBootError> {
    let layout = Layout::unsigned(pe)?;
    check(signature, PeDigest::of(pe, &layout))?;
    let length = (HEADER + signature.len()).next_multiple_of(8);
    let too_long = |_| SecureBootError::Image { offset: 0, reason: "it would be longer than 4 GiB" };
    u32::try_from(pe.len() + length).map_err(too_long)?;
    let mut image = pe.to_vec();
    image.extend_from_slice(&(length as u32).to_le_bytes());
    image.extend_from_slice(&REVISION_AND_TYPE);
    image.extend_from_slice(signature);
    image.resize(pe.len() + length, 0);
    let mut put =
        |offset: usize, number: u32| image[offset..offset + 4].copy_from_slice(&number.to_le_bytes());
    put(layout.security, pe.len() as u32);
    put(layout.security + 4, length as u32);
    let sum = checksum(&image, layout.checksum);
    image[layout.checksum..layout.checksum + 4].copy_from_slice(&sum.to_le_bytes());
    Ok(image)
}

/// Takes the signature off: the unsigned image, and the signature.
///
/// # Errors
/// [`SecureBootError::Image`] and [`SecureBootError::Table`] for other bytes than [`attach`] writes; whatever [`check`]
/// finds.
pub fn detach(signed: &[u8]) -> Result<(Vec<u8>, Vec<u8>), SecureBootError> {
    let layout = Layout::signed(signed)?;
    let refuse = |offset, reason| SecureBootError::Table { offset, reason };
    let (image, table) = signed.split_at(layout.end);
    if table.len() < HEADER || u32_at(table, 0) as usize != table.len() {
        return Err(refuse(layout.end, "it is not one entry"));
    }
    if table[4..HEADER] != REVISION_AND_TYPE {
        return Err(refuse(layout.end + 4, "its entry is not PKCS#7 of revision 2.0"));
    }
    let length = der_length(&table[HEADER..])
        .filter(|length| (HEADER + length).next_multiple_of(8) == table.len())
        .ok_or_else(|| refuse(layout.end + HEADER, "its entry is longer or shorter than the PKCS#7 in it"))?;
    let (signature, padding) = table[HEADER..].split_at(length);
    if padding.iter().any(|byte| *byte != 0) {
        return Err(refuse(layout.end + HEADER + length, "its padding is not zero"));
    }
    let mut pe = image.to_vec();
    pe[layout.security..layout.security + 8].fill(0);
    let sum = checksum(&pe, layout.checksum);
    pe[layout.checksum..layout.checksum + 4].copy_from_slice(&sum.to_le_bytes());
    if attach(&pe, signature)? != signed {
        return Err(SecureBootError::Image { offset: layout.checksum, reason: "its checksum is wrong" });
    }
    Ok((pe, signature.to_vec()))
}

/// Length of a SEQUENCE with two bytes of length, as every PKCS#7 here has; only where all of it is there.
fn der_length(bytes: &[u8]) -> Option<usize> {
    let [0x30, 0x82, high, low, ..] = *bytes else {
        return None;
    };
    Some(4 + usize::from(u16::from_be_bytes([high, low]))).filter(|length| *length <= bytes.len())
}

#[cfg(test)]
mod tests;
