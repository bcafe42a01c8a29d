// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Builds of the agent with a feature that no release has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::{fs, io};

/// What has been built. Cargo writes each variant to the same place: one at a time.
static BUILT: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());

/// The agent with `feature`.
pub(crate) fn build(feature: &str) -> PathBuf {
    let mut built = BUILT.lock().unwrap();
    if let Some(program) = built.get(feature) {
        return program.clone();
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("variants");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--offline", "--locked", "--bin", "signing-agent", "--features", feature])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "--target-dir"])
        .arg(&folder)
        .status()
        .unwrap();
    assert!(status.success(), "cargo build --features {feature}");
    let program = folder.join(format!("signing-agent-{feature}"));
    match fs::remove_file(&program) {
        Ok(()) => {}
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::NotFound),
    }
    // A name of its own, so that the next variant does not take its place.
    fs::hard_link(folder.join("debug/signing-agent"), &program).unwrap();
    built.insert(feature.to_owned(), program.clone());
    program
}
