// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The independent reader: which certificates a finished bzImage trusts.
//!
//! It shares no code with the inserter but the names of the symbols and the form of the list: no symbol table,
//! no section, but the boot header, the payload, the program headers and the addresses of System.map.

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::certificate_list;
use crate::error::KernelImageError;
use crate::payload;
use crate::segments::Segments;
use crate::symbols::{AREA, LIST, LIST_END, LIST_SIZE, LIST_START, USED};
use crate::system_map::SystemMap;

/// Gives the certificates in the area of a bzImage: exactly its used bytes, DER certificates one after the other.
/// A kernel into which nothing was inserted gives none.
///
/// They are all that this kernel trusts when it boots: one that had other certificates compiled in is an error.
/// `system_map` is the `System.map` of the same kernel; insertion moves no symbol.
///
/// # Errors
/// A [`KernelImageError`] if the bzImage cannot be unpacked, if the map does not fit it, if the three fields of the
/// area contradict each other, if the area holds anything behind its used bytes, or no clean list of certificates.
pub fn find_certificates(bzimage: &[u8], system_map: &str) -> Result<Vec<u8>, KernelImageError> {
    let map = SystemMap::parse(system_map)?;
    let kernel = payload::unpack(bzimage)?;
    let found = Found::locate(&kernel, &map)?;
    Ok(kernel[found.certificates].to_vec())
}

/// The fields of the area as byte ranges of the unpacked kernel, inside of it; checked as [`find_certificates`] says.
#[derive(Debug)]
pub(crate) struct Found {
    /// The whole area.
    pub(crate) area: Range<usize>,
    /// Its used bytes.
    pub(crate) certificates: Range<usize>,
    /// The `int` that counts them.
    pub(crate) used: Range<usize>,
    /// The `unsigned long` that counts the bytes that the kernel loads.
    pub(crate) list_size: Range<usize>,
}

impl Found {
    pub(crate) fn locate(kernel: &[u8], map: &SystemMap<'_>) -> Result<Self, KernelImageError> {
        let shape = |reason| KernelImageError::AreaShape { reason };
        let (list, area) = (map.address(LIST)?, map.address(AREA)?);
        let after = map.next_after(area).ok_or_else(|| shape("no symbol after it bounds the area"))?;
        let compiled_in = area
            .checked_sub(list)
            .ok_or_else(|| shape("the area does not follow the list of certificates"))?;
        if map.find(LIST_START)?.is_some_and(|start| start != list)
            || map.find(LIST_END)?.is_some_and(|end| end != area)
        {
            return Err(shape("the list of certificates has other bounds than its labels say"));
        }

        if map.address(USED)? != after {
            return Err(shape("another symbol than its used length follows the area"));
        }

        let segments = Segments::parse(kernel)?;
        let used_at = segments.range(USED, after, 4)?;
        let list_size_at = segments.range(LIST_SIZE, map.address(LIST_SIZE)?, 8)?;
        let used = u32::from_le_bytes(array(&kernel[used_at.clone()])?);
        let stated = u64::from_le_bytes(array(&kernel[list_size_at.clone()])?);
        let capacity = after - area;
        if u64::from(used) > capacity {
            return Err(KernelImageError::UsedBeyondArea { used, capacity });
        }
        let expected = compiled_in.saturating_add(u64::from(used));
        if stated != expected {
            return Err(KernelImageError::ListSize { stated, expected });
        }
        if compiled_in != 0 {
            return Err(KernelImageError::CompiledIn { bytes: compiled_in });
        }
        let area = segments.range(AREA, area, capacity)?;
        let bytes = &kernel[area.clone()];
        let used = usize::try_from(used).unwrap_or(usize::MAX);
        let (certificates, rest) = bytes.split_at_checked(used).unwrap_or((bytes, &[]));
        if let Some(offset) = rest.iter().position(|byte| *byte != 0) {
            return Err(KernelImageError::AreaNotZero { offset: used.saturating_add(offset) });
        }
        if !certificates.is_empty() {
            certificate_list::check(certificates)?;
        }
        let certificates = area.start..area.start + certificates.len();
        Ok(Self { area, certificates, used: used_at, list_size: list_size_at })
    }
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], KernelImageError> {
    bytes.try_into().map_err(|_| KernelImageError::AreaShape { reason: "a number of it is cut off" })
}
