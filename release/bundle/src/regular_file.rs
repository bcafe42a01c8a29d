// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Regular files, opened without a moment in which they could become something else.
//!
//! Whoever can write to a folder can put a link or a pipe in the place of a file between a look at it and its opening, and
//! a pipe makes its reader wait for ever. So a file is opened at once, without following a link (`O_NOFOLLOW`) and without
//! waiting (`O_NONBLOCK`, which means nothing to a regular file), and what is open is judged. See open(2), fifo(7).

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::BundleError;

/// Opens the regular file at `path` for reading, without following a link in its last name.
///
/// # Errors
/// [`BundleError::NotAFile`] for a link, a folder, a pipe, a socket or a device; [`BundleError::Read`].
pub fn open_regular(path: &Path) -> Result<File, BundleError> {
    let refuse = |what| BundleError::NotAFile { path: path.to_owned(), what };
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = opened.map_err(|error| match Errno::from_io_error(&error) {
        Some(Errno::LOOP) => refuse("a symbolic link"),
        // A socket, or a device without a driver.
        Some(Errno::NXIO) => refuse(OTHER),
        _ => BundleError::read(path)(error),
    })?;
    if file.metadata().map_err(BundleError::read(path))?.is_file() { Ok(file) } else { Err(refuse(OTHER)) }
}

const OTHER: &str = "no regular file";

/// Reads the regular file at `path`, which has at most `limit` bytes; of a longer one, nothing.
///
/// # Errors
/// As [`open_regular`]; [`BundleError::TooLarge`] if it has more than `limit` bytes.
pub fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>, BundleError> {
    let file = open_bounded(path, limit)?;
    let mut bytes = Vec::new();
    // It may have grown meanwhile.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(BundleError::read(path))?;
    if bytes.len() as u64 > limit {
        return Err(BundleError::TooLarge { path: path.to_owned(), limit });
    }
    Ok(bytes)
}

/// Opens a regular file that has at most `limit` bytes now.
pub(crate) fn open_bounded(path: &Path, limit: u64) -> Result<File, BundleError> {
    let file = open_regular(path)?;
    if file.metadata().map_err(BundleError::read(path))?.len() > limit {
        return Err(BundleError::TooLarge { path: path.to_owned(), limit });
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_pipe_in_the_place_of_a_file_does_not_make_its_reader_wait() {
        if !ashlar_foreign::available("mkfifo", &["--version"]) {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        ashlar_foreign::succeeds(folder.path(), "mkfifo", &["pipe"]);
        let error = open_regular(&folder.path().join("pipe")).unwrap_err();
        assert!(matches!(error, BundleError::NotAFile { what: OTHER, .. }), "{error}");
    }

    #[test]
    fn a_link_a_socket_a_folder_and_a_device_are_no_regular_files() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link, socket] = ["file", "link", "socket"].map(|name| folder.path().join(name));
        fs::write(&file, "12345").unwrap();
        symlink(&file, &link).unwrap();
        let listener = UnixListener::bind(&socket).unwrap();
        for (path, what) in [
            (link.as_path(), "a symbolic link"),
            (&socket, OTHER),
            (folder.path(), OTHER),
            (Path::new("/dev/null"), OTHER),
        ] {
            let error = open_regular(path).unwrap_err();
            assert!(matches!(error, BundleError::NotAFile { what: is, .. } if is == what), "{error}");
        }
        drop(listener);
        assert!(matches!(open_regular(&folder.path().join("absent")), Err(BundleError::Read { .. })));
        assert_eq!(read_regular(&file, 5).unwrap(), b"12345");
        assert!(matches!(read_regular(&file, 4), Err(BundleError::TooLarge { limit: 4, .. })));
    }
}
