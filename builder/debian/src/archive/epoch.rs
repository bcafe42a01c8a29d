// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The date of a source archive: the newest modification time of its members.

use std::convert::Infallible;
use std::io::Read;

use super::format::{detect, with_decoder};
use super::input::{Ledger, Limits};
use super::walk::{Stop, walk};
use crate::{ArchiveProblem, DebianError};

/// The newest modification time in a tar archive, compressed by gzip, bzip2, xz, zstd or not at all, in seconds
/// since 1970. `archive` names it in errors.
///
/// # Errors
/// [`DebianError::Archive`] if it is no such archive, corrupt, truncated, over the limits or empty.
pub fn newest_mtime(archive: &str, reader: impl Read, limits: &Limits) -> Result<u64, DebianError> {
    read(reader, limits).map_err(|problem| DebianError::archive(archive, None, problem))
}

fn read(reader: impl Read, limits: &Limits) -> Result<u64, ArchiveProblem> {
    let ledger = Ledger::default();
    let (format, mut input) = detect(reader, &ledger)?;
    with_decoder(format, &mut *input, limits, &ledger, |reader| {
        let mut newest = None;
        let result = walk::<_, Infallible>(reader, limits, &ledger, |header, _content| {
            let kind = header.entry_type();
            // Headers of headers: their own times mean nothing.
            let is_member = !(kind.is_pax_global_extensions()
                || kind.is_pax_local_extensions()
                || kind.is_gnu_longname()
                || kind.is_gnu_longlink());
            if is_member {
                let mtime = header.mtime().map_err(|error| ArchiveProblem::TarHeader(error.to_string()))?;
                newest = newest.max(Some(mtime));
            }
            Ok(())
        });
        match result {
            Ok(()) => newest.ok_or(ArchiveProblem::Empty),
            Err(Stop::Archive(problem)) => Err(problem),
            Err(Stop::Visitor(never)) => match never {},
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(times: &[(tar::EntryType, u64)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (index, (kind, mtime)) in times.iter().enumerate() {
            let mut header = tar::Header::new_ustar();
            header.set_path(format!("p/{index}")).unwrap();
            header.set_entry_type(*kind);
            header.set_mtime(*mtime);
            header.set_size(3);
            header.set_cksum();
            builder.append(&header, &b"abc"[..]).unwrap();
        }
        builder.into_inner().unwrap()
    }

    #[test]
    fn the_newest_member_counts_and_extension_headers_do_not() {
        let bytes = archive(&[
            (tar::EntryType::XGlobalHeader, 99),
            (tar::EntryType::Regular, 5),
            (tar::EntryType::XHeader, 98),
            (tar::EntryType::Regular, 17),
            (tar::EntryType::Regular, 16),
        ]);
        let packed = zstd::encode_all(&bytes[..], 1).unwrap();
        for bytes in [bytes, packed] {
            assert_eq!(newest_mtime("x.tar", &bytes[..], &Limits::default()).unwrap(), 17);
        }
    }

    #[test]
    fn an_empty_or_cut_archive_has_no_date() {
        let problem = |bytes: &[u8]| match newest_mtime("x.tar", bytes, &Limits::default()) {
            Err(DebianError::Archive { problem, .. }) => problem,
            other => panic!("{other:?}"),
        };
        assert_eq!(problem(&archive(&[])), ArchiveProblem::Empty);
        assert_eq!(problem(b""), ArchiveProblem::Truncated);
        let bytes = archive(&[(tar::EntryType::Regular, 5)]);
        for end in [511, 512, 513, 1024, 1536, bytes.len() - 1] {
            assert_eq!(problem(&bytes[..end]), ArchiveProblem::Truncated, "cut at {end}");
        }
    }
}
