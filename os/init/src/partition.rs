// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Finds the partition that carries the root, by the unique GUID of its GPT entry.
//!
//! Kernels before 6.13 do not state the GUID in sysfs, so the table is read here (gpt.rs).

use crate::disk::{self, SYS_BLOCK};
use crate::dm_message::DeviceNumber;
use crate::error::{InitError, Malformed};
use crate::gpt::{HEADER, Table};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Disks appear while the kernel probes buses in the background.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for the partition and gives its numbers.
///
/// # Errors
/// If it does not appear in time; says which disks could not be read meanwhile.
pub(crate) fn find(partuuid: &str) -> Result<DeviceNumber, InitError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut unreadable = Vec::new();
        match search(partuuid, &mut unreadable) {
            Ok(Some(number)) => return Ok(number),
            Ok(None) if Instant::now() < deadline => sleep(Duration::from_millis(50)),
            Ok(None) => {
                let mut reason = format!("no disk had it within {} seconds", PATIENCE.as_secs());
                if !unreadable.is_empty() {
                    reason = format!("{reason} ({})", unreadable.join("; "));
                }
                return Err(InitError::FindPartition {
                    partuuid: partuuid.to_owned(),
                    source: Malformed::new(reason),
                });
            }
            Err(source) => return Err(InitError::Read { path: SYS_BLOCK.to_owned(), source }),
        }
    }
}

fn search(partuuid: &str, unreadable: &mut Vec<String>) -> io::Result<Option<DeviceNumber>> {
    for disk in disk::names()? {
        match search_disk(&disk, partuuid) {
            Ok(Some(number)) => return Ok(Some(number)),
            Ok(None) => {}
            // A drive without a medium is no reason to stop looking.
            Err(error) => unreadable.push(format!("{disk}: {error}")),
        }
    }
    Ok(None)
}

fn search_disk(disk: &str, partuuid: &str) -> io::Result<Option<DeviceNumber>> {
    let sys = Path::new(SYS_BLOCK).join(disk);
    let sectors: u64 = disk::number(&sys.join("size"))?;
    let block: u64 = disk::number(&sys.join("queue/logical_block_size"))?;
    if sectors == 0 {
        return Ok(None);
    }
    let device = File::open(format!("/dev/{disk}"))?;
    let mut header = [0; HEADER];
    device.read_exact_at(&mut header, block)?;
    let Some(table) = Table::parse(&header) else { return Ok(None) };
    let mut entries = vec![0; table.size()];
    device.read_exact_at(&mut entries, table.first_block.saturating_mul(block))?;
    let Some(index) = table.index_of(&entries, partuuid) else { return Ok(None) };
    for entry in fs::read_dir(&sys)? {
        let partition = entry?.path();
        if disk::number::<usize>(&partition.join("partition")).is_ok_and(|number| number == index + 1) {
            return disk::device_number(&partition).map(Some);
        }
    }
    // The kernel has not shown the partition yet.
    Ok(None)
}
