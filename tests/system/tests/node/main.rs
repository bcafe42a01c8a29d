// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The image `node` in a machine: every service of it, and the container that it runs.
//!
//! Building it takes as long as the kernel and thirty packages take, so these tests run when they are asked for: `just test-node`.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test; clippy knows only functions with the attribute")]
#![expect(clippy::disallowed_methods, reason = "a person may name a store that has the image already")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use ashlar_system_tests::{Call, checkout, shared_store};
use serde_json::{Value, json};

/// The report of one boot.
fn boot(more: &[&str]) -> Value {
    let store = std::env::var_os("ASHLAR_TEST_STORE").map_or_else(shared_store, PathBuf::from);
    let call = Call::ashlar().arg("--store").arg(&store).working_folder(&checkout());
    let ended = call.args(["--json", "boot", "node"]).args(more).run().succeeds();
    serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {ended}"))
}

fn services(report: &Value) -> BTreeMap<&str, &Value> {
    let list = report["status"]["services"].as_array().unwrap();
    list.iter().map(|service| (service["name"].as_str().unwrap(), service)).collect()
}

/// Firewall, encrypted scratch space, container runtime, and a container: all in one boot, as a node does it.
#[test]
#[ignore = "builds the whole node: just test-node"]
fn a_node_starts_its_services_and_runs_a_container() {
    let report = boot(&[]);
    assert_eq!(report["findings"], json!([]), "{report}");
    assert_eq!(report["status"]["failures"], json!([]), "{report}");
    let services = services(&report);
    for (name, state) in [
        ("firewall4", "done"),
        ("firewall6", "done"),
        ("scratch-disk", "done"),
        ("scratch-encryption", "done"),
        ("scratch-format", "done"),
        ("scratch-mount", "done"),
        ("containerd", "ready"),
        ("trial-image", "done"),
        ("trial", "done"),
    ] {
        assert_eq!(services[name]["state"], state, "{name}: {report}");
        assert_eq!(services[name]["restarts"], 0, "{name}: {report}");
    }
    // What the kernel says to a process inside: the first of its namespace, a plain user, filtered, without privileges.
    let output = services["trial"]["output"].as_str().unwrap();
    let inside: Value = serde_json::from_str(output).unwrap();
    assert_eq!(inside["pid"], 1, "{inside}");
    assert_eq!((&inside["uid"], &inside["gid"]), (&json!(65532), &json!(65532)), "{inside}");
    assert_eq!(inside["seccomp"], 2, "{inside}");
    assert_eq!(inside["no_new_privs"], 1, "{inside}");
    assert_eq!(inside["capabilities"], "0000000000000000", "{inside}");
    assert_eq!(inside["kernel"], report["status"]["kernel_release"], "{inside}");
}
