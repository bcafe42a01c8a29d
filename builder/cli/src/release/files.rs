// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files that the command line names: read whole, with the path in every error.

use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

use crate::failure::Failure;

/// More than any key as PEM.
const SECRET_LIMIT: usize = 64 << 10;

/// The bytes of the file at `path`, which holds `what`.
pub(crate) fn read_file(path: &Path, what: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|cause| Failure::Usage {
        message: format!("read {what} {}: {cause}", path.display()),
        help: None,
    })
}

/// The PEM text of the file at `path`, which holds `what`.
pub(crate) fn read_pem(path: &Path, what: &str) -> Result<String, Failure> {
    String::from_utf8(read_file(path, what)?).map_err(|_| Failure::Usage {
        message: format!("read {what} {}: it is no text", path.display()),
        help: Some("give a PEM file".to_owned()),
    })
}

/// The private key, as PEM, of the file at `path`, which may be a pipe. The bytes are read into one place, which is wiped when the
/// caller is done.
pub(crate) fn read_secret(path: &Path, what: &str) -> Result<Zeroizing<String>, Failure> {
    let failed = |cause: std::io::Error| Failure::Usage {
        message: format!("read {what} {}: {cause}", path.display()),
        help: None,
    };
    let mut input = std::fs::File::open(path).map_err(failed)?;
    // Enough from the beginning: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(vec![0; SECRET_LIMIT]);
    let mut length = 0;
    while length < SECRET_LIMIT {
        match input.read(&mut bytes[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(failed(cause)),
        }
    }
    bytes.truncate(length);
    // The same memory as text, or wiped.
    let text = String::from_utf8(std::mem::take(&mut *bytes)).map(Zeroizing::new);
    match text.map_err(|bad| Zeroizing::new(bad.into_bytes())) {
        Ok(text) if length < SECRET_LIMIT => Ok(text),
        _ => Err(Failure::Usage {
            message: format!("read {what} {}: it is no text, or too long for a key", path.display()),
            help: Some("give a PEM file".to_owned()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_whole_and_nothing_else_is_taken_for_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let read = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            read_secret(&path, "the private key").map(|text| text.to_string())
        };
        assert_eq!(read(b"-----BEGIN").unwrap(), "-----BEGIN");
        assert_eq!(read(&[b'a'; SECRET_LIMIT - 1]).unwrap().len(), SECRET_LIMIT - 1);
        for bad in [&[b'a'; SECRET_LIMIT][..], &[0xff]] {
            assert!(matches!(read(bad), Err(Failure::Usage { .. })));
        }
        // What comes through a pipe comes in pieces.
        let (reader, mut writer) = std::io::pipe().unwrap();
        let pieces = std::thread::spawn(move || {
            for piece in ["one", "two"] {
                std::io::Write::write_all(&mut writer, piece.as_bytes()).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        });
        let pipe = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&reader));
        assert_eq!(*read_secret(Path::new(&pipe), "the private key").unwrap(), "onetwo");
        pieces.join().unwrap();
        let absent = read_secret(&folder.path().join("absent"), "the private key");
        assert!(matches!(absent, Err(Failure::Usage { .. })));
    }
}
