// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A damaged copy of an image, to show that damage does not go unseen.
//!
//! The byte is flipped in the root inside the initramfs, which verity protects; boot.json with the root hash stays.
//! Format of the initramfs: Documentation/driver-api/early-userspace/buffer-format.rst (newc, as images writes it).

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use ashlar_images::BootSpec;

use super::error::BootError;
use super::firmware::Firmware;

const INITRAMFS: &str = "initramfs.cpio";
const HEADER: usize = 110;
const TRAILER: &[u8] = b"TRAILER!!!";
/// Longer names are no names (PATH_MAX).
const LONGEST_NAME: u64 = 4096;

/// Copies what a [`Firmware::Direct`] boot needs from `files` into the new folder `into`, with one byte of the root
/// inverted: the one `offset` bytes from its start. The unified kernel image is left out, because it holds the
/// undamaged root.
///
/// # Errors
/// When a file cannot be copied, the initramfs holds no root, or the root ends before `offset`.
pub(crate) fn flip_byte(files: &Path, into: &Path, offset: u64) -> Result<(), BootError> {
    let failed = |operation, path: &Path| {
        let path = path.to_path_buf();
        move |source| BootError::File { operation, path, source }
    };
    fs::create_dir(into).map_err(failed("make the folder", into))?;
    // The kernel's names only: a direct boot reads no file that the image's name is part of.
    for name in Firmware::Direct.image_files("") {
        let (from, to) = (files.join(&name), into.join(&name));
        let mut source = File::open(&from).map_err(failed("open", &from))?;
        // Not fs::copy, which would keep the store's read-only mode.
        let mut copy = File::create_new(&to).map_err(failed("make", &to))?;
        io::copy(&mut source, &mut copy).map_err(failed("write", &to))?;
    }
    let path = into.join(INITRAMFS);
    let mut file = File::options().read(true).write(true).open(&path).map_err(failed("open", &path))?;
    let found = find(&mut file, BootSpec::ROOT_PATH.as_bytes()).map_err(failed("read", &path))?;
    let fault = |fault| BootError::Initramfs { path: path.clone(), fault };
    let (start, size) = found.map_err(fault)?;
    if offset >= size {
        return Err(fault(format!("the root has {size} bytes, and byte {offset} is none of them")));
    }
    invert(&mut file, start + offset).map_err(failed("write", &path))
}

fn invert(file: &mut File, position: u64) -> io::Result<()> {
    let mut byte = [0];
    file.seek(SeekFrom::Start(position))?;
    file.read_exact(&mut byte)?;
    file.seek(SeekFrom::Start(position))?;
    file.write_all(&[!byte[0]])
}

/// Where the data of `wanted` starts in the archive, and its size; or why there is none.
fn find(archive: &mut File, wanted: &[u8]) -> io::Result<Result<(u64, u64), String>> {
    let end = archive.metadata()?.len();
    let mut position = 0;
    loop {
        if position + HEADER as u64 > end {
            return Ok(Err(format!("it ends at byte {end}, before its trailer")));
        }
        let mut header = [0; HEADER];
        archive.seek(SeekFrom::Start(position))?;
        archive.read_exact(&mut header)?;
        let Some((size, name_size)) = sizes(&header) else {
            return Ok(Err(format!("there is no newc header at byte {position}")));
        };
        let data = (position + HEADER as u64 + name_size).next_multiple_of(4);
        if !(1..=LONGEST_NAME).contains(&name_size) || data + size > end {
            return Ok(Err(format!("the entry at byte {position} does not fit")));
        }
        let mut name = vec![0; name_size as usize];
        archive.read_exact(&mut name)?;
        match name.strip_suffix(b"\0") {
            Some(found) if found == wanted => return Ok(Ok((data, size))),
            Some(TRAILER) => return Ok(Err(format!("it holds no {}", String::from_utf8_lossy(wanted)))),
            Some(_) => position = (data + size).next_multiple_of(4),
            None => return Ok(Err(format!("the name at byte {position} has no end"))),
        }
    }
}

/// The fields `filesize` and `namesize`; `None` where this is no header.
fn sizes(header: &[u8; HEADER]) -> Option<(u64, u64)> {
    let field = |number: usize| {
        let digits = &header[6 + number * 8..][..8];
        let digits =
            std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u64::from_str_radix(digits, 16).ok()
    };
    let magic = header.starts_with(b"070701") || header.starts_with(b"070702");
    Some((field(6)?, field(11)?)).filter(|_| magic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_digest::{BlobDigest, Sha256};
    use ashlar_images::{BlobSource, write_newc};
    use ashlar_tree::{Node, Tree, TreePath};
    use tempfile::TempDir;

    /// Each blob is found by its own digest in this list.
    struct Contents<'a>(&'a [&'a [u8]]);

    impl BlobSource for Contents<'_> {
        fn open(&self, digest: BlobDigest) -> io::Result<Box<dyn io::Read + '_>> {
            let found = self.0.iter().find(|content| BlobDigest::new(Sha256::of(content)) == digest);
            found.map_or(Err(io::ErrorKind::NotFound.into()), |content| Ok(Box::new(*content)))
        }
    }

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tree = Tree::new();
        for (path, content) in files {
            let blob = BlobDigest::new(Sha256::of(content));
            tree.insert(TreePath::parse(path).unwrap(), Node::file(blob, content.len() as u64, false))
                .unwrap();
        }
        let contents: Vec<&[u8]> = files.iter().map(|(_, content)| *content).collect();
        let mut bytes = Vec::new();
        write_newc(&tree, &Contents(&contents), 0, &mut bytes).unwrap();
        bytes
    }

    fn image(initramfs: &[u8]) -> TempDir {
        let place = tempfile::tempdir().unwrap();
        for (name, content) in [("vmlinuz", &b"kernel"[..]), ("cmdline", b"quiet\n"), (INITRAMFS, initramfs)]
        {
            fs::write(place.path().join(name), content).unwrap();
            let mut read_only = fs::metadata(place.path().join(name)).unwrap().permissions();
            read_only.set_readonly(true);
            fs::set_permissions(place.path().join(name), read_only).unwrap();
        }
        place
    }

    #[test]
    fn exactly_one_byte_of_the_root_changes() {
        let root: Vec<u8> = (0..=255).cycle().take(9001).collect();
        let whole =
            archive(&[("ashlar/boot.json", b"{}"), (BootSpec::ROOT_PATH, &root), ("init", b"#!init")]);
        let image = image(&whole);
        for offset in [0, 1, 4096, 9000] {
            let place = tempfile::tempdir().unwrap();
            let into = place.path().join("damaged");
            flip_byte(image.path(), &into, offset).unwrap();
            let damaged = fs::read(into.join(INITRAMFS)).unwrap();
            let changed: Vec<usize> =
                (0..whole.len()).filter(|index| whole[*index] != damaged[*index]).collect();
            assert_eq!((changed.len(), damaged.len()), (1, whole.len()));
            let mut expected = root.clone();
            expected[offset as usize] = !expected[offset as usize];
            let start = changed[0] - offset as usize;
            assert_eq!(damaged[start..start + root.len()], expected);
            assert_eq!(fs::read(into.join("cmdline")).unwrap(), b"quiet\n");
        }
        assert_eq!(fs::read(image.path().join(INITRAMFS)).unwrap(), whole, "the image itself was changed");
    }

    #[test]
    fn damage_that_would_hit_nothing_is_an_error() {
        let good = archive(&[(BootSpec::ROOT_PATH, b"root"), ("init", b"#!init")]);
        let huge_name = [&good[..94], b"FFFFFFFF", &good[102..]].concat();
        let huge_size = [&good[..54], b"FFFFFFFF", &good[62..]].concat();
        let cases: [(&[u8], u64, &str); 7] = [
            (&good, 4, "the root has 4 bytes"),
            (&good, u64::MAX, "the root has 4 bytes"),
            (&archive(&[("init", b"#!init")]), 0, "it holds no ashlar/root.erofs"),
            (&good[..100], 0, "before its trailer"),
            (b"\x1f\x8b", 0, "before its trailer"),
            (&huge_name, 0, "does not fit"),
            (&huge_size, 0, "does not fit"),
        ];
        for (initramfs, offset, expected) in cases {
            let place = tempfile::tempdir().unwrap();
            let error =
                flip_byte(image(initramfs).path(), &place.path().join("damaged"), offset).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
        let compressed = vec![0x28; 4096];
        let place = tempfile::tempdir().unwrap();
        let error = flip_byte(image(&compressed).path(), &place.path().join("damaged"), 0).unwrap_err();
        assert!(error.to_string().contains("no newc header at byte 0"), "{error}");
    }

    #[test]
    fn an_existing_folder_is_never_written_to() {
        let image = image(&archive(&[(BootSpec::ROOT_PATH, b"root")]));
        let into = tempfile::tempdir().unwrap();
        assert!(flip_byte(image.path(), into.path(), 0).is_err());
        assert_eq!(fs::read_dir(into.path()).unwrap().count(), 0);
    }
}
