// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Certificates written into the linked `vmlinux`: the area, its used length and the length of the kernel's list.
//!
//! The kernel's own `insert-sys-cert` compares with `strncmp`, so it ends at the first NUL and keeps an older
//! certificate of the same size and beginning without a word; and it replaces silently what was there before.
//! This one writes only into an area that was never used, and changes nothing but these three fields.

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::certificate_list;
use crate::error::KernelImageError;
use crate::vmlinux::AreaInFile;

/// Gives `vmlinux` (ELF, x86-64, with its symbol table) with `certificates` in its certificate area.
///
/// `certificates` are DER certificates one after the other, each with more than 255 bytes of content.
///
/// # Errors
/// A [`KernelImageError`] if the certificates are no such list or do not fit, if `vmlinux` has no certificate
/// area as certs/system_certificates.S of the kernel makes it, or if the area was used before.
pub fn insert_certificates(vmlinux: &[u8], certificates: &[u8]) -> Result<Vec<u8>, KernelImageError> {
    certificate_list::check(certificates)?;
    let mut kernel = vmlinux.to_vec();
    let place = AreaInFile::locate(&kernel)?;
    let used = u32::from_le_bytes(read(&kernel, &place.used)?);
    if used != 0 {
        return Err(KernelImageError::AreaUsed { used });
    }
    let area = kernel.get(place.area.clone()).unwrap_or_default();
    if let Some(offset) = area.iter().position(|byte| *byte != 0) {
        return Err(KernelImageError::AreaNotZero { offset });
    }
    let length = certificates.len();
    let too_large = KernelImageError::TooLarge { length, capacity: area.len() };
    let (true, Ok(new_used)) = (length <= area.len(), i32::try_from(length)) else {
        return Err(too_large);
    };
    let stated = u64::from_le_bytes(read(&kernel, &place.list_size)?);
    if stated != place.compiled_in {
        return Err(KernelImageError::ListSize { stated, expected: place.compiled_in });
    }
    let new_size =
        u64::try_from(length).ok().and_then(|length| stated.checked_add(length)).ok_or(too_large)?;
    write(&mut kernel, place.area.start, certificates);
    write(&mut kernel, place.used.start, &new_used.to_le_bytes());
    write(&mut kernel, place.list_size.start, &new_size.to_le_bytes());
    Ok(kernel)
}

/// The bytes of one number. [`AreaInFile::locate`] checked that they are there.
fn read<const N: usize>(kernel: &[u8], at: &Range<usize>) -> Result<[u8; N], KernelImageError> {
    let bytes = kernel.get(at.clone()).and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or(KernelImageError::AreaShape { reason: "a number of it lies beyond the end of the file" })
}

fn write(kernel: &mut [u8], start: usize, bytes: &[u8]) {
    for (old, new) in kernel.iter_mut().skip(start).zip(bytes) {
        *old = *new;
    }
}
