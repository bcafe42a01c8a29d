// SPDX-License-Identifier: Apache-2.0 OR MIT
//! OpenSSL as the foreign reader of what the templates write.

use std::path::Path;
use std::process::Command;

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

/// Runs openssl in `folder`: whether it succeeded, and all that it said.
pub(crate) fn openssl(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}
