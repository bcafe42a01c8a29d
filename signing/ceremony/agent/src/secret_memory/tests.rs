// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the kernel says of the region. That the process allocates from it, the tests in `tests/` show.

use std::fs;

use super::*;

/// Permissions, and the flags of /proc/PID/smaps, of the mapping that `address` lies in.
fn flags(address: usize) -> (String, Vec<String>) {
    let smaps = fs::read_to_string("/proc/self/smaps").unwrap();
    let mut found = None;
    for line in smaps.lines() {
        if let Some(flags) = line.strip_prefix("VmFlags:") {
            if let Some(permissions) = found {
                return (permissions, flags.split_ascii_whitespace().map(str::to_owned).collect());
            }
            continue;
        }
        let mut fields = line.split_ascii_whitespace();
        let Some((start, end)) = fields.next().and_then(|range| range.split_once('-')) else { continue };
        let number = |text| usize::from_str_radix(text, 16).unwrap();
        if (number(start)..number(end)).contains(&address) {
            found = fields.next().map(str::to_owned);
        }
    }
    panic!("nothing is mapped at {address:x}");
}

#[test]
fn the_region_is_locked_and_in_no_dump_and_no_child() {
    for memory in [Memory::MemfdSecret, Memory::Mlock] {
        let region = Region::map(memory).unwrap();
        assert_eq!(region.memory(), memory);
        for (start, length) in region.parts() {
            for address in [start.addr(), start.addr() + length - 1] {
                let (permissions, flags) = flags(address);
                assert!(permissions.starts_with("rw-"), "{permissions}");
                // Locked, not dumped, not copied into a child.
                for flag in ["lo", "dd", "dc"] {
                    assert!(flags.iter().any(|have| have == flag), "{memory:?} lacks {flag}: {flags:?}");
                }
            }
            for guard in [start.addr() - 1, start.addr() - GUARD, start.addr() + length] {
                assert_eq!(flags(guard).0, "---p");
            }
        }
    }
}

#[test]
fn early_memory_is_aligned_and_ends() {
    for align in [1, 8, 64, PAGE] {
        assert_eq!(take_early(Layout::from_size_align(3, align).unwrap()).addr() % align, 0);
    }
    assert!(take_early(Layout::from_size_align(EARLY, 1).unwrap()).is_null());
    assert!(take_early(Layout::from_size_align(1, 2 * PAGE).unwrap()).is_null());
}

#[test]
fn a_pool_without_memory_gives_none() {
    static POOL: Pool<8, 6> = Pool::closed();
    assert!(POOL.take(Layout::new::<u8>()).is_null());
    assert_eq!(POOL.find(null_mut()), None);
}
