// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The hash that go.sum uses: `h1:`, the SHA-256 of a list of files.
//!
//! `golang.org/x/mod/sumdb/dirhash`, Hash1: for every file, sorted by name, the line
//! `<hex sha256>  <name>\n`; the SHA-256 of these lines in base64. For a zip the names are those of its entries,
//! each beginning with `<module>@<version>/`; for a go.mod alone the one name is `go.mod`.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::str::FromStr;

use ashlar_digest::{Hasher, Sha256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::ModuleVersion;
use super::zip_frame::Frame;
use crate::Reason;

/// The bound of the module reference on all files of a module together.
const MAX_CONTENT: u64 = 500 << 20;

/// What no name of a file has, beside control characters (`golang.org/x/mod/module`, CheckFilePath); nor does a part of it end
/// with a dot.
const NOT_IN_NAMES: [char; 10] = ['\\', ':', '"', '\'', '*', '<', '>', '?', '`', '|'];

/// An `h1:` hash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash1(String);

impl FromStr for Hash1 {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = text.strip_prefix("h1:").and_then(|rest| STANDARD.decode(rest).ok());
        match bytes {
            Some(bytes) if bytes.len() == 32 => Ok(Self(text.to_owned())),
            _ => Err(format!("{text:?} is no h1: hash")),
        }
    }
}

impl fmt::Display for Hash1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Hash1 {
    /// The hash of files by name and content digest.
    #[must_use]
    pub fn of(files: &BTreeMap<String, Sha256>) -> Self {
        let mut lines = String::new();
        for (name, digest) in files {
            // Writing to a String cannot fail.
            let _ = writeln!(lines, "{digest}  {name}");
        }
        let digest = Sha256::of(lines.as_bytes());
        Self(format!("h1:{}", STANDARD.encode(digest.as_bytes())))
    }

    /// The hash of a go.mod, by its content digest.
    #[must_use]
    pub fn of_go_mod(digest: Sha256) -> Self {
        Self::of(&BTreeMap::from([("go.mod".to_owned(), digest)]))
    }

    /// Checks that `got` is this hash.
    pub(super) fn check(&self, got: &Self) -> Result<(), Reason> {
        if got == self {
            return Ok(());
        }
        Err(Reason::GoHash { expected: self.to_string(), got: got.to_string() })
    }
}

/// Hashes a module zip, strictly: what go would not put into one is refused.
///
/// # Errors
/// [`Reason::Archive`] for what is no module zip, [`Reason::File`] where the file cannot be read.
pub(super) fn of_zip(path: &Path, module: &ModuleVersion) -> Result<Hash1, Reason> {
    let file = File::open(path).map_err(|error| Reason::File { cause: error.to_string() })?;
    of_zip_within(io::BufReader::new(file), module, MAX_CONTENT)
}

/// The same for a zip that may unpack to `bound` bytes.
pub(crate) fn of_zip_within(
    mut zip: impl io::Read + io::Seek,
    module: &ModuleVersion,
    bound: u64,
) -> Result<Hash1, Reason> {
    let broken = |cause: String| Reason::Archive { cause };
    let frame = Frame::read(&mut zip).map_err(broken)?;
    let mut archive = zip::ZipArchive::new(zip).map_err(|error| broken(error.to_string()))?;
    if archive.central_directory_start() != frame.directory || archive.len() != frame.entries {
        return Err(broken("its directory has other entries than it counts, or one name twice".to_owned()));
    }
    let prefix = format!("{module}/");
    let mut files = BTreeMap::new();
    let mut left = bound;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| broken(error.to_string()))?;
        let name = std::str::from_utf8(entry.name_raw())
            .map_err(|_| broken(format!("entry {index} has a name that is not UTF-8")))?
            .to_owned();
        let inside = name
            .strip_prefix(&prefix)
            .is_some_and(|rest| rest.split('/').all(|part| !part.is_empty() && !part.ends_with('.')));
        if !inside || name.contains(NOT_IN_NAMES) || name.contains(char::is_control) || entry.is_symlink() {
            return Err(broken(format!("entry {name:?} may not be in a module")));
        }
        let end = entry.data_start().and_then(|start| start.checked_add(entry.compressed_size()));
        if end.is_none_or(|end| end > frame.directory) {
            return Err(broken(format!("entry {name:?} reaches into the directory")));
        }
        let mut hasher = Hasher::new();
        io::copy(&mut (&mut entry).take(left + 1), &mut hasher)
            .map_err(|error| broken(format!("{name}: {error}")))?;
        if hasher.size() > left {
            return Err(broken(format!("unpacks to more than {bound} bytes")));
        }
        left -= hasher.size();
        if hasher.size() != entry.size() {
            return Err(broken(format!("entry {name:?} has {} bytes, not {}", hasher.size(), entry.size())));
        }
        if files.insert(name.clone(), hasher.finish()).is_some() {
            return Err(broken(format!("entry {name:?} is there twice")));
        }
    }
    Ok(Hash1::of(&files))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use zip::write::SimpleFileOptions;

    fn zip_of(entries: &[(&str, &[u8])]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut writer = zip::ZipWriter::new(file.reopen().unwrap());
        for (name, content) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap();
        file
    }

    fn module() -> ModuleVersion {
        ModuleVersion::parse("a.example/b", "v1.0.0").unwrap()
    }

    /// Golden value, computed with sha256sum and base64.
    #[test]
    fn the_hash_is_the_one_go_computes() {
        let hash = Hash1::of_go_mod(Sha256::of(b"module a.example/b\n"));
        assert_eq!(hash.to_string(), "h1:FKWBMc1cvbBzSRMOWl2a7roop5Wyk0UGJCT9aoBuYc8=");
        let zip = zip_of(&[
            ("a.example/b@v1.0.0/go.mod", b"module a.example/b\n"),
            ("a.example/b@v1.0.0/b.go", b"package b\n"),
        ]);
        assert_eq!(
            of_zip(zip.path(), &module()).unwrap().to_string(),
            "h1:cwedmCatKOVv/Ibp5wf6q7wTABYPnPmI+rT0d97l1qU="
        );
    }

    #[test]
    fn zip_entries_outside_the_module() {
        for name in [
            "evil",
            "a.example/b@v1.0.0/../evil",
            "/etc/passwd",
            "a.example/b@v1.0.1/x",
            "a.example/b@v1.0.0/x\\y",
            "a.example/b@v1.0.0/c:x",
            "a.example/b@v1.0.0/x\ry",
            "a.example/b@v1.0.0/.../x",
        ] {
            let zip = zip_of(&[(name, b"x")]);
            assert!(matches!(of_zip(zip.path(), &module()), Err(Reason::Archive { .. })), "{name}");
        }
    }

    #[test]
    fn a_decompression_bomb_stops_at_the_bound() {
        let zeros = [0; 100_000];
        let zip = zip_of(&[("a.example/b@v1.0.0/x", &zeros), ("a.example/b@v1.0.0/y", &zeros)]);
        assert!(zip.as_file().metadata().unwrap().len() < 2_000);
        let error = of_zip_within(zip.as_file(), &module(), 199_999).unwrap_err();
        assert!(error.to_string().contains("more than 199999 bytes"), "{error}");
        assert!(of_zip_within(zip.as_file(), &module(), 200_000).is_ok());
    }

    #[test]
    fn a_symlink_in_a_zip_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut writer = zip::ZipWriter::new(file.reopen().unwrap());
        writer.add_symlink("a.example/b@v1.0.0/x", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        writer.finish().unwrap();
        assert!(matches!(of_zip(file.path(), &module()), Err(Reason::Archive { .. })));
    }

    #[test]
    fn a_truncated_zip_is_refused() {
        let zip = zip_of(&[("a.example/b@v1.0.0/x", &[7; 4096])]);
        let length = zip.as_file().metadata().unwrap().len();
        zip.as_file().set_len(length - 10).unwrap();
        assert!(matches!(of_zip(zip.path(), &module()), Err(Reason::Archive { .. })));
    }

    #[test]
    fn hashes_of_another_kind_are_refused() {
        for text in [
            "h2:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "h1:AAAA",
            "h1:",
            "h1:47DEQpj8HBSa-/TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",
        ] {
            assert!(text.parse::<Hash1>().is_err(), "{text}");
        }
        assert!("h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse::<Hash1>().is_ok());
    }
}
