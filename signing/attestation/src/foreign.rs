// SPDX-License-Identifier: Apache-2.0 OR MIT
//! OpenSSL as the foreign maker of keys and the foreign reader and writer of signatures; and fixed keys for tests that
//! need none.

use std::fs;
use std::path::Path;
use std::process::Command;

use p384::pkcs8::{EncodePrivateKey as _, LineEnding};

use crate::PublisherKey;

/// Whether `openssl` is here. Where it is not, a test skips and says so; in CI it has to be.
#[expect(
    clippy::disallowed_methods,
    reason = "a test asks whether it runs in CI; nothing of it reaches an output"
)]
pub(crate) fn openssl_is_here() -> bool {
    let here = Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success());
    assert!(
        here || std::env::var_os("CI").is_none(),
        "openssl is missing, and in CI no check may be skipped"
    );
    if !here {
        eprintln!("skipped: openssl is not on this machine");
    }
    here
}

/// Runs openssl in `folder`; it has to succeed. Gives all that it said.
pub(crate) fn openssl(folder: &Path, command: &str) -> String {
    let output = Command::new("openssl").args(command.split(' ')).current_dir(folder).output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "openssl {command}: {said}");
    said
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
