// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Appended signatures: how a module carries its signature in one file (Documentation/admin-guide/module-signing.rst).
//!
//! ```text
//! module | CMS | 00 00 02 00 00 00 00 00, length of the CMS (big-endian u32) | "~Module signature appended~\n"
//! ```
//! The 2 is `PKEY_ID_PKCS7` of `struct module_signature`; the kernel refuses anything but zero in the other bytes.

use crate::{FormatError, ModuleDigest};

/// The last bytes of every signed module.
pub const MAGIC: &[u8; 28] = b"~Module signature appended~\n";

const ELF: &[u8] = b"\x7fELF";

/// A module that can be signed: it begins as ELF does, and no signature is appended to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsignedModule<'a>(&'a [u8]);

impl<'a> UnsignedModule<'a> {
    /// Checks the bytes of a module file.
    ///
    /// # Errors
    /// [`FormatError::NotElf`] for other files, compressed modules among them; [`FormatError::AlreadySigned`].
    pub fn check(module: &'a [u8]) -> Result<Self, FormatError> {
        if !module.starts_with(ELF) {
            return Err(FormatError::NotElf);
        }
        if is_signed(module) {
            return Err(FormatError::AlreadySigned);
        }
        Ok(Self(module))
    }

    /// What is signed.
    #[must_use]
    pub fn digest(&self) -> ModuleDigest {
        ModuleDigest::of(self.0)
    }

    /// The module's bytes.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The signed module: these bytes, `cms`, trailer.
    ///
    /// # Errors
    /// [`FormatError::SignatureLength`] if `cms` has 4 GiB or more.
    pub fn splice(&self, cms: &[u8]) -> Result<Vec<u8>, FormatError> {
        append(self.0, cms)
    }
}

/// Whether the kernel would look for a signature at the end of these bytes.
#[must_use]
pub fn is_signed(module: &[u8]) -> bool {
    module.ends_with(MAGIC)
}

/// Appends a signature to any bytes; [`UnsignedModule::splice`] is the way for modules.
///
/// # Errors
/// [`FormatError::SignatureLength`] if `cms` has 4 GiB or more.
pub fn append(module: &[u8], cms: &[u8]) -> Result<Vec<u8>, FormatError> {
    let length = u32::try_from(cms.len()).map_err(|_| FormatError::SignatureLength { length: cms.len() })?;
    Ok([module, cms, &trailer(length)].concat())
}

/// What follows a CMS of `cms_len` bytes: `struct module_signature` and [`MAGIC`].
#[must_use]
pub fn trailer(cms_len: u32) -> [u8; 40] {
    let mut trailer = [0; 40];
    trailer[2] = 2;
    trailer[8..12].copy_from_slice(&cms_len.to_be_bytes());
    trailer[12..].copy_from_slice(MAGIC);
    trailer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_appended_as_the_kernel_splits_it() {
        let signed = UnsignedModule::check(b"\x7fELF module").unwrap().splice(&[0xaa; 258]).unwrap();
        let mut expected = b"\x7fELF module".to_vec();
        expected.extend([0xaa; 258]);
        expected.extend(b"\0\0\x02\0\0\0\0\0\0\0\x01\x02~Module signature appended~\n");
        assert_eq!(signed, expected);
    }

    #[test]
    fn a_module_is_not_signed_a_second_time() {
        let signed = append(b"\x7fELF module", b"cms").unwrap();
        assert!(is_signed(&signed));
        assert!(matches!(UnsignedModule::check(&signed), Err(FormatError::AlreadySigned)));
        assert!(matches!(
            UnsignedModule::check(&[b"\x7fELF", &MAGIC[..]].concat()),
            Err(FormatError::AlreadySigned)
        ));
    }

    #[test]
    fn a_file_that_is_no_elf_is_not_signed() {
        for file in [&b""[..], b"\x7fEL", b"(\xb5/\xfd zstd", MAGIC, b"DSSEv1 1 a 1 b"] {
            assert!(matches!(UnsignedModule::check(file), Err(FormatError::NotElf)));
        }
    }
}
