// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The first bytes of what a Zstandard frame holds (RFC 8878). The rest is not decompressed: of a long frame a file may use
//! one byte, again and again.

use zstd::stream::raw::{DParameter, Decoder, Operation as _};
use zstd::zstd_safe::get_frame_content_size;

/// The most that a frame may hold: mkfs.erofs puts at most 1 MiB together.
const LARGEST: usize = 1 << LARGEST_LOG;
const LARGEST_LOG: u32 = 24;
/// What is decompressed at one time: a block has at most that much.
const BLOCK: usize = 128 << 10;

/// Decompresses frames one after the other.
#[derive(Default)]
pub(super) struct Frames(Option<Decoder<'static>>);

impl Frames {
    /// How many bytes are decompressed for `wanted` of them.
    ///
    /// # Errors
    /// If the frame does not say how much it holds, or holds less than that or more than any does.
    pub(super) fn cost(frame: &[u8], wanted: usize) -> Result<usize, String> {
        let held = get_frame_content_size(frame).ok().flatten().and_then(|held| usize::try_from(held).ok());
        let held = held.filter(|held| *held <= LARGEST).ok_or("its zstd data is corrupt")?;
        if held < wanted {
            return Err("a cluster holds less than its file needs".to_owned());
        }
        Ok(held.min(wanted.next_multiple_of(BLOCK)))
    }

    /// The first `wanted` bytes of a frame, of which [`Frames::cost`] holds.
    pub(super) fn decode(&mut self, frame: &[u8], wanted: usize) -> Result<Vec<u8>, String> {
        let corrupt = |cause: std::io::Error| format!("its zstd data is corrupt: {cause}");
        let decoder = match &mut self.0 {
            Some(decoder) => decoder,
            none => none.insert(Decoder::new().map_err(corrupt)?),
        };
        decoder.reinit().map_err(corrupt)?;
        decoder.set_parameter(DParameter::WindowLogMax(LARGEST_LOG)).map_err(corrupt)?;
        let mut content = vec![0; wanted];
        let (mut read, mut written) = (0, 0);
        while written < wanted {
            let status = decoder.run_on_buffers(&frame[read..], &mut content[written..]).map_err(corrupt)?;
            if (status.bytes_read, status.bytes_written) == (0, 0) || status.remaining == 0 {
                written += status.bytes_written;
                break;
            }
            read += status.bytes_read;
            written += status.bytes_written;
        }
        content.truncate(written);
        Ok(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_what_is_wanted_nothing_is_decompressed() {
        let whole: Vec<u8> =
            (0..LARGEST as u32 / 8).flat_map(|number| number.wrapping_mul(number).to_le_bytes()).collect();
        let mut frame = zstd::bulk::compress(&whole, 1).unwrap();
        let mut frames = Frames::default();
        assert_eq!(frames.decode(&frame, whole.len()).unwrap(), whole);
        // What comes later is damaged, and nobody sees it.
        let half = frame.len() / 2;
        frame[half..].fill(0xff);
        assert!(frames.decode(&frame, whole.len()).is_err());
        for wanted in [1, 4096, 200_000] {
            assert_eq!(frames.decode(&frame, wanted).unwrap(), whole[..wanted]);
            assert_eq!(Frames::cost(&frame, wanted).unwrap(), wanted.next_multiple_of(BLOCK));
        }
    }

    #[test]
    fn a_frame_that_lies_about_its_length_is_refused() {
        let frame = zstd::bulk::compress(&[7; 1000], 1).unwrap();
        assert_eq!(Frames::cost(&frame, 1), Ok(1000));
        assert!(Frames::cost(&frame, 1001).unwrap_err().contains("holds less"));
        assert!(Frames::cost(&zstd::bulk::compress(&vec![0; LARGEST + 1], 1).unwrap(), 1).is_err());
        assert!(Frames::cost(b"none", 1).is_err());
        let cut = Frames::default().decode(&frame[..frame.len() / 2], 1000);
        assert!(!cut.is_ok_and(|found| found.len() == 1000));
    }
}
