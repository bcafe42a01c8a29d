// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is signed: the digest of an image, and the attributes that carry it.
//!
//! Format: Microsoft's "Windows Authenticode Portable Executable Signature Format"; CMS attributes by RFC 5652,
//! section 11. Digest and signature are SHA-256 and RSA PKCS#1 v1.5, which every firmware takes (UEFI specification,
//! section 32.5).

use std::fmt;

use ashlar_digest::{Hasher, Sha256};

use crate::pe::Layout;
use crate::{SecureBootError, template};

/// SHA-256 over an image without its checksum, security directory and certificate table, so the same before and
/// after signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PeDigest(Sha256);

impl PeDigest {
    /// Declares that `digest` is one, as read from a file.
    #[must_use]
    pub const fn new(digest: Sha256) -> Self {
        Self(digest)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    pub(crate) fn of(pe: &[u8], layout: &Layout) -> Self {
        let mut hasher = Hasher::new();
        hasher.update(&pe[..layout.checksum]);
        hasher.update(&pe[layout.checksum + 4..layout.security]);
        hasher.update(&pe[layout.security + 8..layout.end]);
        Self(hasher.finish())
    }
}

impl fmt::Display for PeDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a Secure Boot key is asked to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticodeRequest {
    /// The image's digest.
    pub digest: PeDigest,
    /// DER of the signed attributes, a function of the digest. The signature is RSA PKCS#1 v1.5 with SHA-256 over
    /// these bytes: `openssl dgst -sha256 -sign KEY.pem`.
    pub signed_attributes: Vec<u8>,
}

impl AuthenticodeRequest {
    /// The request for an image with this digest.
    #[must_use]
    pub fn new(digest: PeDigest) -> Self {
        Self { digest, signed_attributes: template::signed_attributes(digest) }
    }
}

/// The request for an unsigned image.
///
/// # Errors
/// [`SecureBootError::Image`] if it is no PE32+ image without holes, is signed, or has a wrong checksum.
pub fn to_be_signed(pe: &[u8]) -> Result<AuthenticodeRequest, SecureBootError> {
    Layout::unsigned(pe).map(|layout| AuthenticodeRequest::new(PeDigest::of(pe, &layout)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use object::LittleEndian as LE;
    use object::read::pe::PeFile64;

    /// By the specification's steps: headers, then sections by their place, then what follows them.
    fn by_the_book(pe: &[u8]) -> Sha256 {
        let file = PeFile64::parse(pe).unwrap();
        let optional = file.dos_header().nt_headers_offset() as usize + 24;
        let headers = file.nt_headers().optional_header.size_of_headers.get(LE) as usize;
        let mut hasher = Hasher::new();
        for (from, to) in [(0, optional + 64), (optional + 68, optional + 144), (optional + 152, headers)] {
            hasher.update(&pe[from..to]);
        }
        let mut sections: Vec<_> = file
            .section_table()
            .iter()
            .map(|section| {
                (section.pointer_to_raw_data.get(LE) as usize, section.size_of_raw_data.get(LE) as usize)
            })
            .filter(|(_, size)| *size != 0)
            .collect();
        sections.sort_unstable();
        let mut hashed = headers;
        for (offset, size) in sections {
            hasher.update(&pe[offset..offset + size]);
            hashed += size;
        }
        let table = u32::from_le_bytes(pe[optional + 148..optional + 152].try_into().unwrap()) as usize;
        hasher.update(&pe[hashed..pe.len() - table]);
        hasher.finish()
    }

    #[test]
    fn the_digest_is_that_of_the_specifications_steps_before_and_after_signing() {
        let (unsigned, signed) = (fixture::image(), fixture::signed());
        let request = to_be_signed(&unsigned).unwrap();
        assert_eq!(request.digest, PeDigest::new(by_the_book(&unsigned)));
        assert_eq!(request.digest, PeDigest::new(by_the_book(&signed)));
        assert_eq!(request.digest, PeDigest::of(&signed, &Layout::signed(&signed).unwrap()));
        // Computed once by the authenticode crate, version 0.6.0.
        assert_eq!(
            request.digest.to_string(),
            "1e4f5eaa6a89534264b99f34e7ad59966e0f4b521dfba86ba529b03bff2ecc54"
        );
    }

    #[test]
    fn every_byte_but_checksum_and_security_directory_counts() {
        let pe = fixture::image();
        let layout = Layout::unsigned(&pe).unwrap();
        let digest = PeDigest::of(&pe, &layout);
        for offset in 0..pe.len() {
            let mut changed = pe.clone();
            changed[offset] ^= 1;
            let free = (layout.checksum..layout.checksum + 4).contains(&offset)
                || (layout.security..layout.security + 8).contains(&offset);
            assert_eq!(PeDigest::of(&changed, &layout) == digest, free, "byte {offset}");
        }
    }

    #[test]
    fn an_image_that_is_signed_is_not_signed_twice() {
        let told = to_be_signed(&fixture::signed()).unwrap_err().to_string();
        assert!(told.contains("it is signed already"), "{told}");
    }
}
