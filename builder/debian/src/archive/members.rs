// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A few members of a source archive, by their paths: what somebody wants to look at without unpacking all of it.
//!
//! Nothing is written to a disk, so a path is a mere name here: one that leaves the archive does no harm. Long names
//! come as GNU tar writes them (members `L`) or as PAX records (POSIX.1-2017, pax, "path").

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Read;

use super::format::{detect, with_decoder};
use super::input::{Ledger, Limits};
use super::walk::{Content, Stop, walk};
use crate::{ArchiveProblem, DebianError};

/// Most bytes of one member that is wanted, and of a header that names one.
const MEMBER: u64 = 1 << 20;
/// Most bytes of all of them.
const ALL: u64 = 64 << 20;

/// The members of a tar archive whose paths, without `./` in front, are `wanted`: of a file its content, of a link the
/// text `-> ` and its target; where a path is there twice, the last, as tar unpacks them. The archive may be
/// compressed by gzip, bzip2, xz or zstd. `archive` names it in errors.
///
/// # Errors
/// [`DebianError::Archive`] if it is no such archive, corrupt, truncated, over the limits, or if what is wanted has
/// more than 1 MiB a member or 64 MiB together.
pub fn read_members(
    archive: &str,
    reader: impl Read,
    limits: &Limits,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, Vec<u8>>, DebianError> {
    read(reader, limits, wanted).map_err(|problem| DebianError::archive(archive, None, problem))
}

fn read(
    reader: impl Read,
    limits: &Limits,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, Vec<u8>>, ArchiveProblem> {
    let ledger = Ledger::default();
    let (format, mut input) = detect(reader, &ledger)?;
    with_decoder(format, &mut *input, limits, &ledger, |reader| {
        let mut members = Members { wanted, long: None, left: ALL, found: BTreeMap::new() };
        let result = walk::<_, Infallible>(reader, limits, &ledger, |header, content| {
            Ok(members.member(header, content)?)
        });
        match result {
            Ok(()) => Ok(members.found),
            Err(Stop::Archive(problem)) => Err(problem),
            Err(Stop::Visitor(never)) => match never {},
        }
    })
}

struct Members<'w> {
    wanted: &'w dyn Fn(&str) -> bool,
    /// The path of the next member, where its own header is too short for it.
    long: Option<Vec<u8>>,
    left: u64,
    found: BTreeMap<String, Vec<u8>>,
}

impl Members<'_> {
    fn member(&mut self, header: &tar::Header, content: &mut Content<'_>) -> Result<(), ArchiveProblem> {
        let kind = header.entry_type();
        if kind.is_gnu_longname() {
            let name = bytes(content, "bytes in a long name")?;
            self.long = Some(name.split(|byte| *byte == 0).next().unwrap_or_default().to_vec());
            return Ok(());
        }
        if kind.is_pax_local_extensions() {
            let records = bytes(content, "bytes in a PAX header")?;
            for record in tar::PaxExtensions::new(&records) {
                let record = record.map_err(|error| ArchiveProblem::TarHeader(error.to_string()))?;
                if record.key_bytes() == b"path" {
                    self.long = Some(record.value_bytes().to_vec());
                }
            }
            return Ok(());
        }
        if kind.is_gnu_longlink() || kind.is_pax_global_extensions() {
            return Ok(());
        }
        let path = self.long.take().unwrap_or_else(|| header.path_bytes().into_owned());
        let path = String::from_utf8_lossy(&path);
        let path = path.strip_prefix("./").unwrap_or(&path);
        if !(kind.is_file() || kind.is_symlink() || kind.is_hard_link()) || !(self.wanted)(path) {
            return Ok(());
        }
        let held = match header.link_name_bytes().filter(|_| !kind.is_file()) {
            Some(target) => [b"-> ", &target[..]].concat(),
            None => bytes(content, "bytes in a wanted member")?,
        };
        let whole = ArchiveProblem::Limit { what: "bytes in all wanted members", limit: ALL };
        self.left = self.left.checked_sub(held.len() as u64).ok_or(whole)?;
        self.found.insert(path.to_owned(), held);
        Ok(())
    }
}

/// All of a member, which has a limit: everything else is skipped, not held.
fn bytes(content: &mut Content<'_>, what: &'static str) -> Result<Vec<u8>, ArchiveProblem> {
    if content.left > MEMBER {
        return Err(ArchiveProblem::Limit { what, limit: MEMBER });
    }
    let mut bytes = Vec::new();
    match content.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(content.ledger.tar_problem(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(members: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, kind, content) in members {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(*kind);
            if kind.is_file() {
                header.set_size(content.len() as u64);
                builder.append_data(&mut header, path, *content).unwrap();
            } else {
                header.set_size(0);
                builder.append_link(&mut header, path, std::str::from_utf8(content).unwrap()).unwrap();
            }
        }
        builder.into_inner().unwrap()
    }

    fn found(
        bytes: &[u8],
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<BTreeMap<String, Vec<u8>>, ArchiveProblem> {
        match read_members("x.tar", bytes, &Limits::default(), wanted) {
            Err(DebianError::Archive { problem, .. }) => Err(problem),
            other => Ok(other.unwrap()),
        }
    }

    #[test]
    fn wanted_members_are_held_and_no_others() {
        let long = format!("it-1/{}/COPYING", "folder/".repeat(40));
        let bytes = archive(&[
            ("./it-1/COPYING", tar::EntryType::Regular, b"first"),
            ("it-1/main.c", tar::EntryType::Regular, b"code"),
            ("it-1/COPYING", tar::EntryType::Regular, b"terms"),
            (&long, tar::EntryType::Regular, b"far away"),
            ("it-1/b/COPYING", tar::EntryType::Symlink, b"../COPYING"),
        ]);
        let expected = BTreeMap::from([
            ("it-1/COPYING".to_owned(), b"terms".to_vec()),
            ("it-1/b/COPYING".to_owned(), b"-> ../COPYING".to_vec()),
            (long, b"far away".to_vec()),
        ]);
        let is_copying = |path: &str| path.ends_with("/COPYING");
        for bytes in [zstd::encode_all(&bytes[..], 1).unwrap(), bytes] {
            assert_eq!(found(&bytes, &is_copying), Ok(expected.clone()));
        }
    }

    #[test]
    fn a_name_from_a_pax_header_counts() {
        let mut builder = tar::Builder::new(Vec::new());
        builder.append_pax_extensions([("path", &b"it-1/COPYING"[..])]).unwrap();
        let mut header = tar::Header::new_ustar();
        header.set_size(5);
        header.set_path("short").unwrap();
        header.set_cksum();
        builder.append(&header, &b"terms"[..]).unwrap();
        let bytes = builder.into_inner().unwrap();
        let all = found(&bytes, &|_| true).unwrap();
        assert_eq!(all.keys().collect::<Vec<_>>(), ["it-1/COPYING"]);
    }

    #[test]
    fn a_wanted_member_of_gigabytes_is_refused_before_it_is_held() {
        let large = vec![0; MEMBER as usize + 1];
        let bytes = archive(&[("COPYING", tar::EntryType::Regular, &large)]);
        let limit = ArchiveProblem::Limit { what: "bytes in a wanted member", limit: MEMBER };
        assert_eq!(found(&bytes, &|_| true), Err(limit));
        assert_eq!(found(&bytes, &|_| false), Ok(BTreeMap::new()));
        let large = vec![0; MEMBER as usize];
        let names: Vec<String> = (0..=ALL / MEMBER).map(|index| index.to_string()).collect();
        let many: Vec<_> = names.iter().map(|name| (&**name, tar::EntryType::Regular, &large[..])).collect();
        let limit = ArchiveProblem::Limit { what: "bytes in all wanted members", limit: ALL };
        assert_eq!(found(&archive(&many), &|_| true), Err(limit));
    }

    #[test]
    fn a_cut_archive_is_refused_even_behind_what_is_wanted() {
        let bytes = archive(&[("COPYING", tar::EntryType::Regular, b"terms")]);
        for end in [0, 511, 600, 1024, bytes.len() - 1] {
            assert_eq!(found(&bytes[..end], &|_| true), Err(ArchiveProblem::Truncated), "cut at {end}");
        }
    }
}
