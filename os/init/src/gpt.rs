// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Partition tables: where the entries lie, and which of them has a GUID.
//!
//! Format: UEFI specification, section 5.3. Checksums are not looked at: whichever partition this finds, dm-verity decides
//! what may be read from it.
//!
//! ```text
//! header, in logical block 1                entry
//!   0  "EFI PART"                             16  unique partition GUID (first three fields little-endian)
//!  72  u64 first block of the entries
//!  80  u32 number of entries
//!  84  u32 size of an entry
//! ```

/// Bytes of a header that are read.
pub(crate) const HEADER: usize = 92;

/// Where the entries are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// Logical block of the first entry.
    pub(crate) first_block: u64,
    count: usize,
    entry_size: usize,
}

impl Table {
    /// `None` where the block is no header, or one with sizes beyond what any disk has.
    pub(crate) fn parse(header: &[u8; HEADER]) -> Option<Self> {
        let (first_block, rest) = header[72..].split_first_chunk::<8>()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let (entry_size, _) = rest.split_first_chunk::<4>()?;
        let count = u32::from_le_bytes(*count) as usize;
        let entry_size = u32::from_le_bytes(*entry_size) as usize;
        (header.starts_with(b"EFI PART") && count <= 1024 && (128..=4096).contains(&entry_size))
            .then_some(Self { first_block: u64::from_le_bytes(*first_block), count, entry_size })
    }

    /// Bytes of all entries; at most 4 MiB.
    pub(crate) fn size(&self) -> usize {
        self.count * self.entry_size
    }

    /// Which entry has the unique GUID, counted from 0.
    pub(crate) fn index_of(&self, entries: &[u8], partuuid: &str) -> Option<usize> {
        entries.chunks_exact(self.entry_size).position(|entry| guid(&entry[16..32]) == partuuid)
    }
}

fn guid(bytes: &[u8]) -> String {
    const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let digits: Vec<String> = ORDER.iter().map(|&at| format!("{:02x}", bytes[at])).collect();
    [&digits[..4], &digits[4..6], &digits[6..8], &digits[8..10], &digits[10..]]
        .map(<[String]>::concat)
        .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The GUID of "Linux filesystem data" as `sgdisk` writes it to disk.
    const ON_DISK: [u8; 16] =
        [0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47, 0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4];

    fn header(count: u32, entry_size: u32) -> [u8; 92] {
        let mut header = [0; 92];
        header[..8].copy_from_slice(b"EFI PART");
        header[72] = 2;
        header[80..84].copy_from_slice(&count.to_le_bytes());
        header[84..88].copy_from_slice(&entry_size.to_le_bytes());
        header
    }

    #[test]
    fn a_guid_is_mixed_endian() {
        assert_eq!(guid(&ON_DISK), "0fc63daf-8483-4772-8e79-3d69d8477de4");
    }

    #[test]
    fn an_entry_is_found_by_its_unique_guid_not_by_its_type() {
        let table = Table::parse(&header(4, 128)).unwrap();
        assert_eq!((table.first_block, table.size()), (2, 512));
        let mut entries = vec![0; 512];
        entries[..16].copy_from_slice(&ON_DISK);
        let wanted = "0fc63daf-8483-4772-8e79-3d69d8477de4";
        assert_eq!(table.index_of(&entries, wanted), None);
        entries[256 + 16..256 + 32].copy_from_slice(&ON_DISK);
        assert_eq!(table.index_of(&entries, wanted), Some(2));
    }

    #[test]
    fn a_header_with_absurd_sizes_is_no_header() {
        assert!(Table::parse(&[0; 92]).is_none());
        for (count, entry_size) in [(u32::MAX, 128), (128, 0), (128, u32::MAX)] {
            assert!(Table::parse(&header(count, entry_size)).is_none(), "{count} {entry_size}");
        }
    }
}
