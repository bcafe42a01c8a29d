// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A bzImage in its parts, so that two of one source can be compared: what may differ between them is apart from the rest.
//!
//! Two kernels that differ only in their certificates differ in the area and its counters, hence in the compressed
//! payload, and therefore in three places of the boot wrapper. Each of these is checked against what it is derived
//! from, except for the payload, whose contents are given:
//!
//! ```text
//! setup code      0x24c u32 payload_length
//! startup code    arch/x86/boot/compressed/head_64.S
//! payload         zeroes behind it up to a multiple of 64 bytes of protected-mode code, where `.text` begins
//! wrapper code    `input_len` u32, directly before `output_len` (piggy.S, made by mkpiggy.c)
//! checksum        last 4 bytes: CRC-32 of all before, not inverted at its end (tools/build.c)
//! ```
//! A payload whose end crosses a multiple of 64 would move the code behind it, and every address that the wrapper's code holds
//! of it. That would show as another code: nothing here knows which bytes of it are addresses. Hence our build pads payloads.

#[cfg(test)]
mod tests;

use crate::error::KernelImageError;
use crate::find::Found;
use crate::payload::{self, Place};
use crate::system_map::SystemMap;

/// Where the boot header states the length of the payload.
const PAYLOAD_LENGTH: usize = 0x24c;
/// What the linker aligns `.text` of the boot wrapper to.
const ALIGNMENT: usize = 64;

/// A bzImage in its parts. Together they are all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpacked<'a> {
    /// Boot sector and setup code, with zeroes for the length of the payload.
    pub setup: Vec<u8>,
    /// The protected-mode code before the payload.
    pub startup: &'a [u8],
    /// The compressed kernel, whose length is what the other parts say.
    pub payload: &'a [u8],
    /// Code and data of the boot wrapper behind the payload, with zeroes for its length.
    pub code: Vec<u8>,
    /// The last four bytes.
    pub checksum: [u8; 4],
    /// Whether they are the checksum of all before.
    pub checksum_fits: bool,
    /// The unpacked kernel and its relocations, with zeroes for the area and its counters.
    pub kernel: Vec<u8>,
    /// The whole area.
    pub area: Vec<u8>,
    /// How many bytes of it are used (4 bytes), and how many the kernel loads (8 bytes).
    pub counters: Vec<u8>,
}

/// Takes a bzImage apart. `system_map` is the `System.map` of the same kernel.
///
/// # Errors
/// A [`KernelImageError`] where [`find_certificates`](crate::find_certificates) gives one, or if the boot wrapper does not
/// state the length of its payload as it should.
pub fn unpack<'a>(bzimage: &'a [u8], system_map: &str) -> Result<Unpacked<'a>, KernelImageError> {
    let map = SystemMap::parse(system_map)?;
    let Place { protected_mode, payload } = payload::locate(bzimage)?;
    let mut kernel = payload::unpack(bzimage)?;
    let found = Found::locate(&kernel, &map)?;
    let area = kernel[found.area.clone()].to_vec();
    let counters = [&kernel[found.used.clone()], &kernel[found.list_size.clone()]].concat();
    for range in [found.area, found.used, found.list_size] {
        kernel[range].fill(0);
    }

    let mut setup = bzimage[..protected_mode].to_vec();
    let stated = setup.get_mut(PAYLOAD_LENGTH..PAYLOAD_LENGTH + 4);
    stated.ok_or_else(|| wrapper("its setup code is too short"))?.fill(0);
    let code_at = (payload.end - protected_mode).next_multiple_of(ALIGNMENT) + protected_mode;
    let (padding, rest) = bzimage[payload.end..]
        .split_at_checked(code_at - payload.end)
        .ok_or_else(|| wrapper("it ends behind the payload"))?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(wrapper("something else than zeroes is between the payload and its code"));
    }
    let (code, checksum) = rest.split_last_chunk().ok_or_else(|| wrapper("it has no checksum"))?;
    let payload = &bzimage[payload];
    Ok(Unpacked {
        setup,
        startup: &bzimage[protected_mode..bzimage.len() - padding.len() - rest.len() - payload.len()],
        payload,
        code: without_length(code, payload)?,
        checksum: *checksum,
        checksum_fits: checksum_of(&bzimage[..bzimage.len() - 4]) == *checksum,
        kernel,
        area,
        counters,
    })
}

/// `code` with zeroes for `input_len`: the one aligned place where both sizes of the payload stand one after the other.
fn without_length(code: &[u8], payload: &[u8]) -> Result<Vec<u8>, KernelImageError> {
    let length = u32::try_from(payload.len()).map_err(|_| wrapper("its payload is too long"))?;
    let sizes =
        [length.to_le_bytes().as_slice(), payload.last_chunk::<4>().map_or(&[], |size| size)].concat();
    // The code begins aligned, so a place in it is aligned as it is in memory.
    let mut places =
        code.chunks(4).enumerate().map(|(word, _)| 4 * word).filter(|at| code[*at..].starts_with(&sizes));
    let at = places.next().ok_or_else(|| wrapper("it nowhere states the sizes of its payload"))?;
    if places.next().is_some() {
        return Err(wrapper("it states the sizes of its payload twice"));
    }
    let mut code = code.to_vec();
    code[at..at + 4].fill(0);
    Ok(code)
}

fn checksum_of(bytes: &[u8]) -> [u8; 4] {
    let mut checksum = flate2::Crc::new();
    checksum.update(bytes);
    (!checksum.sum()).to_le_bytes()
}

fn wrapper(reason: &'static str) -> KernelImageError {
    KernelImageError::Wrapper { reason }
}
