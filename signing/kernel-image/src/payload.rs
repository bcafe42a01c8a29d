// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The kernel inside of a bzImage: boot header → compressed payload → `vmlinux.bin` and what follows it.
//!
//! Format: Documentation/arch/x86/boot.rst of the kernel, protocol 2.08 and later. All numbers are little-endian.
//!
//! ```text
//! 0x1f1  u8   setup_sects: sectors of 512 bytes after the first one that hold the setup code; 0 means 4
//! 0x1fe  u16  0xaa55
//! 0x202  4    "HdrS"
//! 0x206  u16  version of the protocol
//! 0x248  u32  payload_offset, from the begin of the protected-mode code
//! 0x24c  u32  payload_length
//! (setup_sects + 1) * 512   protected-mode code
//! ```
//! The last four bytes of the payload are the unpacked size. In gzip they are the end of the format itself;
//! after zstd the kernel's build appends them, and ours puts zeroes before them, up to a multiple of [`PADDED`].

#[cfg(test)]
mod tests;

use std::io::{self, Read as _};
use std::ops::Range;

use crate::error::KernelImageError;

/// No kernel is larger unpacked.
const LIMIT: u32 = 512 << 20;

/// What our build pads a zstd frame to, so that the wrapper's code behind it stays where it is.
const PADDED: usize = 64 << 10;

/// A way in which a payload may be compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compression {
    Zstd,
    Gzip,
}

impl Compression {
    fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    /// By the magic numbers that boot.rst lists under payload_offset, and those of the formats.
    fn of(payload: &[u8]) -> Result<Self, KernelImageError> {
        let name = match payload {
            [0x28, 0xb5, 0x2f, 0xfd, ..] => return Ok(Self::Zstd),
            [0x1f, 0x8b, ..] => return Ok(Self::Gzip),
            [0x1f, 0x9e, ..] => "an old form of gzip",
            [b'B', b'Z', ..] => "bzip2",
            [0x5d, 0, ..] => "LZMA",
            [0xfd, b'7', ..] => "XZ",
            [0x02, 0x21, ..] => "LZ4",
            [0x89, b'L', ..] => "LZO",
            [0x7f, b'E', b'L', b'F', ..] => "none",
            _ => "unknown",
        };
        Err(KernelImageError::Compression { name })
    }
}

/// Where the parts of a bzImage lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Begin of the protected-mode code.
    pub(crate) protected_mode: usize,
    /// The payload, still compressed; inside of the file.
    pub(crate) payload: Range<usize>,
}

/// Unpacks the kernel of a bzImage: an ELF file, followed by relocations.
pub(crate) fn unpack(bzimage: &[u8]) -> Result<Vec<u8>, KernelImageError> {
    let payload = &bzimage[locate(bzimage)?.payload];
    let compression = Compression::of(payload)?;
    let Some((before_size, size)) = payload.split_last_chunk() else {
        return Err(KernelImageError::Payload { reason: "the payload has no room for a size" });
    };
    let size = u32::from_le_bytes(*size);
    if size == 0 || size > LIMIT {
        return Err(KernelImageError::UnpackedSize { stated: size.into(), limit: LIMIT.into() });
    }
    let unpacked = match compression {
        Compression::Zstd => zstd_frame(before_size, size),
        Compression::Gzip => gzip_member(payload, size),
    };
    let (kernel, rest) =
        unpacked.map_err(|source| KernelImageError::Unpack { name: compression.name(), source })?;
    if u32::try_from(kernel.len()) != Ok(size) {
        return Err(KernelImageError::Payload { reason: "the payload holds more or less than it states" });
    }
    let room = match compression {
        Compression::Zstd => PADDED,
        Compression::Gzip => 1,
    };
    if rest.len() >= room || rest.iter().any(|byte| *byte != 0) {
        return Err(KernelImageError::Payload { reason: "something follows the compressed kernel" });
    }
    Ok(kernel)
}

/// The one frame at the begin of `bytes`, cut after `size` + 1 bytes of output, and what follows it.
fn zstd_frame(bytes: &[u8], size: u32) -> io::Result<(Vec<u8>, &[u8])> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes)?.single_frame();
    let mut output = Vec::new();
    decoder.by_ref().take(u64::from(size) + 1).read_to_end(&mut output)?;
    Ok((output, decoder.into_inner()))
}

/// The one member at the begin of `bytes`, cut after `size` + 1 bytes of output, and what follows it.
fn gzip_member(bytes: &[u8], size: u32) -> io::Result<(Vec<u8>, &[u8])> {
    let mut decoder = flate2::bufread::GzDecoder::new(bytes);
    let mut output = Vec::new();
    decoder.by_ref().take(u64::from(size) + 1).read_to_end(&mut output)?;
    Ok((output, decoder.into_inner()))
}

/// Finds the payload by the boot header.
pub(crate) fn locate(bzimage: &[u8]) -> Result<Place, KernelImageError> {
    let wrong = |offset, reason| KernelImageError::BootHeader { offset, reason };
    if field(bzimage, 0x1fe)? != [0x55, 0xaa] {
        return Err(wrong(0x1fe, "there is no boot flag"));
    }
    if field(bzimage, 0x202)? != *b"HdrS" {
        return Err(wrong(0x202, "there is no boot header"));
    }
    if u16::from_le_bytes(field(bzimage, 0x206)?) < 0x208 {
        return Err(wrong(0x206, "the boot protocol is older than 2.08"));
    }
    let setup_sectors = match field(bzimage, 0x1f1)? {
        [0] => 4,
        [sectors] => u64::from(sectors),
    };
    let offset = u32::from_le_bytes(field(bzimage, 0x248)?);
    let length = u32::from_le_bytes(field(bzimage, 0x24c)?);
    let protected_mode = (setup_sectors + 1) * 512;
    let start = protected_mode + u64::from(offset);
    let end = start + u64::from(length);
    match (usize::try_from(protected_mode), usize::try_from(start), usize::try_from(end)) {
        (Ok(protected_mode), Ok(start), Ok(end)) if start < end && end <= bzimage.len() => {
            Ok(Place { protected_mode, payload: start..end })
        }
        _ => Err(wrong(0x248, "the payload is not inside of the file")),
    }
}

fn field<const N: usize>(bzimage: &[u8], offset: usize) -> Result<[u8; N], KernelImageError> {
    let bytes = bzimage.get(offset..).and_then(|rest| rest.first_chunk());
    bytes.copied().ok_or(KernelImageError::BootHeader { offset, reason: "the file ends" })
}
