// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Times in headers of files that have one: `no-timestamps`. Archives of objects that cannot be read: `readable`.
//!
//! Formats: gzip RFC 1952 §2.3 (MTIME at 4), ar as binutils and BSD write it, .pyc PEP 552.

use ashlar_recipe::{Date, Rule};
use ashlar_tree::TreePath;
use object::read::archive::ArchiveFile;

use crate::book::Book;

/// RFC 1952: two magic bytes, and deflate, the only method that there is.
const GZIP: &[u8] = b"\x1f\x8b\x08";

/// What an archive of objects begins with, and one that only names its members.
const ARCHIVES: [&[u8]; 2] = [b"!<arch>\n", b"!<thin>\n"];

/// Judges the times in the header of a file; they may be none or `epoch`.
pub(crate) fn check(path: &TreePath, bytes: &[u8], epoch: u64, book: &mut Book<'_>) {
    let mut times = Vec::new();
    let mut place = "its header says";
    if bytes.starts_with(GZIP) {
        times.extend(number(bytes, 4));
    } else if path.file_name().ends_with(".pyc") {
        // Flags of 0 mean that source and time are compared; otherwise there is a hash at the place of the time.
        times.extend(number(bytes, 4).filter(|flags| *flags == 0).and_then(|_| number(bytes, 8)));
    } else if ARCHIVES.iter().any(|magic| bytes.starts_with(magic)) {
        place = "the header of a member says";
        match members(bytes) {
            Ok(found) => times = found,
            Err(reason) => book.find(Rule::Readable, path.as_str(), reason),
        }
    }
    times.retain(|time| *time != 0 && *time != epoch);
    if let Some(first) = times.first() {
        let others = match times.len() - 1 {
            0 => String::new(),
            more => format!("; {more} more have a time"),
        };
        let day = Date::of(i64::try_from(*first).unwrap_or(i64::MAX));
        book.find(Rule::NoTimestamps, path.as_str(), format!("{place} {first} ({day}){others}"));
    }
}

/// The unsigned 32-bit number at `at`, least byte first.
fn number(bytes: &[u8], at: usize) -> Option<u64> {
    let four = bytes.get(at..at + 4)?;
    Some(four.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn members(bytes: &[u8]) -> Result<Vec<u64>, String> {
    let wrong =
        |cause: object::Error| format!("it begins like an archive of objects but cannot be read: {cause}");
    let archive = ArchiveFile::parse(bytes).map_err(wrong)?;
    // A member without a time has blanks there.
    archive.members().map(|member| Ok(member.map_err(wrong)?.date().unwrap_or(0))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: u64 = 1_700_000_000;

    fn found(path: &str, bytes: &[u8]) -> Vec<String> {
        let mut book = Book::new(String::new(), &[]);
        check(&TreePath::parse(path).unwrap(), bytes, EPOCH, &mut book);
        book.close()
            .findings
            .iter()
            .map(|finding| format!("{} {}", finding.rule.id(), finding.message))
            .collect()
    }

    fn gzip(time: u32) -> Vec<u8> {
        [GZIP, &[0], &time.to_le_bytes(), &[2, 3, 0, 0]].concat()
    }

    fn archive(times: &[&str]) -> Vec<u8> {
        let member = |time: &&str| {
            format!("x.o/            {time:<12}0     0     100644  4         `\nbody").into_bytes()
        };
        [b"!<arch>\n".to_vec(), times.iter().flat_map(member).collect()].concat()
    }

    fn pyc(flags: u32, time: u32) -> Vec<u8> {
        [&b"\xcb\x0d\x0d\x0a"[..], &flags.to_le_bytes(), &time.to_le_bytes(), &[0; 4]].concat()
    }

    #[test]
    fn a_time_is_found_and_none_and_the_epoch_are_not() {
        let epoch = u32::try_from(EPOCH).unwrap();
        for (path, file) in [
            ("a.gz", gzip as fn(u32) -> Vec<u8>),
            ("a.pyc", |time| pyc(0, time)),
            ("a.a", |time| archive(&[&time.to_string()])),
        ] {
            for good in [0, epoch] {
                assert_eq!(found(path, &file(good)), [""; 0], "{path} {good}");
            }
            let bad = found(path, &file(1_700_000_001));
            assert!(bad.len() == 1 && bad[0].ends_with("1700000001 (2023-11-14)"), "{path}: {bad:?}");
        }
    }

    #[test]
    fn members_with_a_time_are_counted_and_blank_times_are_none() {
        assert_eq!(
            found("usr/lib/x.a", &archive(&["0", "5", "", "7"])),
            ["no-timestamps the header of a member says 5 (1970-01-01); 1 more have a time"]
        );
    }

    #[test]
    fn a_pyc_that_is_checked_by_hash_has_no_time() {
        assert_eq!(found("a.pyc", &pyc(1, 1_700_000_001)), [""; 0]);
        assert_eq!(found("a.py", &pyc(0, 1_700_000_001)), [""; 0]);
    }

    #[test]
    fn a_cut_archive_is_told_and_cut_headers_have_no_time() {
        let whole = archive(&["0"]);
        let cut = found("usr/lib/x.a", &whole[..30]);
        assert!(cut[0].starts_with("readable it begins like an archive of objects"), "{cut:?}");
        assert_eq!(found("a.gz", &gzip(7)[..6]), [""; 0]);
        assert_eq!(found("a.pyc", &pyc(0, 7)[..9]), [""; 0]);
    }
}
