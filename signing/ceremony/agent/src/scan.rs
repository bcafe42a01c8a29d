// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Searches the whole process for a key that is known beforehand. For tests only: feature `known-key`.
//!
//! The scalar is a constant of this source, which lies in the program masked, and is searched for masked, so that the search
//! does not find itself. A find is any part of at least eight bytes: of the number as bytes or as the limbs of a
//! big integer, plain or in the Montgomery form that `p384` computes with (DER and PKCS#8 hold the plain bytes), of its hex
//! in both cases, and of its base64 at each of the three alignments, as PEM has it.
//!
//! It runs on the main thread, on the main stack, and allocates nothing: the heap is gone by then.

use std::fs::File;
use std::hint::black_box;
use std::io::Read as _;
use std::str;

use crate::error::AgentError;
use crate::secret_memory::mapped;

const MAPS: &str = "/proc/self/maps";
const MASK: u8 = 0x5a;
/// The scalar k, big-endian, masked: SHA-384 of `ashlar known key 0`. Neither it nor its Montgomery form has a zero byte.
const SCALAR: [u8; 48] = [
    0x95, 0x08, 0x2b, 0xde, 0x2f, 0xac, 0x90, 0x71, 0xd9, 0x1b, 0xdf, 0x7a, 0x30, 0x6b, 0x1a, 0x2e, 0x84,
    0xe2, 0xae, 0xc5, 0xd5, 0xcc, 0x9b, 0xa2, 0xac, 0x37, 0x68, 0xfc, 0x71, 0xa6, 0xa3, 0x9d, 0x12, 0xf5,
    0x03, 0xaa, 0x63, 0x3b, 0xfd, 0xa8, 0x9b, 0xd6, 0xae, 0x6e, 0x8a, 0x4c, 0x46, 0xf3,
];
/// k times 2^384 modulo n, big-endian, masked.
const MONTGOMERY: [u8; 48] = [
    0xb6, 0x96, 0x88, 0x5f, 0x6a, 0x81, 0x04, 0x73, 0x65, 0x52, 0x98, 0xb0, 0xd6, 0x17, 0x07, 0x4d, 0x41,
    0x87, 0x88, 0x24, 0xe0, 0x3b, 0xa5, 0x6d, 0x0d, 0xb9, 0x83, 0x06, 0xc6, 0x27, 0xbd, 0x73, 0x49, 0xe4,
    0xdf, 0xe1, 0x50, 0xa5, 0x4d, 0x14, 0xe0, 0x04, 0xfc, 0xd5, 0xd8, 0x91, 0x9c, 0x90,
];
/// Exit codes above this one say how often the key was found.
const FOUND: i32 = 100;
const PAGE: usize = 4096;
/// More than all mappings of this process take.
const MAPS_BYTES: usize = 32 << 10;

/// Gives the key to whoever makes one.
pub(crate) fn known_scalar(bytes: &mut [u8; 48]) {
    // The compiler must not put the unmasked number into the program.
    *bytes = black_box(SCALAR).map(|byte| byte ^ MASK);
}

/// Opens the list of this process's mappings, which is possible only before it is closed to itself.
pub(crate) fn open() -> Result<File, AgentError> {
    File::open(MAPS).map_err(|source| AgentError::Proc { path: MAPS, source })
}

/// The exit code: `code`, or that the key was found, or could not be searched for.
pub(crate) fn exit_code(code: i32, mut mappings: &File) -> i32 {
    let mut text = [0; MAPS_BYTES];
    let mut length = 0;
    loop {
        match mappings.read(text.get_mut(length..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(_) => return FOUND - 1,
        }
    }
    let lines = text.get(..length).and_then(|text| str::from_utf8(text).ok());
    let Some(lines) = lines.filter(|lines| lines.ends_with('\n') && lines.len() < MAPS_BYTES) else {
        return FOUND - 1;
    };
    let needles = Needles::new();
    let finds: usize = lines.lines().filter_map(readable).map(|(start, end)| needles.count(start, end)).sum();
    if finds == 0 { code } else { FOUND + i32::try_from(finds).unwrap_or(i32::MAX).min(100) }
}

/// Start and end of a mapping that can be read without side effects.
fn readable(line: &str) -> Option<(usize, usize)> {
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let may_read = fields.next()?.starts_with('r');
    // Pages of the kernel's clock: not ours, and some of them fault.
    let ours = !line.contains("[vvar") && !line.contains("[vsyscall");
    (may_read && ours).then_some(())?;
    Some((usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?))
}

/// What to search for, masked.
struct Needles {
    parts: [([u8; 16], usize); 64],
    count: usize,
    /// Which of them begin with this (masked) byte: one bit each.
    by_first: [u64; 256],
}

impl Needles {
    fn new() -> Self {
        let mut needles = Self { parts: [([0; 16], 0); 64], count: 0, by_first: [0; 256] };
        let (scalar, montgomery) = (black_box(SCALAR), black_box(MONTGOMERY));
        for number in [&scalar, &montgomery] {
            needles.add_parts::<8>(number.iter().copied());
            needles.add_parts::<8>(number.iter().rev().copied());
        }
        for digits in [b"0123456789abcdef", b"0123456789ABCDEF"] {
            let digit = |value: u8| digits.get(usize::from(value)).map_or(0, |digit| digit ^ MASK);
            let hex = scalar.iter().flat_map(|byte| [digit((byte ^ MASK) >> 4), digit((byte ^ MASK) & 15)]);
            needles.add_parts::<16>(hex);
        }
        for alignment in 0..3 {
            let groups = scalar.get(alignment..).unwrap_or_default().chunks_exact(3);
            needles.add_parts::<12>(groups.flat_map(base64));
        }
        needles
    }

    /// Adds a row of masked bytes, in whole parts of `N`.
    fn add_parts<const N: usize>(&mut self, mut row: impl Iterator<Item = u8>) {
        loop {
            let mut part = [0; 16];
            let filled = part.iter_mut().take(N).zip(row.by_ref()).map(|(to, from)| *to = from).count();
            if filled < N {
                return;
            }
            // There are 51 of them; a 65th would be out of bounds, and end the process.
            self.parts[self.count] = (part, N);
            self.by_first[usize::from(part[0])] |= 1 << self.count;
            self.count += 1;
        }
    }

    /// How often a part lies in the range.
    fn count(&self, start: usize, end: usize) -> usize {
        let bytes = mapped(start, end);
        let mut finds = 0;
        for at in (0..bytes.len()).step_by(PAGE) {
            let page = bytes.get(at..).unwrap_or_default();
            // No part begins with a zero.
            if page.get(..PAGE) == Some(&[0; PAGE][..]) {
                continue;
            }
            for (within, first) in page.iter().take(PAGE).enumerate() {
                // Nearly always none, and then nothing else is looked at: tests run this unoptimised.
                let candidates = self.by_first[usize::from(first ^ MASK)];
                if candidates != 0 {
                    finds += usize::from(self.matches(candidates, page.get(within..).unwrap_or_default()));
                }
            }
        }
        finds
    }

    fn matches(&self, mut candidates: u64, here: &[u8]) -> bool {
        while let Some((part, length)) = self.parts.get(candidates.trailing_zeros() as usize) {
            let same = part.iter().zip(here).take(*length).take_while(|(a, b)| **a == **b ^ MASK).count();
            if same == *length {
                return true;
            }
            candidates &= candidates - 1;
        }
        false
    }
}

/// Three masked bytes as four masked characters.
fn base64(group: &[u8]) -> [u8; 4] {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(byte ^ MASK));
    [18, 12, 6, 0].map(|shift| DIGITS.get((bits >> shift) & 63).map_or(0, |digit| digit ^ MASK))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often the search finds the key in these bytes, which lie at an odd address of a page boundary.
    fn finds(planted: &[u8]) -> usize {
        let mut memory = vec![0; 3 * PAGE];
        let boundary = PAGE - memory.as_ptr().addr() % PAGE;
        let at = boundary + PAGE - 7;
        memory[at..at + planted.len()].copy_from_slice(planted);
        let start = memory.as_ptr().expose_provenance();
        Needles::new().count(start, start + memory.len())
    }

    fn key() -> [u8; 48] {
        let mut key = [0; 48];
        known_scalar(&mut key);
        key
    }

    fn reversed(bytes: [u8; 48]) -> Vec<u8> {
        bytes.into_iter().rev().collect()
    }

    #[test]
    fn every_limb_in_both_orders_and_forms_is_found() {
        let montgomery = MONTGOMERY.map(|byte| byte ^ MASK);
        for bytes in [key().to_vec(), reversed(key()), montgomery.to_vec(), reversed(montgomery)] {
            assert_eq!(finds(&bytes), 6);
            for limb in bytes.chunks(8) {
                assert_eq!(finds(limb), 1);
                assert_eq!(finds(&limb[..7]), 0);
            }
        }
    }

    #[test]
    fn hex_and_base64_are_found() {
        assert_eq!(base64(b"Man".map(|byte| byte ^ MASK).as_slice()), b"TWFu".map(|byte| byte ^ MASK));
        let lower: String = key().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((finds(lower.as_bytes()), finds(lower.to_uppercase().as_bytes())), (6, 6));
        for before in 0..3 {
            let mut bytes = vec![0x04; before];
            bytes.extend(key());
            bytes.resize(bytes.len().next_multiple_of(3), 0);
            let text: Vec<u8> =
                bytes.chunks(3).flat_map(|group| base64(&[0, 1, 2].map(|at| group[at] ^ MASK))).collect();
            let text: Vec<u8> = text.into_iter().map(|character| character ^ MASK).collect();
            assert_eq!(finds(&text), 5, "{before}");
        }
    }

    #[test]
    fn the_search_does_not_find_itself() {
        let needles = Needles::new();
        let start = (&raw const needles).expose_provenance();
        assert_eq!(needles.count(start, start + size_of::<Needles>()), 0);
        assert_eq!(finds(&SCALAR) + finds(&MONTGOMERY), 0);
    }

    #[test]
    fn only_what_can_be_read_is_read() {
        assert_eq!(readable("1000-3000 r--p 00000000 00:00 0  [stack]"), Some((0x1000, 0x3000)));
        for line in
            ["1000-3000 ---p 0 0 0", "1000-3000 r--p 0 0 0 [vvar]", "1000-3000 --xp 0 0 0 [vsyscall]", ""]
        {
            assert_eq!(readable(line), None);
        }
    }
}
