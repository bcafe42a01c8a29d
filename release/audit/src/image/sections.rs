// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reads the sections and the signatures of an EFI program, by other code than the one that assembles it.
//!
//! Format: Microsoft's "PE Format": "MZ", at 0x3c the offset P of "PE\0\0", COFF header at P+4, optional header at
//! P+24 (PE32+: 112 bytes and 8 per data directory), then 40 bytes a section. Data directory 4 is the certificate
//! table: a *file offset* and a size; its entries ("Attribute Certificate Table") are u32 length, u16 revision, u16
//! type, then the certificate, padded to 8.

use std::ops::Range;

use crate::AuditError;

const OPTIONAL_FIXED: usize = 112;
const SECTION_HEADER: usize = 40;
const CERTIFICATE_TABLE: usize = 4;
/// A release attaches one; an image that was signed for several keys has a few.
const MAX_SIGNATURES: usize = 64;
/// `WIN_CERT_REVISION_2_0` and `WIN_CERT_TYPE_PKCS_SIGNED_DATA`.
const PKCS_SIGNED_DATA: [u8; 4] = [0x00, 0x02, 0x02, 0x00];

/// One section: its name and where its content lies in the file, without padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) name: String,
    pub(crate) content: Range<usize>,
    /// Whether memory holds more of it than the file: what is read at run time is not what lies here then.
    grows: bool,
}

/// An EFI program, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// End of the headers.
    pub(crate) headers: usize,
    /// Sections in the order of their headers, those without content too.
    pub(crate) sections: Vec<Section>,
    /// The attached PKCS#7 signatures.
    pub(crate) signatures: Vec<Range<usize>>,
}

fn field<const N: usize>(bytes: &[u8], offset: usize) -> Result<[u8; N], AuditError> {
    let chunk = bytes.get(offset..).and_then(|rest| rest.first_chunk::<N>());
    chunk.copied().ok_or(AuditError::Program { offset, reason: "the file ends inside its headers" })
}

fn u16_at(bytes: &[u8], offset: usize) -> Result<usize, AuditError> {
    field(bytes, offset).map(|raw| usize::from(u16::from_le_bytes(raw)))
}

fn u32_at(bytes: &[u8], offset: usize) -> Result<usize, AuditError> {
    field(bytes, offset).map(|raw| u32::from_le_bytes(raw) as usize)
}

impl Program {
    /// Takes `bytes` apart.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, AuditError> {
        let wrong = |offset, reason| Err(AuditError::Program { offset, reason });
        if field(bytes, 0)? != *b"MZ" {
            return wrong(0, "it does not begin with MZ");
        }
        let signature = u32_at(bytes, 0x3c)?;
        if field(bytes, signature)? != *b"PE\0\0" {
            return wrong(signature, "the PE signature is missing");
        }
        let optional = signature + 24;
        if u16_at(bytes, optional)? != 0x20b {
            return wrong(optional, "it is not PE32+");
        }
        let directories = u32_at(bytes, optional + 108)?;
        let optional_size = u16_at(bytes, signature + 20)?;
        if directories > 16 || optional_size < OPTIONAL_FIXED + 8 * directories {
            return wrong(optional + 108, "its data directories do not fit");
        }
        let first = optional + optional_size;
        let mut sections = Vec::new();
        let count = u16_at(bytes, signature + 6)?;
        for at in (0..count).map(|index| first + SECTION_HEADER * index) {
            let name: [u8; 8] = field(bytes, at)?;
            // NUL pads a short name; behind it there are no more bytes of it, or they are shown.
            let length = name.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            let name = String::from_utf8_lossy(&name[..length]).into_owned();
            let (virtual_size, raw_size) = (u32_at(bytes, at + 8)?, u32_at(bytes, at + 16)?);
            let start = u32_at(bytes, at + 20)?;
            let size = virtual_size.min(raw_size);
            let end = start.checked_add(raw_size).filter(|end| *end <= bytes.len());
            if size != 0 && end.is_none() {
                return wrong(at + 16, "a section reaches beyond the end of the file");
            }
            let content = if size == 0 { 0..0 } else { start..start + size };
            sections.push(Section { name, content, grows: virtual_size > raw_size });
        }
        let signatures = if directories > CERTIFICATE_TABLE {
            let at = optional + OPTIONAL_FIXED + 8 * CERTIFICATE_TABLE;
            signatures(bytes, u32_at(bytes, at)?, u32_at(bytes, at + 4)?)?
        } else {
            Vec::new()
        };
        Ok(Self { headers: first + SECTION_HEADER * count, sections, signatures })
    }

    /// The content of the one section of this name.
    pub(crate) fn only<'a>(&self, bytes: &'a [u8], name: &str) -> Result<&'a [u8], AuditError> {
        let mut found = self.sections.iter().filter(|section| section.name == name);
        match (found.next(), found.next()) {
            (Some(section), None) if section.grows => Err(AuditError::Section {
                name: name.to_owned(),
                reason: "it is longer in memory than in the file",
            }),
            (Some(section), None) => Ok(bytes.get(section.content.clone()).unwrap_or_default()),
            (None, _) => Err(AuditError::Section { name: name.to_owned(), reason: "it is missing" }),
            (Some(_), Some(_)) => Err(AuditError::Section { name: name.to_owned(), reason: "there are two" }),
        }
    }
}

/// The entries of the certificate table, which has to be the end of the file.
fn signatures(bytes: &[u8], start: usize, size: usize) -> Result<Vec<Range<usize>>, AuditError> {
    let wrong = |offset, reason| Err(AuditError::Program { offset, reason });
    if size == 0 {
        return Ok(Vec::new());
    }
    let Some(end) = start.checked_add(size).filter(|end| *end == bytes.len()) else {
        return wrong(start, "its signatures are not the end of the file");
    };
    let mut result = Vec::new();
    let mut at = start;
    while at < end {
        let length = u32_at(bytes, at)?;
        let next = at.checked_add(length).map(|next| (next - start).next_multiple_of(8) + start);
        let Some(next) = next.filter(|next| length > 8 && *next <= end) else {
            return wrong(at, "a signature has a length that does not fit");
        };
        if field(bytes, at + 4)? != PKCS_SIGNED_DATA {
            return wrong(at + 4, "a signature is of another kind than PKCS#7");
        }
        if result.len() == MAX_SIGNATURES {
            return wrong(at, "it has more signatures than are looked at");
        }
        result.push(at + 8..at + length);
        at = next;
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program with these sections, each padded to 512 bytes.
    fn program(sections: &[(&str, &[u8])], signature: Option<&[u8]>) -> Vec<u8> {
        let mut bytes = vec![0; 1024];
        bytes[..2].copy_from_slice(b"MZ");
        bytes[0x3c] = 0x40;
        bytes[0x40..0x44].copy_from_slice(b"PE\0\0");
        bytes[0x46] = sections.len() as u8;
        bytes[0x54] = 240;
        bytes[0x58..0x5a].copy_from_slice(&0x20b_u16.to_le_bytes());
        bytes[0x58 + 108] = 16;
        for (index, (name, content)) in sections.iter().enumerate() {
            let at = 0x58 + 240 + 40 * index;
            bytes[at..at + name.len()].copy_from_slice(name.as_bytes());
            let start = bytes.len() as u32;
            bytes[at + 8..at + 12].copy_from_slice(&(content.len() as u32).to_le_bytes());
            let raw = (content.len() as u32).next_multiple_of(512);
            bytes[at + 16..at + 20].copy_from_slice(&raw.to_le_bytes());
            bytes[at + 20..at + 24].copy_from_slice(&start.to_le_bytes());
            bytes.extend_from_slice(content);
            bytes.resize((start + raw) as usize, 0);
        }
        if let Some(signature) = signature {
            let start = bytes.len() as u32;
            bytes.extend_from_slice(&(signature.len() as u32 + 8).to_le_bytes());
            bytes.extend_from_slice(&PKCS_SIGNED_DATA);
            bytes.extend_from_slice(signature);
            bytes.resize(bytes.len().next_multiple_of(8), 0);
            let size = bytes.len() as u32 - start;
            let at = 0x58 + 112 + 32;
            bytes[at..at + 4].copy_from_slice(&start.to_le_bytes());
            bytes[at + 4..at + 8].copy_from_slice(&size.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn sections_and_signature_are_found_without_padding() {
        let bytes = program(&[(".linux", b"kernel"), (".cmdline", b"quiet")], Some(b"pkcs7"));
        let read = Program::read(&bytes).unwrap();
        assert_eq!(read.only(&bytes, ".linux").unwrap(), b"kernel");
        assert_eq!(read.only(&bytes, ".cmdline").unwrap(), b"quiet");
        assert_eq!(read.signatures.len(), 1);
        assert_eq!(&bytes[read.signatures[0].clone()], b"pkcs7");
        assert!(read.only(&bytes, ".initrd").is_err());
    }

    #[test]
    fn a_second_section_of_one_name_is_refused() {
        let bytes = program(&[(".linux", b"good"), (".linux", b"evil")], None);
        let message = Program::read(&bytes).unwrap().only(&bytes, ".linux").unwrap_err().to_string();
        assert!(message.contains("there are two"), "{message}");
    }

    #[test]
    fn a_section_that_is_longer_in_memory_than_in_the_file_is_refused() {
        let mut bytes = program(&[(".linux", &[1; 512])], None);
        bytes[0x58 + 240 + 8] = 1;
        let message = Program::read(&bytes).unwrap().only(&bytes, ".linux").unwrap_err().to_string();
        assert!(message.contains("longer in memory"), "{message}");
    }

    #[test]
    fn bytes_behind_the_signatures_are_refused() {
        let mut bytes = program(&[(".linux", b"kernel")], Some(b"pkcs7"));
        bytes.extend_from_slice(&[0; 8]);
        assert!(Program::read(&bytes).is_err());
    }

    #[test]
    fn signatures_without_end_are_refused() {
        // `program` writes the first header; each further entry is the least that there is.
        let entry = [&9_u32.to_le_bytes()[..], &PKCS_SIGNED_DATA, &[0; 8]].concat();
        let signatures = |count: usize| [&[0; 8][..], &entry.repeat(count - 1)].concat();
        let with = |count| {
            let mut bytes = program(&[(".linux", b"kernel")], Some(&signatures(count)));
            let start = bytes.len() - 16 * count;
            bytes[start..start + 4].copy_from_slice(&9_u32.to_le_bytes());
            Program::read(&bytes)
        };
        assert_eq!(with(MAX_SIGNATURES).unwrap().signatures.len(), MAX_SIGNATURES);
        assert!(with(MAX_SIGNATURES + 1).unwrap_err().to_string().contains("more signatures"));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = Program::read(&bytes).is_ok();
        }

        #[test]
        fn changed_programs_never_panic(changes: Vec<(u16, u8)>) {
            let mut bytes = program(&[(".linux", b"kernel"), (".initrd", &[7; 700])], Some(b"pkcs7"));
            let length = bytes.len();
            for (at, value) in changes {
                bytes[usize::from(at) % length] = value;
            }
            if let Ok(read) = Program::read(&bytes) {
                proptest::prop_assert!(read.sections.iter().all(|section| section.content.end <= length));
                proptest::prop_assert!(read.signatures.iter().all(|signature| signature.end <= length));
            }
        }
    }
}
