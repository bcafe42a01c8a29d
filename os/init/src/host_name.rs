// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The host name: the one line of `/etc/hostname`, or `localhost` where the image has no such file.

use crate::error::InitError;
use crate::hostname_file::{self, LONGEST};
use std::fs::File;
use std::io::{self, Read as _};

const PATH: &str = "/etc/hostname";
const DEFAULT: &str = "localhost";

/// Sets it, and gives what failed: a file that names none leaves the machine with the default.
pub(crate) fn set() -> Vec<InitError> {
    let (name, failure) = match read() {
        Ok(name) => (name, None),
        Err(failure) => (DEFAULT.to_owned(), Some(failure)),
    };
    let set = rustix::system::sethostname(name.as_bytes());
    let set = set.map_err(|source| InitError::HostName { name, source: source.into() });
    failure.into_iter().chain(set.err()).collect()
}

fn read() -> Result<String, InitError> {
    let failed = |source| InitError::Read { path: PATH.to_owned(), source };
    let file = match File::open(PATH) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(DEFAULT.to_owned()),
        Err(source) => return Err(failed(source)),
    };
    let mut text = String::new();
    // With its newline, and one byte more, which shows that it is too long.
    file.take(LONGEST as u64 + 2).read_to_string(&mut text).map_err(failed)?;
    hostname_file::parse(&text).map_err(|source| InitError::Understand { path: PATH.to_owned(), source })
}
