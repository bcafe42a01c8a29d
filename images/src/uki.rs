// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The unified kernel image: systemd's EFI stub with kernel, command line and initramfs as sections.
//!
//! The sections are appended in the order in which the stub measures them into PCR 11 (systemd-stub(7), "TPM PCR
//! Notes"), which is also the order to compute the PCR by; the stub brings `.sbat` itself:
//! ```text
//! stub's own sections | .linux | .osrel | .cmdline | .initrd | .uname
//! ```
//! Each begins at the next multiple of 4096 in memory and of the stub's file alignment in the file, padded with zeroes.
//! Changed in the headers: number of sections, sizes, checksum; NX_COMPAT is taken away if the kernel lacks it,
//! because firmware that enforces it judges the kernel by the outer image. Times stay as the stub's recipe made them.

use crate::pe::{self, Headers, NX_COMPAT, SECTION_HEADER, Section};
use crate::{ImageError, PeFault};

const CODE_READ: u32 = 0x4000_0020;
const DATA_READ: u32 = 0x4000_0040;

/// What goes into a unified kernel image.
#[derive(Clone, Copy, Debug)]
pub struct Uki<'a> {
    /// systemd's `linuxx64.efi.stub`.
    pub stub: &'a [u8],
    /// The kernel: a bzImage with an EFI stub.
    pub linux: &'a [u8],
    /// Text of os-release.
    pub os_release: &'a str,
    /// Kernel command line.
    pub cmdline: &'a str,
    /// The initramfs, compressed as the kernel takes it.
    pub initrd: &'a [u8],
    /// `uname -r` of the kernel.
    pub uname: &'a str,
}

/// Assembles the image.
///
/// # Errors
/// [`ImageError::Stub`] or [`ImageError::Kernel`] if one of them is not as it has to be;
/// [`ImageError::Section`] if a section is empty, has a namesake in the stub, or there is no room.
pub fn assemble_uki(uki: &Uki<'_>) -> Result<Vec<u8>, ImageError> {
    let headers = Headers::find(uki.stub).map_err(ImageError::Stub)?;
    headers.refuse_trailers(uki.stub).map_err(ImageError::Stub)?;
    let mut sections = headers.sections(uki.stub).map_err(ImageError::Stub)?;
    let kernel_nx = kernel_is_nx_compatible(uki.linux).map_err(ImageError::Kernel)?;
    let number = |offset| pe::u32_at(uki.stub, offset).map_err(ImageError::Stub);
    let file_alignment = number(headers.file_alignment_offset())?;
    let section_alignment = number(headers.section_alignment_offset())?;
    let headers_size = number(headers.headers_size_offset())? as usize;
    let mut initialized = number(headers.initialized_size_offset())?;

    let mut image = uki.stub.to_vec();
    let mut header_end = headers.end();
    for (name, content, characteristics) in [
        (".linux", uki.linux, CODE_READ),
        (".osrel", uki.os_release.as_bytes(), DATA_READ),
        (".cmdline", uki.cmdline.as_bytes(), DATA_READ),
        (".initrd", uki.initrd, DATA_READ),
        (".uname", uki.uname.as_bytes(), DATA_READ),
    ] {
        let refuse = |reason| ImageError::Section { section: name, reason };
        let too_great = |_| refuse("the image would be beyond 4 GiB");
        let room = image.get(header_end..header_end + SECTION_HEADER);
        if header_end + SECTION_HEADER > headers_size
            || room.is_none_or(|room| room.iter().any(|byte| *byte != 0))
        {
            return Err(refuse("the stub has no room for another section header"));
        }
        if content.is_empty() {
            return Err(refuse("it is empty"));
        }
        let section =
            next_section(&sections, name, content.len(), image.len(), file_alignment, section_alignment)
                .map_err(too_great)?;
        if sections.iter().any(|present| present.name == section.name) {
            return Err(refuse("the stub has a section of this name"));
        }
        let section = Section { characteristics, ..section };
        initialized = initialized
            .checked_add(section.virtual_size)
            .ok_or_else(|| refuse("the image would be beyond 4 GiB"))?;
        image[header_end..header_end + SECTION_HEADER].copy_from_slice(&section.encode());
        header_end += SECTION_HEADER;
        image.extend_from_slice(content);
        image.resize(section.raw_offset as usize + section.raw_size as usize, 0);
        sections.push(section);
    }

    let end =
        sections.last().map_or(0, |last| u64::from(last.virtual_address) + u64::from(last.virtual_size));
    let image_size = u32::try_from(end.next_multiple_of(u64::from(section_alignment)))
        .map_err(|_| ImageError::Section { section: ".uname", reason: "the image would be beyond 4 GiB" })?;
    let count = u16::try_from(sections.len()).map_err(|_| ImageError::Section {
        section: ".uname",
        reason: "there would be more than 65535 sections",
    })?;
    put(&mut image, headers.section_count_offset(), &count.to_le_bytes());
    put(&mut image, headers.initialized_size_offset(), &initialized.to_le_bytes());
    put(&mut image, headers.image_size_offset(), &image_size.to_le_bytes());
    if !kernel_nx {
        let offset = headers.dll_characteristics_offset();
        let flags = pe::u16_at(&image, offset).map_err(ImageError::Stub)? & !NX_COMPAT;
        put(&mut image, offset, &flags.to_le_bytes());
    }
    let sum = pe::checksum(&image, headers.checksum_offset());
    put(&mut image, headers.checksum_offset(), &sum.to_le_bytes());
    Ok(image)
}

/// The section behind all others, without its characteristics.
fn next_section(
    sections: &[Section],
    name: &str,
    size: usize,
    file_end: usize,
    file_alignment: u32,
    section_alignment: u32,
) -> Result<Section, std::num::TryFromIntError> {
    let mut padded_name = [0; 8];
    padded_name[..name.len()].copy_from_slice(name.as_bytes());
    let address = sections
        .last()
        .map_or(0, |last| u64::from(last.virtual_address) + u64::from(last.virtual_size.max(last.raw_size)));
    let size = size as u64;
    Ok(Section {
        name: padded_name,
        virtual_size: u32::try_from(size)?,
        virtual_address: u32::try_from(address.next_multiple_of(u64::from(section_alignment)))?,
        raw_size: u32::try_from(size.next_multiple_of(u64::from(file_alignment)))?,
        raw_offset: u32::try_from(file_end)?,
        characteristics: 0,
    })
}

/// Only the headers are read: a bzImage's sections follow rules of their own.
fn kernel_is_nx_compatible(linux: &[u8]) -> Result<bool, PeFault> {
    let headers = Headers::find(linux)?;
    Ok(pe::u16_at(linux, headers.dll_characteristics_offset())? & NX_COMPAT != 0)
}

fn put(image: &mut [u8], offset: usize, bytes: &[u8]) {
    image[offset..offset + bytes.len()].copy_from_slice(bytes);
}

#[cfg(test)]
mod tests;
