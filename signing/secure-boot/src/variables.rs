// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Firmware variables of a machine that starts only what given certificates vouch for.
//!
//! A machine is enrolled by whoever owns it; this is for machines that judge our own images, whose variables are a file
//! that OVMF reads as flash. Written is what the firmware itself would have written:
//! ```text
//! firmware volume header (EFI Platform Initialization, volume 3, section 3.2.1): … header length at 48
//! variable store header: GUID of authenticated variables | size (u32) | 0x5a | 0xfe | 6 bytes
//! variables, each at a multiple of 4, then 0xff:
//!   0x55aa | state 0x3f | 0 | attributes (u32) | monotonic count (u64) | time (16 bytes) | public key index (u32) |
//!   size of name (u32) | size of data (u32) | vendor's GUID | name in UTF-16 with its end | data
//! ```
//! Format: EDK II, MdeModulePkg/Include/Guid/VariableFormat.h. Data of PK, KEK and db: EFI_SIGNATURE_LIST (UEFI
//! specification, section 32.4.1). Without a variable SecureBootEnable the firmware enables Secure Boot by itself where
//! there is a PK; it is written all the same, so that the file says what it does.

use crate::{SecureBootCertificate, SecureBootError};

/// 8be4df61-93ca-11d2-aa0d-00e098032b8c, EFI_GLOBAL_VARIABLE.
const GLOBAL: Guid = guid(0x8be4_df61, 0x93ca, 0x11d2, 0xaa0d_00e0_9803_2b8c);
/// d719b2cb-3d3a-4596-a3bc-dad00e67656f, EFI_IMAGE_SECURITY_DATABASE_GUID.
const DATABASE: Guid = guid(0xd719_b2cb, 0x3d3a, 0x4596, 0xa3bc_dad0_0e67_656f);
/// f0a30bc7-af08-4556-99c4-001009c93a44, gEfiSecureBootEnableDisableGuid.
const ENABLE: Guid = guid(0xf0a3_0bc7, 0xaf08, 0x4556, 0x99c4_0010_09c9_3a44);
/// a5c059a1-94e4-4aa7-87b5-ab155c2bf072, EFI_CERT_X509_GUID.
const X509: Guid = guid(0xa5c0_59a1, 0x94e4, 0x4aa7, 0x87b5_ab15_5c2b_f072);
/// Who enrolled the certificates; no firmware looks at it.
const OWNER: Guid = guid(0x6173_686c, 0x6172, 0x8000, 0x8000_0000_0000_0001);
/// aaf32c78-947b-439a-a180-2e144ec37792, EFI_AUTHENTICATED_VARIABLE_GUID.
const STORE: Guid = guid(0xaaf3_2c78, 0x947b, 0x439a, 0xa180_2e14_4ec3_7792);

const STORE_HEADER: usize = 28;
const VARIABLE_HEADER: usize = 60;
/// Non-volatile, seen before the operating system starts.
const BOOT_SERVICE: u32 = 0b11;
/// And seen by it, and only changed by a signature with a time.
const AUTHENTICATED: u32 = BOOT_SERVICE | 1 << 2 | 1 << 5;
/// EFI_TIME of the start of 2020, in UTC: a later signed change is accepted.
const TIME: [u8; 16] = [0xe4, 0x07, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

type Guid = [u8; 16];

/// The bytes of a GUID, whose first three parts are little-endian.
const fn guid(first: u32, second: u16, third: u16, rest: u64) -> Guid {
    let (a, b, c, d) = (first.to_le_bytes(), second.to_le_bytes(), third.to_le_bytes(), rest.to_be_bytes());
    [a[0], a[1], a[2], a[3], b[0], b[1], c[0], c[1], d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]]
}

/// Whom the machine trusts.
#[derive(Clone, Copy, Debug)]
pub struct EnrolledCertificates<'a> {
    /// PK: may change all of this.
    pub platform: &'a SecureBootCertificate,
    /// KEK: may change the last.
    pub key_exchange: &'a SecureBootCertificate,
    /// db: vouch for images.
    pub signatures: &'a [SecureBootCertificate],
}

/// Writes the variables into `store`, a file as OVMF_VARS_4M.fd in which there are none.
///
/// # Errors
/// [`SecureBootError::Variables`] if it is no such file, or has no room.
pub fn enroll(store: &[u8], certificates: EnrolledCertificates<'_>) -> Result<Vec<u8>, SecureBootError> {
    let (start, end) = free_space(store)?;
    let one = std::slice::from_ref;
    let variables = [
        variable("PK", GLOBAL, AUTHENTICATED, &signature_lists(one(certificates.platform))),
        variable("KEK", GLOBAL, AUTHENTICATED, &signature_lists(one(certificates.key_exchange))),
        variable("db", DATABASE, AUTHENTICATED, &signature_lists(certificates.signatures)),
        variable("SecureBootEnable", ENABLE, BOOT_SERVICE, &[1]),
    ];
    let mut enrolled = store.to_vec();
    let mut place = start;
    for variable in variables {
        let next = place + variable.len();
        let room = enrolled.get_mut(place..next).filter(|_| next <= end);
        let full = || SecureBootError::Variables {
            offset: end,
            reason: "the store has no room for the certificates",
        };
        room.ok_or_else(full)?.copy_from_slice(&variable);
        place = next.next_multiple_of(4);
    }
    Ok(enrolled)
}

/// Where variables begin, and where the store ends.
fn free_space(store: &[u8]) -> Result<(usize, usize), SecureBootError> {
    let refuse = |offset, reason| Err(SecureBootError::Variables { offset, reason });
    let part =
        |offset: usize, length: usize| store.get(offset..offset.saturating_add(length)).unwrap_or_default();
    if part(40, 4) != b"_FVH" {
        return refuse(40, "it is no firmware volume");
    }
    let [low, high] = *part(48, 2) else {
        return refuse(48, "it ends in its header");
    };
    let header = usize::from(u16::from_le_bytes([low, high]));
    if part(header, 16) != STORE || part(header + 20, 2) != [0x5a, 0xfe] {
        return refuse(header, "there is no store of authenticated variables");
    }
    let size = crate::pe::u32_at(store, header + 16) as usize;
    let start = header + STORE_HEADER;
    let end = header.saturating_add(size);
    let Some(free) = store.get(start..end) else {
        return refuse(header + 16, "the store does not fit into the file");
    };
    if header % 4 != 0 || free.iter().any(|byte| *byte != 0xff) {
        return refuse(start, "there are variables in it");
    }
    Ok((start, end))
}

/// One list for each certificate: a list's entries have one size.
fn signature_lists(certificates: &[SecureBootCertificate]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for certificate in certificates {
        let size = OWNER.len() + certificate.as_der().len();
        bytes.extend_from_slice(&X509);
        for number in [28 + size, 0, size] {
            bytes.extend_from_slice(&(number as u32).to_le_bytes());
        }
        bytes.extend_from_slice(&OWNER);
        bytes.extend_from_slice(certificate.as_der());
    }
    bytes
}

fn variable(name: &str, vendor: Guid, attributes: u32, data: &[u8]) -> Vec<u8> {
    let name: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    let time = if attributes == AUTHENTICATED { TIME } else { [0; 16] };
    let mut bytes = Vec::with_capacity(VARIABLE_HEADER + name.len() + data.len());
    bytes.extend_from_slice(&[0xaa, 0x55, 0x3f, 0]);
    bytes.extend_from_slice(&attributes.to_le_bytes());
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend_from_slice(&time);
    bytes.extend_from_slice(&[0; 4]);
    for part in [&name[..], data] {
        bytes.extend_from_slice(&(part.len() as u32).to_le_bytes());
    }
    bytes.extend_from_slice(&vendor);
    bytes.extend_from_slice(&name);
    bytes.extend_from_slice(data);
    bytes
}

#[cfg(test)]
mod tests;
