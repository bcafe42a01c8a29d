// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Each way to sign modules, as far as the kernel that takes them.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::boots::boot;
use crate::publication::{Publication, document, id};

/// Verifies the release, boots it, and gives its status: all modules that it lists are loaded.
fn good(directory: &Path) -> Value {
    let publication = Publication::get();
    publication.verify(directory).run().succeeds();
    let (ended, report, console) = boot(&["--release", directory.to_str().unwrap()]);
    let ended = ended.succeeds();
    assert_eq!(report["findings"], json!([]), "{ended}\n{console}");
    let status = &report["status"];
    assert_eq!((&status["sig_enforce"], &status["failures"]), (&json!(true), &json!([])), "{ended}");
    let loaded: BTreeSet<&str> =
        status["modules_loaded"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let listed = document(directory, "modules.json");
    for path in listed["load"].as_array().unwrap() {
        let name = path.as_str().unwrap().rsplit('/').next().unwrap().strip_suffix(".ko").unwrap();
        assert!(loaded.contains(&*name.replace('-', "_")), "{name} is not among {loaded:?}");
    }
    assert!(loaded.contains("rapiddisk"), "the extension's module is not among {loaded:?}");
    status.clone()
}

fn keys(status: &Value) -> Vec<&str> {
    status["trusted_keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect()
}

/// The traps of kernels that hold no usable key and say nothing: ECDSA left out of the configuration, a certificate that the kernel
/// could not parse, an insertion at the wrong place. Then either no key is trusted, or no module loads.
#[test]
fn the_kernel_of_a_release_trusts_its_one_key_and_loads_what_it_signed() {
    let publication = Publication::get();
    for (directory, version) in [(publication.first(), "1.0.0"), (publication.second(), "1.1.0")] {
        let status = good(&directory);
        let keys = keys(&status);
        assert_eq!(keys.len(), 1, "{keys:?}");
        assert!(keys[0].starts_with(&format!("module key of {}: ", id(version))), "{keys:?}");
    }
}

#[test]
fn a_release_that_an_rsa_key_signed_verifies_and_its_modules_load() {
    let publication = Publication::get();
    publication.release("3.0.0").args(["--signer", "rsa-4096"]).run().succeeds();
    let directory = publication.directory("3.0.0");
    assert_eq!(document(&directory, "manifest.json")["signer"], "rsa-4096");
    let status = good(&directory);
    assert_eq!(keys(&status).len(), 1, "{status}");
}

#[test]
fn a_keyless_release_verifies_and_its_modules_load_each_by_a_key_of_its_own() {
    let publication = Publication::get();
    publication.release("4.0.0").args(["--signer", "keyless"]).run().succeeds();
    let directory = publication.directory("4.0.0");
    assert_eq!(document(&directory, "manifest.json")["signer"], "keyless");
    let status = good(&directory);
    let signed = document(&directory, "signing.json")["modules"].as_object().unwrap().len();
    let keys: BTreeSet<&str> = keys(&status).into_iter().collect();
    assert_eq!(keys.len(), signed, "{keys:?}");
    assert!(keys.iter().all(|key| key.starts_with("module ")), "{keys:?}");
}
