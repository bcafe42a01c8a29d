// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a disk says that it is: the last 4096 bytes of an extension.
//!
//! Format: docs/design/release.md, "Extension"; written by the image assembler (images/src/extension.rs).
//!
//! ```text
//! "ASHLAR-EXTENSION 1\n" {"name":…,"release":…,"root_hash":…,"version":…} "\n" zeroes up to 4096
//! ```
//! Not trusted: anyone can write it. It chooses among the extensions that the release lists, and says why a disk is
//! refused; what is read from the disk afterwards is decided by the list's root hash.

use crate::error::Malformed;
use crate::verity_spec;
use serde::Deserialize;

/// Bytes of a descriptor.
pub(crate) const SIZE: usize = 4096;
const MAGIC: &[u8] = b"ASHLAR-EXTENSION 1\n";
/// Longest name of an extension: a part of a path and of a name in device-mapper, both of which hold more.
const LONGEST_NAME: usize = 64;

/// A claim.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Descriptor {
    pub(crate) name: String,
    /// Of the extension; nothing is decided by it.
    #[serde(rename = "version")]
    _version: String,
    /// The release that takes the extension.
    pub(crate) release: String,
    pub(crate) root_hash: String,
}

impl Descriptor {
    /// `None` where the block is no descriptor, as on every disk that holds something else.
    pub(crate) fn read(block: &[u8; SIZE]) -> Option<Result<Self, Malformed>> {
        block.strip_prefix(MAGIC).map(Self::parse)
    }

    fn parse(rest: &[u8]) -> Result<Self, Malformed> {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let (text, padding) =
            rest.split_at_checked(end.unwrap_or(rest.len())).ok_or_else(|| Malformed::new("it is cut"))?;
        if end.is_none() || padding.iter().skip(1).any(|byte| *byte != 0) {
            return Err(Malformed::new("its text does not end with a newline and zeroes"));
        }
        let found: Self = serde_json::from_slice(text).map_err(|error| Malformed::new(error.to_string()))?;
        if !is_name(&found.name) {
            return Err(Malformed::new(format!("{:?} is not the name of an extension", found.name)));
        }
        if !verity_spec::is_root_hash(&found.root_hash) {
            return Err(Malformed::new("root_hash is not 64 lowercase hex digits"));
        }
        Ok(found)
    }
}

/// As image definitions name extensions: lowercase letters, digits and `-`, beginning with a letter.
pub(crate) fn is_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const HASH: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    pub(crate) fn text(name: &str, release: &str, root_hash: &str) -> String {
        format!(r#"{{"name":"{name}","release":"{release}","root_hash":"{root_hash}","version":"2.2.19"}}"#)
    }

    fn block(text: &str) -> [u8; SIZE] {
        let mut block = [0; SIZE];
        let bytes = [MAGIC, text.as_bytes()].concat();
        block[..bytes.len()].copy_from_slice(&bytes);
        block
    }

    fn good() -> [u8; SIZE] {
        block(&(text("writeboost", "ashlar-qemu-1.0.0-x86_64", HASH) + "\n"))
    }

    #[test]
    fn the_bytes_of_the_assembler_are_understood() {
        let found = Descriptor::read(&good()).unwrap().unwrap();
        assert_eq!((found.name.as_str(), found.root_hash.as_str()), ("writeboost", HASH));
        assert_eq!(found.release, "ashlar-qemu-1.0.0-x86_64");
    }

    #[test]
    fn other_disks_are_passed_over() {
        let mut gpt = [0; SIZE];
        gpt[SIZE - 512..SIZE - 504].copy_from_slice(b"EFI PART");
        let mut later = [0; SIZE];
        later[1..].copy_from_slice(&good()[..SIZE - 1]);
        let mut next_format = good();
        next_format[17] = b'2';
        for block in [[0; SIZE], [0xff; SIZE], gpt, later, next_format] {
            assert!(Descriptor::read(&block).is_none());
        }
    }

    #[test]
    fn a_hostile_descriptor_is_an_error_with_a_reason() {
        let whole = text("writeboost", "r", HASH);
        let nested = "[".repeat(SIZE - MAGIC.len() - 1);
        let cases = [
            (String::new(), "does not end with"),
            ("x".repeat(SIZE - MAGIC.len()), "does not end with"),
            (whole.clone(), "does not end with"),
            (format!("{whole}\nx"), "does not end with"),
            ("\n".to_owned(), "EOF"),
            (format!("{nested}\n"), "invalid type: sequence"),
            (whole.replacen('{', r#"{"force":true,"#, 1) + "\n", "unknown field"),
            (whole.replacen('{', r#"{"name":"other","#, 1) + "\n", "duplicate field"),
            (whole.replacen(r#""release":"r","#, "", 1) + "\n", "missing field"),
            (whole.replacen(HASH, &HASH.to_uppercase(), 1) + "\n", "root_hash"),
            (whole.replacen(HASH, "", 1) + "\n", "root_hash"),
        ];
        for (text, expected) in cases {
            let error = Descriptor::read(&block(&text)).unwrap().unwrap_err().to_string();
            assert!(error.contains(expected), "{text:.90}: {error}");
        }
    }

    #[test]
    fn a_path_traversal_by_the_name_of_an_extension_is_refused() {
        let long = "a".repeat(LONGEST_NAME + 1);
        for name in ["", ".", "..", "../x", "a/b", "-a", "1a", "A", "a b", "a\\u0000b", "a.b", &long] {
            let text = text(name, "r", HASH) + "\n";
            let error = Descriptor::read(&block(&text)).unwrap().unwrap_err().to_string();
            assert!(error.contains("is not the name of an extension"), "{name:?}: {error}");
        }
        assert!(is_name("writeboost") && is_name("a-1") && is_name(&long[1..]));
    }

    #[test]
    fn mutations_of_a_descriptor_never_panic_and_never_give_an_unfit_name() {
        // A fixed pseudo-random sequence (xorshift64), so that a failure can be repeated.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for _ in 0..20_000 {
            let mut block = good();
            for _ in 0..=next() % 8 {
                let at = if next() % 4 == 0 { next() as usize % SIZE } else { next() as usize % 200 };
                block[at] = next() as u8;
            }
            if let Some(Ok(found)) = Descriptor::read(&block) {
                assert!(is_name(&found.name) && verity_spec::is_root_hash(&found.root_hash));
            }
        }
    }
}
