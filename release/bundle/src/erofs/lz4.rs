// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The first bytes of what an LZ4 block holds.
//!
//! Format: lz4, doc/lz4_Block_format.md. A block is a row of sequences, the last of which ends behind its literals:
//! ```text
//! token: literals (high 4 bits), match - 4 (low ones); 15 says that bytes to add follow, up to one below 255
//! literals   how far back the match begins (u16)
//! ```
//! Crates decode whole blocks only; erofs uses of a block that several files share as much as each needs.

const CORRUPT: &str = "its LZ4 data is corrupt";

/// Decodes `wanted` bytes.
pub(super) fn decode(block: &[u8], wanted: usize) -> Result<Vec<u8>, String> {
    let mut out: Vec<u8> = Vec::new();
    let mut at = 0;
    while out.len() < wanted {
        let token = byte(block, &mut at)?;
        let literals = length(token >> 4, block, &mut at)?.min(wanted - out.len());
        let end = at.checked_add(literals).ok_or(CORRUPT)?;
        out.extend_from_slice(block.get(at..end).ok_or(CORRUPT)?);
        at = end;
        if out.len() == wanted {
            break;
        }
        let back = usize::from(byte(block, &mut at)?) | usize::from(byte(block, &mut at)?) << 8;
        let from = out.len().checked_sub(back).filter(|_| back != 0).ok_or(CORRUPT)?;
        let count = length(token & 15, block, &mut at)?.saturating_add(4).min(wanted - out.len());
        for index in from..from + count {
            // What is copied may have been copied just now.
            out.push(out[index]);
        }
    }
    Ok(out)
}

fn byte(block: &[u8], at: &mut usize) -> Result<u8, String> {
    let byte = block.get(*at).ok_or(CORRUPT)?;
    *at += 1;
    Ok(*byte)
}

fn length(nibble: u8, block: &[u8], at: &mut usize) -> Result<usize, String> {
    let mut length = usize::from(nibble);
    let mut more = nibble == 15;
    while more {
        let next = byte(block, at)?;
        length = length.saturating_add(usize::from(next));
        more = next == 255;
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_matches_that_overlap_themselves_are_decoded_up_to_what_is_wanted() {
        // 4 literals, then 10 from 2 back; 5 literals at the end (lz4 -c of "abcdcdcdcdcdcdend!!").
        let block = [0x46, b'a', b'b', b'c', b'd', 2, 0, 0x50, b'e', b'n', b'd', b'!', b'!'];
        let whole = b"abcdcdcdcdcdcdend!!";
        for wanted in 0..=whole.len() {
            assert_eq!(decode(&block, wanted).unwrap(), &whole[..wanted]);
        }
        assert!(decode(&block, whole.len() + 1).is_err());
        let long: Vec<u8> = [&[0xf0, 255, 3][..], &[7; 15 + 255 + 3]].concat();
        assert_eq!(decode(&long, 273).unwrap(), [7; 273]);
    }

    #[test]
    fn a_block_that_leads_out_of_itself_is_refused() {
        for block in
            [&[][..], &[0x10], &[0x10, 1, 0, 0], &[0x10, 1, 2, 0], &[0xf0, 255], &[0x1f, 1, 1, 0, 255]]
        {
            assert_eq!(decode(block, 100).unwrap_err(), CORRUPT);
        }
    }
}
