// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Extensions of a release: which ones the root takes, and the descriptor at the end of each extension's file.
//!
//! ```text
//! usr/lib/ashlar/extensions.json   in the root: {schema, release, extensions: [{name, root_hash, salt, data_blocks,
//!                                  hash_offset, block_size}]}, by name
//! extensions/<name>.raw            erofs ‖ dm-verity superblock and tree ‖ descriptor, 4096 bytes:
//!                                  "ASHLAR-EXTENSION 1\n" {name, version, release, root_hash} "\n" zeroes
//! ```
//! Format: docs/design/release.md, "Inside the image" and "Extension". PID 1 reads both (os/init). It takes the root
//! hash from the list, which the root's own hash covers; the descriptor is not trusted and only tells why a disk is
//! refused.

use std::collections::BTreeMap;

use ashlar_digest::{Sha256, to_canonical_json};
use serde::{Deserialize, Serialize};

use crate::{ImageError, VERITY_BLOCK, VerityTree};

const MAGIC: &[u8] = b"ASHLAR-EXTENSION 1\n";
/// Bytes in a descriptor: one block, so that the file stays a whole number of them.
pub const EXTENSION_DESCRIPTOR: usize = VERITY_BLOCK;

/// An extension that a release takes, and what it must hash to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionSpec {
    /// Its name.
    pub name: String,
    /// Root hash, 64 hexadecimal digits.
    pub root_hash: String,
    /// Salt, hexadecimal.
    pub salt: String,
    /// Blocks of file system data; the hash area follows at once.
    pub data_blocks: u64,
}

impl ExtensionSpec {
    /// Version of the list's format.
    pub const SCHEMA: u32 = 1;
    /// Path of the list in the root, without leading slash.
    pub const PATH: &'static str = "usr/lib/ashlar/extensions.json";

    /// The extension that `tree` protects.
    #[must_use]
    pub fn new(name: &str, tree: &VerityTree) -> Self {
        Self {
            name: name.to_owned(),
            root_hash: tree.root_hash.to_string(),
            salt: tree.parameters.salt.to_string(),
            data_blocks: tree.data_blocks,
        }
    }
}

/// The list's text, sorted by name: canonical JSON and a newline.
///
/// # Errors
/// [`ImageError::ExtensionTwice`], or [`ImageError::Json`] if a number is beyond what every JSON reader keeps.
pub fn extensions_json(release: &str, extensions: &[ExtensionSpec]) -> Result<String, ImageError> {
    let mut by_name = BTreeMap::new();
    for extension in extensions {
        if by_name.insert(&extension.name, extension).is_some() {
            return Err(ImageError::ExtensionTwice { name: extension.name.clone() });
        }
    }
    let rows = by_name.values().map(|extension| {
        serde_json::json!({
            "name": extension.name,
            "root_hash": extension.root_hash,
            "salt": extension.salt,
            "data_blocks": extension.data_blocks,
            "hash_offset": extension.data_blocks.saturating_mul(VERITY_BLOCK as u64),
            "block_size": VERITY_BLOCK,
        })
    });
    let rows: Vec<_> = rows.collect();
    let value =
        serde_json::json!({ "schema": ExtensionSpec::SCHEMA, "release": release, "extensions": rows });
    to_canonical_json(&value)
        .map(|text| text + "\n")
        .map_err(|source| ImageError::Json { file: ExtensionSpec::PATH, source })
}

/// What an extension says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionDescriptor {
    /// Its name.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// The one release that takes it.
    pub release: String,
    /// Root hash, 64 hexadecimal digits.
    pub root_hash: String,
}

impl ExtensionDescriptor {
    /// Reads a descriptor: exactly the bytes that [`extension_descriptor`] writes, nothing else.
    ///
    /// # Errors
    /// [`ImageError::Descriptor`].
    pub fn parse(block: &[u8]) -> Result<Self, ImageError> {
        let refuse = |reason| ImageError::Descriptor { reason };
        if block.len() != EXTENSION_DESCRIPTOR {
            return Err(refuse("it is not 4096 bytes long"));
        }
        let text =
            block.strip_prefix(MAGIC).ok_or_else(|| refuse("it does not begin with ASHLAR-EXTENSION 1"))?;
        let end = text.iter().position(|byte| *byte == b'\n').ok_or_else(|| refuse("its text has no end"))?;
        let found: Self = serde_json::from_slice(&text[..end])
            .map_err(|_| refuse("its text is not the JSON that it should be"))?;
        if found.root_hash.parse::<Sha256>().is_err() {
            return Err(refuse("its root hash is not 64 hexadecimal digits"));
        }
        if extension_descriptor(&found.name, &found.version, &found.release, &found.root_hash)? != block {
            return Err(refuse("it is not written in the one way that there is"));
        }
        Ok(found)
    }
}

/// The descriptor's bytes.
///
/// # Errors
/// [`ImageError::Descriptor`] if the text does not fit.
pub fn extension_descriptor(
    name: &str,
    version: &str,
    release: &str,
    root_hash: &str,
) -> Result<[u8; EXTENSION_DESCRIPTOR], ImageError> {
    let value =
        serde_json::json!({ "name": name, "version": version, "release": release, "root_hash": root_hash });
    let text = to_canonical_json(&value)
        .map_err(|source| ImageError::Json { file: "the extension's descriptor", source })?;
    let mut bytes = [MAGIC, text.as_bytes(), b"\n"].concat();
    if bytes.len() > EXTENSION_DESCRIPTOR {
        return Err(ImageError::Descriptor {
            reason: "name, version and release are too long for its block",
        });
    }
    bytes.resize(EXTENSION_DESCRIPTOR, 0);
    let mut block = [0; EXTENSION_DESCRIPTOR];
    block.copy_from_slice(&bytes);
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VerityParameters;

    const HASH: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const RELEASE: &str = "ashlar-qemu-1.0.0-x86_64";

    fn descriptor() -> [u8; EXTENSION_DESCRIPTOR] {
        extension_descriptor("writeboost", "2.2.18", RELEASE, HASH).unwrap()
    }

    #[test]
    fn the_list_is_what_init_reads_sorted_by_name() {
        let data = vec![1; 3 * VERITY_BLOCK];
        let parameters = VerityParameters::from_content(Sha256::of(&data));
        let tree = VerityTree::build(&mut &data[..], data.len() as u64, parameters).unwrap();
        let (late, early) = (ExtensionSpec::new("writeboost", &tree), ExtensionSpec::new("drm", &tree));
        let row = |name: &str| {
            format!(
                "{{\"block_size\":4096,\"data_blocks\":3,\"hash_offset\":12288,\"name\":\"{name}\",\
                 \"root_hash\":\"{}\",\"salt\":\"{}\"}}",
                tree.root_hash, parameters.salt
            )
        };
        let expected = format!(
            "{{\"extensions\":[{},{}],\"release\":\"{RELEASE}\",\"schema\":1}}\n",
            row("drm"),
            row("writeboost")
        );
        assert_eq!(extensions_json(RELEASE, &[late.clone(), early]).unwrap(), expected);
        assert_eq!(
            extensions_json(RELEASE, &[]).unwrap(),
            format!("{{\"extensions\":[],\"release\":\"{RELEASE}\",\"schema\":1}}\n")
        );
        let twice = extensions_json(RELEASE, &[late.clone(), late.clone()]).unwrap_err();
        assert_eq!(twice.to_string(), "list the extensions: there are two called writeboost");
        let vast = ExtensionSpec { data_blocks: u64::MAX, ..late };
        assert!(matches!(extensions_json(RELEASE, &[vast]), Err(ImageError::Json { .. })));
    }

    #[test]
    fn a_descriptor_is_these_bytes_and_read_back() {
        let block = descriptor();
        let text = format!(
            "ASHLAR-EXTENSION 1\n{{\"name\":\"writeboost\",\"release\":\"{RELEASE}\",\"root_hash\":\"{HASH}\",\
             \"version\":\"2.2.18\"}}\n"
        );
        let (written, rest) = block.split_at(text.len());
        assert_eq!(std::str::from_utf8(written).unwrap(), text);
        assert!(rest.iter().all(|byte| *byte == 0));
        let found = ExtensionDescriptor::parse(&block).unwrap();
        assert_eq!((found.name.as_str(), found.version.as_str()), ("writeboost", "2.2.18"));
        assert_eq!((found.release.as_str(), found.root_hash.as_str()), (RELEASE, HASH));
    }

    #[test]
    fn a_descriptor_that_says_more_or_less_is_refused() {
        let with = |from: &str, to: &str| {
            let text = String::from_utf8(descriptor().to_vec()).unwrap().replacen(from, to, 1);
            let mut bytes = text.into_bytes();
            bytes.resize(EXTENSION_DESCRIPTOR, 0);
            bytes
        };
        let cases = [
            (with("EXTENSION 1", "EXTENSION 2"), "begin with"),
            (with("}\n", "}"), "no end"),
            (with("\"version\":\"2.2.18\"", "\"version\":1"), "not the JSON"),
            (with(",\"version\":\"2.2.18\"", ""), "not the JSON"),
            (with("{\"name\"", "{\"load\":1,\"name\""), "not the JSON"),
            (with("{\"name\"", "{\"name\":\"a\",\"name\""), "not the JSON"),
            (with("ba78", "BA78"), "root hash"),
            (with("{\"name\"", "{ \"name\""), "the one way"),
            (with("}\n", "}\n\n"), "the one way"),
            (with("\0\0\0", "\0x\0"), "the one way"),
            (descriptor()[..4095].to_vec(), "4096 bytes"),
            ([&descriptor()[..], b"\0"].concat(), "4096 bytes"),
        ];
        for (bytes, reason) in cases {
            let error = ExtensionDescriptor::parse(&bytes).unwrap_err().to_string();
            assert!(error.contains(reason), "{reason}: {error}");
        }
        let long = extension_descriptor(&"n".repeat(4096), "1", RELEASE, HASH).unwrap_err();
        assert!(long.to_string().contains("too long"), "{long}");
    }

    proptest::proptest! {
        #[test]
        fn hostile_descriptors_never_panic(changes: Vec<(u8, u8)>, tail: Vec<u8>) {
            let mut block = descriptor().to_vec();
            for (offset, value) in changes {
                block[usize::from(offset)] = value;
            }
            if let Ok(found) = ExtensionDescriptor::parse(&block) {
                let again = extension_descriptor(&found.name, &found.version, &found.release, &found.root_hash);
                proptest::prop_assert_eq!(&again.unwrap()[..], &block[..]);
            }
            let start = block.len() - tail.len().min(block.len());
            block.truncate(start);
            block.extend(tail);
            drop(ExtensionDescriptor::parse(&block));
        }
    }
}
