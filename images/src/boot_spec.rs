// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `/ashlar/boot.json` in the initramfs: which root `os/init` verifies and mounts.
//!
//! The only reader is os/init/src/boot.rs, which says what each key means and refuses unknown ones. The file lies in
//! the initramfs, which the UKI measures, so nobody can choose another root by the kernel command line.
//! The root is the file system with its hash area appended; `hash_offset` is where the area's superblock lies.

use ashlar_digest::{CanonicalError, to_canonical_json};
use serde::Serialize;

use crate::{VERITY_BLOCK, VerityTree};

/// Where the root's bytes are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RootDevice {
    /// A file of the initramfs, by absolute path.
    File(String),
    /// A GPT partition, by its unique GUID in lowercase.
    PartUuid(String),
}

/// The root and what it must hash to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootSpec {
    /// Where its bytes are.
    pub device: RootDevice,
    /// Blocks of file system data.
    pub data_blocks: u64,
    /// Root hash, 64 hexadecimal digits.
    pub root_hash: String,
    /// Salt, hexadecimal.
    pub salt: String,
}

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootSpec {
    /// The root.
    pub root: RootSpec,
    /// Whether every data block is read before the root is used, so that damage shows at once.
    pub full_read: bool,
}

impl BootSpec {
    /// Version of the format.
    pub const SCHEMA: u32 = 1;
    /// Path in the initramfs, without leading slash.
    pub const PATH: &'static str = "ashlar/boot.json";
    /// Path of a root that is a file of the initramfs, without leading slash.
    pub const ROOT_PATH: &'static str = "ashlar/root.erofs";
    /// Folders of the initramfs, where `os/init` mounts before it has anything to write to.
    pub const MOUNT_POINTS: [&'static str; 5] = ["dev", "proc", "run", "sys", "sysroot"];

    /// The specification for the root that `tree` protects.
    #[must_use]
    pub fn new(device: RootDevice, tree: &VerityTree, full_read: bool) -> Self {
        let root = RootSpec {
            device,
            data_blocks: tree.data_blocks,
            root_hash: tree.root_hash.to_string(),
            salt: tree.parameters.salt.to_string(),
        };
        Self { root, full_read }
    }

    /// The file's text: canonical JSON and a newline.
    ///
    /// # Errors
    /// If a number is beyond what every JSON reader keeps (2^53 - 1).
    pub fn to_json(&self) -> Result<String, CanonicalError> {
        let (key, place) = match &self.root.device {
            RootDevice::File(path) => ("file", path),
            RootDevice::PartUuid(guid) => ("partuuid", guid),
        };
        let value = serde_json::json!({
            "schema": Self::SCHEMA,
            "full_read": self.full_read,
            "root": {
                key: place,
                "block_size": VERITY_BLOCK,
                "data_blocks": self.root.data_blocks,
                "hash_offset": self.root.data_blocks * VERITY_BLOCK as u64,
                "root_hash": self.root.root_hash,
                "salt": self.root.salt,
            },
        });
        to_canonical_json(&value).map(|text| text + "\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VerityParameters;
    use ashlar_digest::Sha256;

    #[test]
    fn the_text_is_what_init_reads() {
        let data = vec![0; 3 * VERITY_BLOCK];
        let parameters = VerityParameters::from_content(Sha256::of(&data));
        let tree = VerityTree::build(&mut &data[..], data.len() as u64, parameters).unwrap();
        let spec = BootSpec::new(RootDevice::File("/ashlar/root.erofs".to_owned()), &tree, true);
        let expected = format!(
            "{{\"full_read\":true,\"root\":{{\"block_size\":4096,\"data_blocks\":3,\"file\":\"/ashlar/root.erofs\",\
             \"hash_offset\":12288,\"root_hash\":\"{}\",\"salt\":\"{}\"}},\"schema\":1}}\n",
            tree.root_hash, parameters.salt
        );
        assert_eq!(spec.to_json().unwrap(), expected);
        let guid = "0fc63daf-8483-4772-8e79-3d69d8477de4".to_owned();
        let partition = BootSpec::new(RootDevice::PartUuid(guid), &tree, false).to_json().unwrap();
        assert!(partition.contains("\"partuuid\":\"0fc63daf-8483-4772-8e79-3d69d8477de4\""), "{partition}");
    }
}
