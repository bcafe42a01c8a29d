// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A kernel: the boot wrapper in its parts, the kernel in it, and apart from both what certificates change.
//!
//! ```text
//! setup startup code       the boot wrapper, with zeroes for the length of the payload, which has to be right there
//! payload checksum         how the kernel is packed; checksum-of-other-bytes where it is not the one of the file
//! kernel                   unpacked, with zeroes for the area and its counters
//! certificates             the whole area
//! certificate-counters     how much of it is used, and loaded
//! ```
//! See `ashlar_kernel_image::unpack`.

use ashlar_kernel_image::{KernelImageError, unpack};
use ashlar_release_bundle::diff::{Decoder, Part};

use crate::failure::chain;

/// Takes apart `vmlinuz` and the `.linux` section of a unified kernel image.
#[derive(Clone, Debug)]
pub(crate) struct KernelDecoder {
    /// `System.map` of one of the two releases. Where the other one's is another file, that is a difference already.
    pub(crate) system_map: String,
}

impl Decoder for KernelDecoder {
    fn decode<'a>(&self, path: &str, bytes: &'a [u8]) -> Result<Option<Vec<Part<'a>>>, String> {
        if path != "vmlinuz" && !path.ends_with(".efi!.linux") {
            return Ok(None);
        }
        let unpacked = unpack(bytes, &self.system_map).map_err(|cause: KernelImageError| chain(&cause))?;
        let checksum = if unpacked.checksum_fits { "checksum" } else { "checksum-of-other-bytes" };
        Ok(Some(vec![
            Part::owned("setup", unpacked.setup),
            Part::borrowed("startup", unpacked.startup),
            Part::borrowed("payload", unpacked.payload),
            Part::owned("code", unpacked.code),
            Part::owned(checksum, unpacked.checksum.to_vec()),
            Part::owned("kernel", unpacked.kernel),
            Part::owned("certificates", unpacked.area),
            Part::owned("certificate-counters", unpacked.counters),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_that_cannot_be_unpacked_is_not_passed_over() {
        let decoder = KernelDecoder { system_map: "ffffffff82000000 D system_extra_cert\n".to_owned() };
        for path in ["vmlinuz", "qemu.efi!.linux"] {
            assert!(decoder.decode(path, b"no kernel").is_err(), "{path}");
        }
        assert_eq!(decoder.decode("qemu.efi!.initrd", b"no kernel"), Ok(None));
    }
}
