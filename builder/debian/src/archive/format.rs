// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Compression formats: which one it is, and reading all of it.
//!
//! A file of several frames or members is read through to its end, as the tools of each format do, and anything
//! behind the last one is an error: bytes that one reader skips and another reads would make two files of one digest.

use std::io::{BufRead, BufReader, Read};

use super::input::{Input, Ledger, Limits, Metered};
use crate::{ArchiveProblem, DebianError};

/// Memory that an xz stream may ask for: twice what the highest preset needs.
const XZ_MEMORY: u64 = 256 << 20;

/// How bytes are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Plain,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

impl Format {
    /// Length of the longest magic number.
    pub(super) const MAGIC: usize = 6;

    /// By the magic number.
    pub(super) fn detect(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'B', b'Z', b'h', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }

    /// By what follows `.tar` in the name of a member of a binary package (deb(5)).
    pub(super) fn of_suffix(suffix: &str) -> Option<Self> {
        match suffix {
            "" => Some(Self::Plain),
            ".gz" => Some(Self::Gzip),
            ".bz2" => Some(Self::Bzip2),
            ".xz" => Some(Self::Xz),
            ".zst" => Some(Self::Zstd),
            _ => None,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "uncompressed",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        }
    }

    /// A reader of the decompressed bytes. Its errors are the decompressor's.
    pub(super) fn decoder<'i>(self, input: &'i mut dyn BufRead) -> std::io::Result<Box<dyn Read + 'i>> {
        Ok(match self {
            Self::Plain => Box::new(input),
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
            Self::Xz => {
                let stream =
                    liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY, liblzma::stream::CONCATENATED)
                        .map_err(std::io::Error::other)?;
                Box::new(liblzma::bufread::XzDecoder::new_stream(input, stream))
            }
            Self::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(input)?),
        })
    }
}

/// Opens `input` as `format`, lets `work` read from it, and insists that nothing is left behind.
///
/// `work` has to read to the end of the decompressed bytes.
pub(super) fn with_decoder<T>(
    format: Format,
    input: &mut dyn BufRead,
    limits: &Limits,
    ledger: &Ledger,
    work: impl FnOnce(Metered<'_, Box<dyn Read + '_>>) -> Result<T, ArchiveProblem>,
) -> Result<T, ArchiveProblem> {
    let name = format.name();
    let corrupt = |cause| ArchiveProblem::Compression { format: name, cause };
    let reader = format.decoder(input).map_err(|error| ledger.problem(&error, corrupt))?;
    ledger.begin();
    let result = work(Metered { reader, format: name, unpacked: 0, limits, ledger })?;
    match input.fill_buf() {
        Ok([]) => Ok(result),
        Ok(_) => Err(ArchiveProblem::TrailingJunk),
        Err(error) => Err(ledger.problem(&error, ArchiveProblem::Input)),
    }
}

/// Finds out the format of `reader` and makes it peekable.
pub(super) fn detect<'l, R: Read + 'l>(
    reader: R,
    ledger: &'l Ledger,
) -> Result<(Format, Box<dyn BufRead + 'l>), ArchiveProblem> {
    let mut input = Input { reader, ledger };
    let mut start = Vec::new();
    let mut magic = (&mut input).take(Format::MAGIC as u64);
    magic.read_to_end(&mut start).map_err(|error| ledger.problem(&error, ArchiveProblem::Input))?;
    let format = Format::detect(&start);
    Ok((format, Box::new(BufReader::with_capacity(64 << 10, std::io::Cursor::new(start).chain(input)))))
}

/// Decompresses `bytes` whatever their format is; bytes of no known format are given back as they are.
///
/// For indexes, which are read as a whole. `origin` names them in errors.
///
/// # Errors
/// [`DebianError::Archive`] if they are corrupt, truncated, followed by anything, or over the limits.
pub fn decompress(origin: &str, bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, DebianError> {
    let ledger = Ledger::default();
    let run = || {
        let (format, mut input) = detect(bytes, &ledger)?;
        with_decoder(format, &mut *input, limits, &ledger, |mut reader| {
            let mut out = Vec::new();
            match reader.read_to_end(&mut out) {
                Ok(_) => Ok(out),
                Err(error) => Err(ledger.problem(&error, ArchiveProblem::Input)),
            }
        })
    };
    run().map_err(|problem| DebianError::archive(origin, None, problem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn pack(format: Format, bytes: &[u8]) -> Vec<u8> {
        match format {
            Format::Plain => bytes.to_vec(),
            Format::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Format::Bzip2 => {
                let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Format::Xz => {
                let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Format::Zstd => zstd::encode_all(bytes, 1).unwrap(),
        }
    }

    const COMPRESSED: [Format; 4] = [Format::Gzip, Format::Bzip2, Format::Xz, Format::Zstd];

    fn problem(bytes: &[u8], limits: &Limits) -> ArchiveProblem {
        match decompress("x", bytes, limits) {
            Err(DebianError::Archive { problem, .. }) => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_format_is_recognised_and_read() {
        let text = "Package: aa\n".repeat(1000).into_bytes();
        for format in COMPRESSED {
            let packed = pack(format, &text);
            assert_eq!(Format::detect(&packed), format);
            assert_eq!(decompress("x", &packed, &Limits::default()).unwrap(), text, "{format:?}");
            let twice = [packed.clone(), packed].concat();
            assert_eq!(
                decompress("x", &twice, &Limits::default()).unwrap().len(),
                2 * text.len(),
                "{format:?}"
            );
        }
        assert_eq!(decompress("x", &text, &Limits::default()).unwrap(), text);
        assert_eq!(decompress("x", b"", &Limits::default()).unwrap(), b"");
    }

    #[test]
    fn truncation_at_every_byte_is_an_error() {
        for format in COMPRESSED {
            let packed = pack(format, b"some text, some text, some other text");
            for end in Format::MAGIC..packed.len() {
                assert!(
                    decompress("x", &packed[..end], &Limits::default()).is_err(),
                    "{format:?} cut at {end}"
                );
            }
        }
    }

    #[test]
    fn junk_behind_the_end_is_an_error() {
        for format in COMPRESSED {
            let mut packed = pack(format, b"some text");
            packed.extend_from_slice(b"junk");
            assert!(decompress("x", &packed, &Limits::default()).is_err(), "{format:?}");
        }
    }

    #[test]
    fn a_flipped_bit_is_an_error_where_the_format_has_a_checksum() {
        for format in [Format::Gzip, Format::Bzip2, Format::Xz] {
            let packed = pack(format, &b"some text ".repeat(50));
            let mut flipped = packed.clone();
            let middle = packed.len() / 2;
            flipped[middle] ^= 1;
            assert!(decompress("x", &flipped, &Limits::default()).is_err(), "{format:?}");
        }
    }

    #[test]
    fn a_decompression_bomb_is_stopped_by_size_and_by_ratio() {
        let zeros = vec![0; (Limits::RATIO_FREE + (1 << 20)) as usize];
        for format in [Format::Xz, Format::Zstd] {
            let packed = pack(format, &zeros);
            let ratio = ArchiveProblem::Limit { what: "unpacked bytes for each packed byte", limit: 250 };
            assert_eq!(problem(&packed, &Limits::default()), ratio, "{format:?}");
            let limits = Limits { unpacked: 1 << 20, ..Limits::default() };
            assert_eq!(
                problem(&packed, &limits),
                ArchiveProblem::Limit { what: "unpacked bytes", limit: 1 << 20 }
            );
        }
    }

    #[test]
    fn an_xz_stream_that_wants_all_memory_is_refused() {
        // Only the header of the block is needed: the decoder must stop before it allocates.
        let mut forged = pack(Format::Xz, b"x");
        // Block header: size, flags, filter id 0x21, size of properties 1, dictionary size; then its CRC32.
        assert_eq!(forged[14..16], [0x21, 1]);
        forged[16] = 36;
        let size = (usize::from(forged[12]) + 1) * 4;
        let mut crc = flate2::Crc::new();
        crc.update(&forged[12..12 + size - 4]);
        forged[12 + size - 4..12 + size].copy_from_slice(&crc.sum().to_le_bytes());
        assert!(matches!(
            problem(&forged, &Limits::default()),
            ArchiveProblem::Compression { format: "xz", .. }
        ));
    }
}
