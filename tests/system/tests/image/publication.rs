// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The releases that these tests share, made once: 1.0.0 and 1.1.0, by one publisher, signed for Secure Boot.
//!
//! ```text
//! target/tmp/ashlar-system/releases/
//!   publisher.key publisher.pem other.pem   P-384 keys that everybody knows
//!   ashlar-qemu-<version>-x86_64/           what `ashlar release` wrote
//! ```

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ashlar_system_tests::{Call, Ended, checkout, scratch_root};
use p384::SecretKey;
use p384::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use serde_json::Value;

use crate::scene::Scene;

/// Of the first and the second release.
const VERSIONS: [&str; 2] = ["1.0.0", "1.1.0"];

/// Two releases, and the keys around them.
pub(crate) struct Publication {
    pub(crate) folder: PathBuf,
    made: Vec<Ended>,
}

impl Publication {
    /// Makes them on the first call.
    pub(crate) fn get() -> &'static Self {
        static PUBLICATION: OnceLock<Publication> = OnceLock::new();
        let publication = PUBLICATION.get_or_init(Self::make);
        publication.made.iter().for_each(|made| drop(made.clone().succeeds()));
        publication
    }

    fn make() -> Self {
        Scene::get().built.clone().succeeds();
        let folder = scratch_root().join("releases");
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir(&folder).unwrap();
        let mut publication = Self { folder, made: Vec::new() };
        let [publisher, other] = [5, 6].map(|byte| SecretKey::from_slice(&[byte; 48]).unwrap());
        fs::write(publication.key(), publisher.to_pkcs8_pem(LineEnding::LF).unwrap().as_bytes()).unwrap();
        for (path, key) in [(publication.public(), &publisher), (publication.other_public(), &other)] {
            fs::write(path, key.public_key().to_public_key_pem(LineEnding::LF).unwrap()).unwrap();
        }
        for version in VERSIONS {
            publication.made.push(publication.release(version).args(secure_boot_arguments()).run());
        }
        publication
    }

    /// A call that makes the release `version`, signed by the publisher.
    pub(crate) fn release(&self, version: &str) -> Call {
        let call = Scene::get().ashlar().args([
            "--offline",
            "release",
            "qemu",
            "--allow-swap",
            "--version",
            version,
        ]);
        call.arg("--output").arg(&self.folder).arg("--publisher-key").arg(self.key())
    }

    /// Where the release `version` is.
    pub(crate) fn directory(&self, version: &str) -> PathBuf {
        self.folder.join(id(version))
    }

    /// The release 1.0.0.
    pub(crate) fn first(&self) -> PathBuf {
        self.directory(VERSIONS[0])
    }

    /// The release 1.1.0.
    pub(crate) fn second(&self) -> PathBuf {
        self.directory(VERSIONS[1])
    }

    fn key(&self) -> PathBuf {
        self.folder.join("publisher.key")
    }

    /// The publisher's public key.
    pub(crate) fn public(&self) -> PathBuf {
        self.folder.join("publisher.pem")
    }

    /// The public key of somebody else.
    pub(crate) fn other_public(&self) -> PathBuf {
        self.folder.join("other.pem")
    }

    /// A call that verifies the release in `directory`, with the publisher trusted.
    pub(crate) fn verify(&self, directory: &Path) -> Call {
        Scene::get().ashlar().arg("verify").arg(directory).arg("--trust").arg(self.public())
    }
}

/// The release id of a version.
pub(crate) fn id(version: &str) -> String {
    format!("ashlar-qemu-{version}-x86_64")
}

/// The key for Secure Boot that these tests sign with (a fixture that signing/secure-boot has for its own tests).
fn secure_boot_arguments() -> [PathBuf; 4] {
    let key = secure_boot_fixture("key.pem");
    [
        "--secure-boot-key".into(),
        key,
        "--secure-boot-certificate".into(),
        secure_boot_fixture("certificate.pem"),
    ]
}

/// A PEM file with a known key or its certificate.
pub(crate) fn secure_boot_fixture(name: &str) -> PathBuf {
    checkout().join("signing/secure-boot/testdata").join(name)
}

/// A JSON document of a release.
pub(crate) fn document(directory: &Path, name: &str) -> Value {
    serde_json::from_slice(&fs::read(directory.join(name)).unwrap()).unwrap()
}

/// Copies a release into a new folder `to`: bytes, not links, so that the copy can be damaged.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for path in files(from) {
        let target = to.join(&path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, fs::read(from.join(path)).unwrap()).unwrap();
    }
}

/// Every file below `top`, relative to it, sorted.
pub(crate) fn files(top: &Path) -> Vec<PathBuf> {
    let (mut open, mut found) = (vec![top.to_owned()], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            } else {
                found.push(entry.path().strip_prefix(top).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}
