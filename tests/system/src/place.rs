// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where things are: the checkout, the binary under test, the stores of the tests.

#![expect(clippy::disallowed_methods, reason = "a person may name another store by ASHLAR_TEST_STORE")]

use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::Project;

/// A word that no other test and no earlier run has: what contains it is not in any store yet.
#[must_use]
pub fn nonce() -> String {
    format!("{:016x}", RandomState::new().hash_one(std::process::id()))
}

/// The root of the checkout.
///
/// # Panics
/// If it is gone.
#[must_use]
pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("find the checkout")
}

/// The folder that holds programs of this profile: tests are in its `deps`.
fn profile() -> PathBuf {
    let test = std::env::current_exe().expect("find this test's program");
    test.parent().and_then(Path::parent).expect("tests lie in target/<profile>/deps").to_owned()
}

/// The binary under test.
///
/// # Panics
/// If it is not built.
#[must_use]
pub fn ashlar_binary() -> PathBuf {
    let binary = profile().join("ashlar");
    assert!(binary.is_file(), "{} is not built; run `cargo build -p ashlar` first", binary.display());
    binary
}

/// Where stores that outlive a test are.
///
/// # Panics
/// If it cannot be made.
#[must_use]
pub fn scratch_root() -> PathBuf {
    let target = profile().parent().expect("profiles lie in target").to_owned();
    let root = target.join("tmp/ashlar-system");
    std::fs::create_dir_all(&root).expect("make the folder for the tests' stores");
    root
}

/// The store that small tests share, with the seed set `base` in it. Only its first use in a clean target folder needs the network.
///
/// # Panics
/// If the seed cannot be brought.
#[must_use]
pub fn shared_store() -> PathBuf {
    // Tests run in threads: all but the first wait here, instead of telling that they wait for each other.
    static FILLED: OnceLock<PathBuf> = OnceLock::new();
    let fill = || {
        let store =
            std::env::var_os("ASHLAR_TEST_STORE").map_or_else(|| scratch_root().join("store"), PathBuf::from);
        let project = Project::importing_the_checkout();
        project.recipe("first", "[build]\nseeds = [\"base\"]\n[[build.step]]\nrun = 'mkdir \"$OUT/usr\"; echo 1 > \"$OUT/usr/1\"'\n[[output]]\nname = \"runtime\"\npaths = [\"**\"]\n");
        project.ashlar(&store).args(["build", "first"]).run().succeeds();
        store
    };
    FILLED.get_or_init(fill).clone()
}
