// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Extensions: disks with more programs and modules, verified against the list in the verified root.
//!
//! ```text
//! /run/ashlar/extensions/<name>   where it is mounted, read-only
//! ashlar-ext-<name>               its verity device in device-mapper
//! ```
//! An extension is optional: that no disk has it is no failure. A disk that claims to be one and is not used is a
//! failure with the reason. All of an extension is read once before it is mounted, as the root is.

use crate::descriptor::{self, Descriptor};
use crate::device_mapper::{DeviceMapper, VerityDevice};
use crate::disk::{self, Disk};
use crate::error::{InitError, Malformed};
use crate::extension_list::{self, ExtensionList, ListedExtension};
use crate::verity::VerityStatus;
use crate::{modules, mounts, read_check};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::thread::sleep;
use std::time::{Duration, Instant};

const FOLDER: &str = "/run/ashlar/extensions";
/// Disks appear while the kernel probes buses in the background, and nothing says when it is done. As long as a listed extension is
/// missing, they are taken to be all there once none came for so long.
const QUIET: Duration = Duration::from_secs(1);
/// Whatever keeps appearing, the boot goes on after this time.
const PATIENCE: Duration = Duration::from_secs(10);

/// An extension in use, as the status line names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ActiveExtension {
    pub(crate) name: String,
    /// As read back from device-mapper.
    pub(crate) root_hash: String,
}

/// Which disk each extension in use came from.
pub(crate) type InUse = BTreeMap<String, String>;

/// Uses every disk that is a listed extension: verifies it, mounts it, loads its modules. Adds what failed.
pub(crate) fn use_all(failures: &mut Vec<InitError>) -> InUse {
    let mut in_use = InUse::new();
    match read_list() {
        // Only a root that takes extensions looks at disks, and waits for them.
        Ok(Some(list)) if !list.is_empty() => {
            if let Err(failure) = use_disks(&list, &mut in_use, failures) {
                failures.push(failure);
            }
        }
        Ok(Some(_) | None) => {}
        Err(failure) => failures.push(failure),
    }
    in_use
}

/// Tries each disk once, as it appears, until all of the list is in use or no more come. What a disk says of itself ends no waiting.
fn use_disks(
    list: &ExtensionList,
    in_use: &mut InUse,
    failures: &mut Vec<InitError>,
) -> Result<(), InitError> {
    let start = Instant::now();
    let mut changed = start;
    let mut tried: Vec<Disk> = Vec::new();
    loop {
        let disks =
            disk::whole().map_err(|source| InitError::Read { path: disk::SYS_BLOCK.to_owned(), source })?;
        for disk in disks {
            if !tried.contains(&disk) {
                failures.extend(use_disk(&disk, list, in_use));
                tried.push(disk);
                changed = Instant::now();
            }
        }
        let done = list.names().all(|name| in_use.contains_key(name));
        if done || changed.elapsed() >= QUIET || start.elapsed() >= PATIENCE {
            return Ok(());
        }
        sleep(Duration::from_millis(50));
    }
}

fn read_list() -> Result<Option<ExtensionList>, InitError> {
    let path = || extension_list::PATH.to_owned();
    match fs::read_to_string(extension_list::PATH) {
        Ok(text) => ExtensionList::parse(&text)
            .map(Some)
            .map_err(|source| InitError::Understand { path: path(), source }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(InitError::Read { path: path(), source }),
    }
}

fn use_disk(disk: &Disk, list: &ExtensionList, in_use: &mut InUse) -> Vec<InitError> {
    match claim(disk) {
        Ok(None) => Vec::new(),
        Ok(Some(claim)) => match choose(&claim, &disk.name, list, in_use) {
            Ok(listed) => activate(disk, listed, in_use),
            Err(failure) => vec![failure],
        },
        Err(failure) => vec![failure],
    }
}

/// What the disk says that it is, if it says so at all.
fn claim(disk: &Disk) -> Result<Option<Descriptor>, InitError> {
    let block = File::open(disk.path()).and_then(|device| last_block(&device, disk.size));
    let block = block.map_err(|source| InitError::ReadDisk { disk: disk.name.clone(), source })?;
    block
        .and_then(|block| Descriptor::read(&block))
        .transpose()
        .map_err(|source| InitError::Descriptor { disk: disk.name.clone(), source })
}

/// `None` where there is no whole number of blocks.
fn last_block(device: &File, size: u64) -> io::Result<Option<[u8; descriptor::SIZE]>> {
    let length = descriptor::SIZE as u64;
    let Some(start) = size.checked_sub(length).filter(|start| start.is_multiple_of(length)) else {
        return Ok(None);
    };
    let mut block = [0; descriptor::SIZE];
    device.read_exact_at(&mut block, start)?;
    Ok(Some(block))
}

fn choose<'a>(
    claim: &Descriptor,
    disk: &str,
    list: &'a ExtensionList,
    in_use: &InUse,
) -> Result<&'a ListedExtension, InitError> {
    list.choose(claim)
        .and_then(|listed| match in_use.get(&listed.name) {
            Some(first) => Err(Malformed::new(format!("it is in use already, from {first}"))),
            None => Ok(listed),
        })
        .map_err(|source| InitError::UseExtension { name: claim.name.clone(), disk: disk.to_owned(), source })
}

fn activate(disk: &Disk, listed: &ListedExtension, in_use: &mut InUse) -> Vec<InitError> {
    let device_name = device_name(&listed.name);
    let table = listed.verity.table(disk.number);
    let activated =
        DeviceMapper::open().and_then(|mapper| Ok((mapper.activate(&device_name, &table)?, mapper)));
    let (device, mapper) = match activated {
        Ok(activated) => activated,
        Err(failure) => return vec![failure],
    };
    let target = format!("{FOLDER}/{}", listed.name);
    let mut failures = mount(&device, &listed.name, &target);
    if failures.is_empty() {
        in_use.insert(listed.name.clone(), disk.name.clone());
        return modules::load_listed(&target);
    }
    failures.extend(mapper.remove(&device_name).err());
    failures
}

fn mount(device: &VerityDevice, name: &str, target: &str) -> Vec<InitError> {
    let unreadable = read_check::read_all(&format!("extension {name}"), device);
    if unreadable.is_empty() {
        return mounts::mount_extension(&device.path(), target).err().into_iter().collect();
    }
    unreadable
}

/// Asks device-mapper what the extensions in use are, and adds what is wrong with them.
pub(crate) fn confirm(in_use: &InUse, failures: &mut Vec<InitError>) -> Vec<ActiveExtension> {
    let mut active = Vec::new();
    for name in in_use.keys() {
        match DeviceMapper::open().and_then(|mapper| mapper.device(&device_name(name))) {
            Ok(device) => {
                if device.status != VerityStatus::Verified {
                    let source = Malformed::new("a block of it was corrupted when it was read");
                    failures.push(InitError::ConfirmExtension { name: name.clone(), source });
                }
                active.push(ActiveExtension { name: name.clone(), root_hash: device.table.root_hash });
            }
            Err(failure) => failures.push(failure),
        }
    }
    active
}

fn device_name(name: &str) -> String {
    format!("ashlar-ext-{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::tests::{HASH, text};

    fn list() -> ExtensionList {
        let row = |name: &str| {
            format!(
                r#"{{"name":"{name}","root_hash":"{HASH}","salt":"-","data_blocks":3,"hash_offset":12288,"block_size":4096}}"#
            )
        };
        let rows = format!("{},{}", row("drm"), row("writeboost"));
        ExtensionList::parse(&format!(r#"{{"schema":1,"release":"r","extensions":[{rows}]}}"#)).unwrap()
    }

    fn claim_of(name: &str, release: &str) -> Descriptor {
        serde_json::from_str(&text(name, release, HASH)).unwrap()
    }

    #[test]
    fn a_second_disk_with_the_same_extension_is_a_failure() {
        let list = list();
        let in_use = InUse::from([("writeboost".to_owned(), "vda".to_owned())]);
        let failure = choose(&claim_of("writeboost", "r"), "vdb", &list, &in_use).unwrap_err();
        let failure = ashlar_kernel_state::Failure::from(&failure);
        assert_eq!(
            serde_json::json!(failure),
            serde_json::json!({
                "operation": "use the extension writeboost on vdb",
                "error": "it is in use already, from vda",
            })
        );
        assert_eq!(choose(&claim_of("drm", "r"), "vdb", &list, &in_use).unwrap().name, "drm");
    }

    #[test]
    fn a_refused_disk_is_named_with_its_reason() {
        let failure = choose(&claim_of("gpu", "older"), "sda", &list(), &InUse::new()).unwrap_err();
        assert_eq!(failure.to_string(), "use the extension gpu on sda");
        let reason = std::error::Error::source(&failure).unwrap().to_string();
        assert_eq!(reason, "it is of release older, this is release r");
    }

    #[test]
    fn the_descriptor_is_the_last_block_of_the_disk() {
        let path = std::env::temp_dir().join(format!("ashlar-init-disk-{}", std::process::id()));
        let mut bytes = vec![1; 3 * descriptor::SIZE];
        bytes[2 * descriptor::SIZE..].fill(2);
        fs::write(&path, &bytes).unwrap();
        let file = File::open(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let size = bytes.len() as u64;
        assert_eq!(last_block(&file, size).unwrap(), Some([2; descriptor::SIZE]));
        assert_eq!(last_block(&file, size - 4096).unwrap(), Some([1; descriptor::SIZE]));
        for odd in [0, 512, 4095, size - 512] {
            assert_eq!(last_block(&file, odd).unwrap(), None, "{odd}");
        }
        // A disk that ends before the size that it states.
        assert!(last_block(&file, size + 4096).is_err());
        assert!(last_block(&file, u64::MAX - 4095).is_err());
    }

    #[test]
    fn names_fit_device_mapper() {
        let longest = "a".repeat(64);
        assert!(descriptor::is_name(&longest) && device_name(&longest).len() < 128);
    }
}
