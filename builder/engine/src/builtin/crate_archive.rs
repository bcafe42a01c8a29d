// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading a crate archive (`.crate`): a tar archive packed by gzip, all of it below `<name>-<version>/`.
//!
//! Stricter than cargo, whose own archives hold files alone: no links or devices, no path twice, nothing outside of that folder.

use std::collections::BTreeSet;
use std::io::{self, Read};

use flate2::read::GzDecoder;

/// One file of a crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CrateFile {
    /// Its path as the archive has it, beginning with the crate's folder. Nothing else of it has been checked.
    pub(crate) path: String,
    /// Whether its owner may execute it.
    pub(crate) executable: bool,
    /// Its content.
    pub(crate) content: Vec<u8>,
}

/// What reading stops with.
#[derive(Debug)]
pub(crate) enum Stop<E> {
    /// What is wrong with the archive, in a sentence.
    Archive(String),
    /// The visitor wants to stop.
    Visitor(E),
}

/// Shows every file of the archive of the crate with this `folder` to `visit`, in the archive's order. It may unpack to `limit`
/// bytes. Files are shown before the whole archive has been seen: what was made of them must be thrown away if this fails.
///
/// # Errors
/// [`Stop::Archive`] if it breaks a rule, [`Stop::Visitor`] with what `visit` returned.
pub(crate) fn read<E>(
    folder: &str,
    packed: impl Read,
    limit: u64,
    mut visit: impl FnMut(CrateFile) -> Result<(), E>,
) -> Result<(), Stop<E>> {
    let broken = |cause: io::Error| Stop::Archive(cause.to_string());
    let mut archive = tar::Archive::new(GzDecoder::new(packed).take(limit + 1));
    let mut seen = BTreeSet::new();
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let bytes = entry.path_bytes().into_owned();
        let path = String::from_utf8(bytes).map_err(|_| Stop::Archive("a path is not UTF-8".to_owned()))?;
        let wrong = |problem: &str| Stop::Archive(format!("{path} {problem}"));
        let kind = entry.header().entry_type();
        if kind.is_dir() || matches!(kind, tar::EntryType::XGlobalHeader) {
            continue;
        }
        if !kind.is_file() {
            return Err(wrong("is neither file nor directory"));
        }
        if path.strip_prefix(folder).is_none_or(|rest| !rest.starts_with('/')) {
            return Err(wrong(&format!("lies outside of {folder}/")));
        }
        if !seen.insert(path.clone()) {
            return Err(wrong("is there twice"));
        }
        let executable = entry.header().mode().is_ok_and(|mode| mode & 0o100 != 0);
        let mut content = Vec::new();
        entry.read_to_end(&mut content).map_err(broken)?;
        visit(CrateFile { path, executable, content }).map_err(Stop::Visitor)?;
    }
    if archive.into_inner().limit() == 0 {
        return Err(Stop::Archive(format!("it unpacks to more than {limit} bytes")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn packed(entries: &[(tar::EntryType, &str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (kind, path, content) in entries {
            let mut header = tar::Header::new_gnu();
            // Byte by byte: the library refuses the paths that an attacker would write.
            header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_entry_type(*kind);
            header.set_mode(if path.ends_with(".sh") { 0o755 } else { 0o644 });
            header.set_size(content.len() as u64);
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&builder.into_inner().unwrap()).unwrap();
        encoder.finish().unwrap()
    }

    fn shown(packed: &[u8], limit: u64) -> Result<Vec<String>, String> {
        let mut shown = Vec::new();
        let result = read::<()>("a-1.0.0", packed, limit, |file| {
            shown.push(format!(
                "{} {} {}",
                file.path,
                file.executable,
                String::from_utf8_lossy(&file.content)
            ));
            Ok(())
        });
        match result {
            Ok(()) => Ok(shown),
            Err(Stop::Archive(problem)) => Err(problem),
            Err(Stop::Visitor(())) => panic!("nobody stopped it"),
        }
    }

    use tar::EntryType::{Directory, Regular, Symlink};

    #[test]
    fn files_come_in_the_archives_order() {
        let bytes = packed(&[
            (Directory, "a-1.0.0/", b""),
            (Regular, "a-1.0.0/x.sh", b"#!"),
            (Regular, "a-1.0.0/Cargo.toml", b"x"),
        ]);
        assert_eq!(shown(&bytes, 1 << 20).unwrap(), ["a-1.0.0/x.sh true #!", "a-1.0.0/Cargo.toml false x"]);
    }

    #[test]
    fn a_crate_that_writes_into_another_crate() {
        for path in ["b-1.0.0/x", "a-1.0.00/x", "a-1.0.0", "/a-1.0.0/x", "./a-1.0.0/x"] {
            let error = shown(&packed(&[(Regular, path, b"x")]), 1 << 20).unwrap_err();
            assert!(error.contains("lies outside of a-1.0.0/"), "{path}: {error}");
        }
    }

    #[test]
    fn a_link_in_a_crate() {
        let error = shown(&packed(&[(Symlink, "a-1.0.0/x", b"")]), 1 << 20).unwrap_err();
        assert_eq!(error, "a-1.0.0/x is neither file nor directory");
    }

    #[test]
    fn a_file_that_replaces_another() {
        let twice = packed(&[(Regular, "a-1.0.0/x", b"good"), (Regular, "a-1.0.0/x", b"evil")]);
        assert_eq!(shown(&twice, 1 << 20).unwrap_err(), "a-1.0.0/x is there twice");
    }

    #[test]
    fn a_decompression_bomb_stops_at_the_limit() {
        let bomb = packed(&[(Regular, "a-1.0.0/x", &[0; 1 << 20])]);
        assert!(bomb.len() < 10_000);
        assert!(shown(&bomb, 1 << 20).is_err());
        assert!(shown(&bomb, 2 << 20).is_ok());
    }
}
