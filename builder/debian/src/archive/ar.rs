// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The `ar` frame of a binary package (deb(5)), and no other variant of `ar`.
//!
//! ```text
//! "!<arch>\n"
//! for each member:  name 16 | mtime 12 | uid 6 | gid 6 | mode 8 | size 10 | "`\n"    (ASCII, padded with blanks)
//!                   content, and "\n" where its size is odd
//! ```

use std::io::{self, Read};

use super::input::Ledger;
use crate::ArchiveProblem;

const MAGIC: &[u8; 8] = b"!<arch>\n";
const HEADER: usize = 60;

/// One member's name and size; its content follows in the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) size: u64,
}

/// Reads the start of the archive.
pub(super) fn read_magic(reader: &mut dyn Read, ledger: &Ledger) -> Result<(), ArchiveProblem> {
    let mut magic = [0; MAGIC.len()];
    match fill(reader, &mut magic, ledger)? {
        count if count == magic.len() && &magic == MAGIC => Ok(()),
        count if magic[..count] == MAGIC[..count] => Err(ArchiveProblem::Truncated),
        _ => Err(ArchiveProblem::NotADeb("it is no `ar` archive")),
    }
}

/// Reads the next header. `None` at the end of the archive.
pub(super) fn next_member(reader: &mut dyn Read, ledger: &Ledger) -> Result<Option<Member>, ArchiveProblem> {
    let mut header = [0; HEADER];
    match fill(reader, &mut header, ledger)? {
        0 => return Ok(None),
        HEADER => {}
        _ => return Err(ArchiveProblem::Truncated),
    }
    let bad = |what| ArchiveProblem::NotADeb(what);
    let text = std::str::from_utf8(&header).map_err(|_| bad("a member's header is not ASCII"))?;
    if !text.is_ascii() || !text.ends_with("`\n") {
        return Err(bad("a member's header is corrupt"));
    }
    let name = text[..16].trim_end_matches(' ');
    // System V's ar ends the name with a slash, and dpkg accepts it.
    let name = name.strip_suffix('/').unwrap_or(name);
    let digits = text[48..58].trim_end_matches(' ');
    let size = crate::packages::parse_size(digits).ok_or_else(|| bad("a member's size is not a number"))?;
    Ok(Some(Member { name: name.to_owned(), size }))
}

/// Reads the byte that follows a member of odd size.
pub(super) fn skip_padding(
    reader: &mut dyn Read,
    member: &Member,
    ledger: &Ledger,
) -> Result<(), ArchiveProblem> {
    let mut padding = [0; 1];
    if member.size.is_multiple_of(2) {
        return Ok(());
    }
    match fill(reader, &mut padding, ledger)? {
        0 => Err(ArchiveProblem::Truncated),
        _ if padding == *b"\n" => Ok(()),
        _ => Err(ArchiveProblem::NotADeb("a member is not followed by its padding")),
    }
}

/// Reads until `buffer` is full or the input ends.
fn fill(reader: &mut dyn Read, buffer: &mut [u8], ledger: &Ledger) -> Result<usize, ArchiveProblem> {
    let mut count = 0;
    while count < buffer.len() {
        match reader.read(&mut buffer[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(ledger.problem(&error, ArchiveProblem::Input)),
        }
    }
    Ok(count)
}
