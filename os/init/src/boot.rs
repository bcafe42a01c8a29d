// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `/ashlar/boot.json`: which root to verify and mount. Written by the image assembler, read only here.
//!
//! It lies in the initramfs, which the UKI measures; so nothing of it comes from the kernel command line.
//!
//! ```json
//! {
//!   "schema": 1,
//!   "root": {
//!     "file": "/ashlar/root.erofs",       // or "partuuid": "…": exactly one of the two
//!     "data_blocks": 17000,               // blocks of file system data, before the hash tree
//!     "hash_offset": 69632000,            // byte offset of the verity superblock, as in `veritysetup --hash-offset`;
//!                                         // the tree begins one block after it
//!     "root_hash": "64 lowercase hex digits",
//!     "salt": "hex, or - for none",
//!     "block_size": 4096                  // of data and of hashes
//!   },
//!   "full_read": true                     // read every data block before the root is used
//! }
//! ```

use crate::error::Malformed;
use crate::verity_spec::VeritySpec;
use serde::Deserialize;

/// The version of the format that this program reads.
const SCHEMA: u32 = 1;

/// Where the assembler puts it in the initramfs.
pub(crate) const PATH: &str = "/ashlar/boot.json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBoot {
    schema: u32,
    root: RawRoot,
    full_read: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRoot {
    file: Option<String>,
    partuuid: Option<String>,
    data_blocks: u64,
    hash_offset: u64,
    root_hash: String,
    salt: String,
    block_size: u32,
}

/// What carries the bytes of the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// A file of the initramfs, absolute path.
    File(String),
    /// A GPT partition, by its unique GUID in lowercase.
    Partition(String),
}

/// A checked `/ashlar/boot.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BootSpec {
    pub(crate) carrier: Carrier,
    pub(crate) root: VeritySpec,
    pub(crate) full_read: bool,
}

impl BootSpec {
    /// # Errors
    /// On any key too many or too few, and on values that device-mapper could only misunderstand.
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        let raw: RawBoot = serde_json::from_str(text).map_err(|error| Malformed::new(error.to_string()))?;
        if raw.schema != SCHEMA {
            return Err(Malformed::new(format!("schema {} instead of {SCHEMA}", raw.schema)));
        }
        let carrier = match (raw.root.file, raw.root.partuuid) {
            (Some(file), None) if file.starts_with('/') => Carrier::File(file),
            (Some(file), None) => {
                return Err(Malformed::new(format!("the file {file:?} is not an absolute path")));
            }
            (None, Some(partuuid)) if is_guid(&partuuid) => Carrier::Partition(partuuid),
            (None, Some(partuuid)) => {
                return Err(Malformed::new(format!("partuuid {partuuid:?} is not a GUID in lowercase")));
            }
            (Some(_), Some(_)) | (None, None) => {
                return Err(Malformed::new("root needs exactly one of file and partuuid"));
            }
        };
        let root = VeritySpec {
            data_blocks: raw.root.data_blocks,
            hash_offset: raw.root.hash_offset,
            root_hash: raw.root.root_hash,
            salt: raw.root.salt,
            block_size: raw.root.block_size,
        };
        Ok(Self { carrier, root: root.checked()?, full_read: raw.full_read })
    }
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dm_message::DeviceNumber;

    const VALID: &str = r#"{"schema":1,"root":{"file":"/ashlar/root.erofs","data_blocks":16,"hash_offset":65536,
        "root_hash":"0000000000000000000000000000000000000000000000000000000000000001","salt":"ab","block_size":4096},
        "full_read":true}"#;

    #[test]
    fn a_valid_specification_gives_the_table_for_it() {
        let spec = BootSpec::parse(VALID).unwrap();
        assert_eq!(spec.carrier, Carrier::File("/ashlar/root.erofs".to_owned()));
        assert!(spec.full_read);
        assert_eq!(
            spec.root.table(DeviceNumber { major: 7, minor: 0 }).to_string(),
            "1 7:0 7:0 4096 4096 16 17 sha256 \
             0000000000000000000000000000000000000000000000000000000000000001 ab"
        );
    }

    #[test]
    fn a_partition_is_named_by_its_guid() {
        let text = VALID.replace(
            r#""file":"/ashlar/root.erofs""#,
            r#""partuuid":"0fc63daf-8483-4772-8e79-3d69d8477de4""#,
        );
        let spec = BootSpec::parse(&text).unwrap();
        assert_eq!(spec.carrier, Carrier::Partition("0fc63daf-8483-4772-8e79-3d69d8477de4".to_owned()));
    }

    #[test]
    fn what_device_mapper_could_misunderstand_is_refused() {
        let cases = [
            (r#""schema":1"#, r#""schema":2"#, "schema 2"),
            (r#""full_read":true"#, r#""full_read":true,"extra":1"#, "unknown field `extra`"),
            (r#""block_size":4096"#, r#""block_size":4096,"extra":1"#, "unknown field `extra`"),
            (r#","full_read":true"#, "", "missing field `full_read`"),
            (r#""block_size":4096"#, r#""block_size":4095"#, "block_size 4095"),
            (r#""block_size":4096"#, r#""block_size":131072"#, "block_size 131072"),
            (r#""data_blocks":16"#, r#""data_blocks":17"#, "do not end before hash_offset"),
            (r#""data_blocks":16"#, r#""data_blocks":0"#, "do not end before hash_offset"),
            (r#""data_blocks":16"#, r#""data_blocks":18446744073709551615"#, "do not end before hash_offset"),
            (r#""hash_offset":65536"#, r#""hash_offset":65537"#, "not a multiple"),
            ("0000000001", "000000000G", "root_hash"),
            ("0000000001", "00000001", "root_hash"),
            // A space would add an option to the table.
            (r#""salt":"ab""#, r#""salt":"ab 1 ignore_corruption""#, "salt"),
            (r#""salt":"ab""#, r#""salt":"""#, "salt"),
            (r#""file":"/ashlar/root.erofs""#, r#""file":"root.erofs""#, "absolute"),
            (r#""file":"/ashlar/root.erofs","#, "", "exactly one"),
            (r#""file":"/ashlar/root.erofs""#, r#""file":"/r","partuuid":"x""#, "exactly one"),
            (r#""file":"/ashlar/root.erofs""#, r#""partuuid":"x""#, "GUID"),
        ];
        for (from, to, expected) in cases {
            let text = VALID.replace("\n        ", "").replacen(from, to, 1);
            let error = BootSpec::parse(&text).unwrap_err().to_string();
            assert!(error.contains(expected), "{to}: {error}");
        }
    }
}
