// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The only extensions that this release takes: `/usr/lib/ashlar/extensions.json` in the verified root.
//!
//! Format: docs/design/release.md, "Inside the image"; written by the image assembler.
//!
//! ```json
//! {"schema": 1, "release": "ashlar-qemu-1.0.0-x86_64", "extensions": [
//!   {"name": "writeboost", "root_hash": "…", "salt": "…", "data_blocks": 3, "hash_offset": 12288, "block_size": 4096}]}
//! ```
//! The list is as trusted as the root. A disk's descriptor can only choose from it.

use crate::descriptor::{self, Descriptor};
use crate::error::Malformed;
use crate::verity_spec::VeritySpec;
use serde::Deserialize;
use std::collections::BTreeSet;

pub(crate) const PATH: &str = "/usr/lib/ashlar/extensions.json";
const SCHEMA: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawList {
    schema: u32,
    release: String,
    extensions: Vec<RawExtension>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExtension {
    name: String,
    root_hash: String,
    salt: String,
    data_blocks: u64,
    hash_offset: u64,
    block_size: u32,
}

/// A checked list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExtensionList {
    release: String,
    extensions: Vec<ListedExtension>,
}

/// One extension that the release takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedExtension {
    pub(crate) name: String,
    pub(crate) verity: VeritySpec,
}

impl ExtensionList {
    /// # Errors
    /// On any key too many or too few, a name that is none or stands twice, and values that device-mapper could only
    /// misunderstand.
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        let raw: RawList = serde_json::from_str(text).map_err(|error| Malformed::new(error.to_string()))?;
        if raw.schema != SCHEMA {
            return Err(Malformed::new(format!("schema {} instead of {SCHEMA}", raw.schema)));
        }
        let mut names = BTreeSet::new();
        let mut extensions = Vec::new();
        for extension in raw.extensions {
            let name = extension.name;
            if !descriptor::is_name(&name) {
                return Err(Malformed::new(format!("{name:?} is not the name of an extension")));
            }
            if !names.insert(name.clone()) {
                return Err(Malformed::new(format!("{name} is listed twice")));
            }
            let verity = VeritySpec {
                data_blocks: extension.data_blocks,
                hash_offset: extension.hash_offset,
                root_hash: extension.root_hash,
                salt: extension.salt,
                block_size: extension.block_size,
            };
            let verity = verity.checked().map_err(|reason| Malformed::new(format!("{name}: {reason}")))?;
            extensions.push(ListedExtension { name, verity });
        }
        Ok(Self { release: raw.release, extensions })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.extensions.is_empty()
    }

    /// The names of all extensions.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.extensions.iter().map(|extension| extension.name.as_str())
    }

    /// The extension that a disk claims to be.
    ///
    /// # Errors
    /// Why this release does not take it.
    pub(crate) fn choose(&self, claim: &Descriptor) -> Result<&ListedExtension, Malformed> {
        let listed = self.extensions.iter().find(|extension| extension.name == claim.name);
        match listed {
            // The release that the descriptor names is no part of this: the root hash says all.
            Some(listed) if listed.verity.root_hash == claim.root_hash => Ok(listed),
            _ if claim.release != self.release => Err(Malformed::new(format!(
                "it is of release {}, this is release {}",
                claim.release, self.release
            ))),
            Some(_) => Err(Malformed::new("its root hash is not the one that this release names")),
            None => Err(Malformed::new("this release has no extension of that name")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::tests::{HASH, text};
    use crate::dm_message::DeviceNumber;

    const VALID: &str = concat!(
        r#"{"extensions":[{"block_size":4096,"data_blocks":3,"hash_offset":12288,"name":"writeboost","#,
        r#""root_hash":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","salt":"0f"}],"#,
        r#""release":"ashlar-qemu-1.0.0-x86_64","schema":1}"#,
        "\n"
    );
    const RELEASE: &str = "ashlar-qemu-1.0.0-x86_64";
    const OTHER: &str = "ashlar-qemu-0.9.0-x86_64";

    #[test]
    fn the_list_of_the_assembler_gives_the_tables_to_ask_for() {
        let list = ExtensionList::parse(VALID).unwrap();
        assert!(!list.is_empty());
        assert_eq!(list.names().collect::<Vec<_>>(), ["writeboost"]);
        let table = list.extensions[0].verity.table(DeviceNumber { major: 254, minor: 0 });
        assert_eq!(table.to_string(), format!("1 254:0 254:0 4096 4096 3 4 sha256 {HASH} 0f"));
        let none = r#"{"extensions":[],"release":"r","schema":1}"#;
        assert!(ExtensionList::parse(none).unwrap().is_empty());
    }

    #[test]
    fn what_could_be_misunderstood_is_refused() {
        let row = &VALID[VALID.find('[').unwrap() + 1..VALID.find(']').unwrap()];
        for (from, to, expected) in [
            (r#""schema":1"#, r#""schema":2"#, "schema 2"),
            (r#""schema":1"#, r#""schema":1,"x":1"#, "unknown field"),
            (r#""salt":"0f""#, r#""salt":"0f","x":1"#, "unknown field"),
            (r#","salt":"0f""#, "", "missing field"),
            (r#""salt":"0f""#, r#""salt":"0f 1 ignore_corruption""#, "writeboost: salt"),
            (r#""block_size":4096"#, r#""block_size":0"#, "writeboost: block_size"),
            (r#""data_blocks":3"#, r#""data_blocks":4"#, "writeboost: the data blocks"),
            (r#""data_blocks":3"#, r#""data_blocks":18446744073709551615"#, "writeboost: the data blocks"),
            (r#""data_blocks":3"#, r#""data_blocks":-3"#, "invalid value"),
            (r#""name":"writeboost""#, r#""name":"../x""#, "is not the name"),
            (row, &format!("{row},{row}"), "writeboost is listed twice"),
        ] {
            let changed = VALID.replacen(from, to, 1);
            assert_ne!(changed, VALID);
            let error = ExtensionList::parse(&changed).unwrap_err().to_string();
            assert!(error.contains(expected), "{to}: {error}");
        }
    }

    #[test]
    fn an_extension_of_another_release_or_with_other_bytes_is_refused_with_the_reason() {
        let list = ExtensionList::parse(VALID).unwrap();
        let other_hash = HASH.replace('a', "b");
        let of_other = format!("it is of release {OTHER}, this is release {RELEASE}");
        for (name, release, root_hash, expected) in [
            ("writeboost", RELEASE, HASH, Ok("writeboost")),
            // The claimed release decides nothing where the content is the listed one.
            ("writeboost", OTHER, HASH, Ok("writeboost")),
            (
                "writeboost",
                RELEASE,
                &*other_hash,
                Err("its root hash is not the one that this release names"),
            ),
            ("writeboost", OTHER, &*other_hash, Err(&*of_other)),
            ("drm", RELEASE, HASH, Err("this release has no extension of that name")),
            ("drm", RELEASE, &*other_hash, Err("this release has no extension of that name")),
            ("drm", OTHER, HASH, Err(&*of_other)),
        ] {
            let claim: Descriptor = serde_json::from_str(&text(name, release, root_hash)).unwrap();
            let found = list.choose(&claim);
            let found = found.map(|listed| listed.name.clone()).map_err(|reason| reason.to_string());
            assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{name} {release}");
        }
    }
}
