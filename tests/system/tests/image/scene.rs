// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The one store of these tests, in which the image was built once.

#![expect(clippy::disallowed_methods, reason = "a person may name a store that has the image already")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use ashlar_system_tests::{Call, Ended, checkout, scratch_root};
use serde_json::Value;

/// A store with the image `qemu`, and what building it said.
pub(crate) struct Scene {
    pub(crate) store: PathBuf,
    pub(crate) built: Ended,
}

impl Scene {
    /// Builds on the first call. By ASHLAR_TEST_STORE a store is used as it is, which shows less: it may not have been empty.
    pub(crate) fn get() -> &'static Self {
        static SCENE: OnceLock<Scene> = OnceLock::new();
        SCENE.get_or_init(|| {
            let store = std::env::var_os("ASHLAR_TEST_STORE").map(PathBuf::from);
            let store = store.unwrap_or_else(|| {
                let store = scratch_root().join("full-store");
                if store.exists() {
                    fs::remove_dir_all(&store).unwrap();
                }
                store
            });
            let built = ashlar(&store).args(["build", "qemu"]).run();
            Self { store, built }
        })
    }

    /// A call in the checkout with the store.
    pub(crate) fn ashlar(&self) -> Call {
        ashlar(&self.store)
    }

    /// Boots one machine after the other: two at a time would each need twice the time, and time is judged.
    pub(crate) fn one_machine() -> MutexGuard<'static, ()> {
        static MACHINE: Mutex<()> = Mutex::new(());
        MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The files of the artifact called `name`, as `build` printed its digest in `ended`: path → content.
    pub(crate) fn files(&self, ended: &Ended, name: &str) -> BTreeMap<String, PathBuf> {
        let line = ended.out.lines().find(|line| line.ends_with(&format!("  {name}"))).unwrap();
        let tree = fs::read_to_string(self.sharded("trees", &line[..64])).unwrap();
        let nodes = tree.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
        let text = |node: &Value, key: &str| node[key].as_str().unwrap().to_owned();
        nodes
            .filter(|node| node["type"] == "file")
            .map(|node| (text(&node, "path"), self.sharded("blobs", &text(&node, "blob"))))
            .collect()
    }

    fn sharded(&self, folder: &str, digest: &str) -> PathBuf {
        self.store.join(folder).join(&digest[..2]).join(digest)
    }
}

fn ashlar(store: &Path) -> Call {
    Call::ashlar().arg("--store").arg(store).working_folder(&checkout())
}

/// A digest that `ashlar.expected` states for the image `qemu`.
pub(crate) fn expected(name: &str) -> String {
    let text = fs::read_to_string(checkout().join("ashlar.expected")).unwrap();
    let file: toml::Table = text.parse().unwrap();
    file["image"]["qemu"]["x86_64-linux"][name].as_str().unwrap().to_owned()
}
