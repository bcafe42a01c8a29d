// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whether something listens on a unix socket. Nothing is sent, and nothing is read.

use crate::error::InitError;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

/// Connects to the socket at `path`, without waiting, and closes the connection.
///
/// # Errors
/// If nobody takes the connection now.
pub(crate) fn answers(path: &str) -> Result<(), InitError> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    SocketAddrUnix::new(path)
        .and_then(|address| {
            let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
            connect(&socket, &address)
        })
        .map_err(|source| InitError::Connect { path: path.to_owned(), source: source.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::trial::Folder;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_socket_answers_exactly_while_something_listens() {
        let folder = Folder::new();
        let path = folder.join("d.sock");
        assert!(answers(&path).is_err(), "it is not there");
        let listener = UnixListener::bind(&path).unwrap();
        assert!(answers(&path).is_ok());
        drop(listener);
        assert!(answers(&path).is_err(), "it is stale");
    }

    #[test]
    fn a_full_or_foreign_socket_does_not_make_pid_1_wait() {
        let folder = Folder::new();
        let path = folder.join("d.sock");
        let _listener = UnixListener::bind(&path).unwrap();
        // Nobody accepts, so that the queue of connections fills; each that fits stays open in it.
        let refused = (0..100_000).find(|_| answers(&path).is_err());
        assert!(refused.is_some());
        let file = folder.join("file");
        std::fs::write(&file, "").unwrap();
        assert!(answers(&file).is_err());
        assert!(answers(&format!("/{}", "x".repeat(200))).is_err());
    }
}
