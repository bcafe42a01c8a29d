// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The root against its description: dm-verity recomputed from the data, and `boot.json` written again from the
//! result.
//!
//! `boot.json` leaves open only where the root's bytes are and whether all of it is read at boot; every other byte
//! of it follows from the root.

use ashlar_images::{BootSpec, RootDevice};
use serde_json::Value;

use super::verity;
use crate::report::Notes;

/// What is known of the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RootPlace {
    /// Its root hash as recomputed, hex.
    pub(super) root_hash: String,
    /// Whether it is a file of the initramfs.
    pub(super) in_initramfs: bool,
}

pub(super) fn check(root: &[u8], boot: &[u8], notes: &mut Notes) -> Option<RootPlace> {
    let tree = match verity::recompute(root) {
        Ok(tree) => tree,
        Err(error) => {
            notes.find("root.erofs", error.to_string());
            return None;
        }
    };
    let root_hash = tree.root_hash.to_string();
    notes.prove("root.erofs", format!("its dm-verity tree is the one of its data; root hash {root_hash}"));
    let Some((device, full_read)) = open_choices(boot) else {
        notes.find("boot.json", "read it: it is no description of a root as the builder writes it");
        return None;
    };
    let in_initramfs = device == RootDevice::File(format!("/{}", BootSpec::ROOT_PATH));
    if matches!(device, RootDevice::File(_)) && !in_initramfs {
        notes.find("boot.json", "it names another file as the root than the initramfs holds");
    }
    match BootSpec::new(device, &tree, full_read).to_json() {
        Ok(text) if text.as_bytes() == boot => {
            notes.prove(
                "boot.json",
                "every byte follows from root.erofs: machines boot this root and no other",
            );
        }
        _ => notes
            .find("boot.json", format!("it does not describe root.erofs, whose root hash is {root_hash}")),
    }
    Some(RootPlace { root_hash, in_initramfs })
}

/// The two things that `boot.json` may say of its own.
fn open_choices(boot: &[u8]) -> Option<(RootDevice, bool)> {
    let value: Value = serde_json::from_slice(boot).ok()?;
    let text = |key: &str| value["root"][key].as_str().map(str::to_owned);
    let device = text("file").map(RootDevice::File).or_else(|| text("partuuid").map(RootDevice::PartUuid))?;
    Some((device, value["full_read"].as_bool()?))
}
