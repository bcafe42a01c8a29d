// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files that the command line names: read whole, with the path in every error.

use std::path::Path;

use crate::failure::Failure;

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
