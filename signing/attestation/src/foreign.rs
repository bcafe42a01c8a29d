// SPDX-License-Identifier: Apache-2.0 OR MIT
//! OpenSSL as the foreign maker of keys and the foreign reader and writer of signatures; and fixed keys for tests that
//! need none.

use std::fs;
use std::path::Path;

use p384::pkcs8::{EncodePrivateKey as _, LineEnding};

use crate::PublisherKey;

/// Whether `openssl` is here; where it is not, a test skips.
pub(crate) fn openssl_is_here() -> bool {
    ashlar_foreign::available("openssl", &["version"])
}

/// Runs openssl in `folder`; it has to succeed. Gives all that it said.
pub(crate) fn openssl(folder: &Path, command: &str) -> String {
    ashlar_foreign::succeeds(folder, "openssl", &command.split(' ').collect::<Vec<_>>()).said()
}

/// Runs openssl and gives the file that it wrote.
pub(crate) fn openssl_makes(folder: &Path, command: &str, file: &str) -> String {
    openssl(folder, command);
    fs::read_to_string(folder.join(file)).unwrap()
}

/// A key that every run has.
pub(crate) fn fixed_key(number: u8) -> PublisherKey {
    let secret = p384::SecretKey::from_slice(&[number; 48]).unwrap();
    PublisherKey::from_pem(&secret.to_pkcs8_pem(LineEnding::LF).unwrap()).unwrap()
}
