// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Walking over the raw members of a tar stream, to its very end.
//!
//! Raw, so that the lengths of long names are checked before memory is spent on them, and so that nothing but the
//! caller interprets a header. The end is checked here: two blocks of zeros, and nothing but zeros behind them
//! (POSIX.1-2017, pax, "ustar Interchange Format").

use std::io::{self, Read};

use super::input::{Exactly, Ledger, Limits, Metered};
use super::signs::signed;
use crate::ArchiveProblem;

/// What a walk stops with.
pub(super) enum Stop<E> {
    /// The archive is at fault.
    Archive(ArchiveProblem),
    /// The visitor wants to stop.
    Visitor(E),
}

impl<E> From<ArchiveProblem> for Stop<E> {
    fn from(problem: ArchiveProblem) -> Self {
        Self::Archive(problem)
    }
}

/// The content of one member.
pub(super) type Content<'c> = Exactly<'c, &'c mut dyn Read>;

/// Shows each member's header and content to `visit`. What `visit` does not read is skipped, and the stream is read
/// to its end.
pub(super) fn walk<R: Read, E>(
    reader: Metered<'_, R>,
    limits: &Limits,
    ledger: &Ledger,
    mut visit: impl FnMut(&tar::Header, &mut Content<'_>) -> Result<(), Stop<E>>,
) -> Result<(), Stop<E>> {
    let corrupt = |error: io::Error| Stop::Archive(ledger.tar_problem(&error));
    let mut archive = tar::Archive::new(reader);
    let mut count = 0;
    let mut end = 0;
    for entry in archive.entries().map_err(corrupt)?.raw(true) {
        let mut entry = entry.map_err(corrupt)?;
        count += 1;
        if count > limits.entries {
            return Err(ArchiveProblem::Limit { what: "entries", limit: limits.entries }.into());
        }
        let header = entry.header().clone();
        if let Some(number) = signed(header.as_bytes()) {
            return Err(ArchiveProblem::TarHeader(format!("the {number} has a sign")).into());
        }
        let size = header.entry_size().map_err(corrupt)?;
        if size > limits.file {
            return Err(ArchiveProblem::Limit { what: "bytes in one file", limit: limits.file }.into());
        }
        end = entry.raw_file_position() + size.next_multiple_of(512);
        let mut content = Exactly { reader: &mut entry as &mut dyn Read, left: size, ledger };
        let result = visit(&header, &mut content);
        if let (Err(Stop::Visitor(_)), true) = (&result, ledger.has_failed()) {
            // The visitor failed because reading failed: what it says of it hides the cause.
            return Err(corrupt(io::Error::other("")));
        }
        result?;
        io::copy(&mut content, &mut io::sink()).map_err(corrupt)?;
    }
    let mut reader = archive.into_inner();
    let mut buffer = [0; 8192];
    loop {
        match reader.read(&mut buffer).map_err(corrupt)? {
            0 => break,
            count if buffer[..count].iter().all(|byte| *byte == 0) => {}
            _ => return Err(ArchiveProblem::TrailingJunk.into()),
        }
    }
    if reader.unpacked < end + 1024 {
        return Err(ArchiveProblem::Truncated.into());
    }
    Ok(())
}
