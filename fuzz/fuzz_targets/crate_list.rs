// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Lists of crates in programs: no crate needs one that is not there, and what was read, written again, is the same. What is no
//! program and no packed list is packed first.
#![forbid(unsafe_code)]
#![no_main]

use std::io::Write as _;

use ashlar_sbom::{CrateKind, CrateList};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fn packed(json: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(json).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

fn written(list: &CrateList) -> String {
    let all = list.crates.iter().map(|it| {
        let kind = match it.kind {
            CrateKind::Runtime => "runtime",
            CrateKind::Build => "build",
        };
        json!({
            "name": it.name, "version": it.version, "source": it.source, "kind": kind,
            "dependencies": it.dependencies, "root": it.root,
        })
    });
    json!({"packages": all.collect::<Vec<Value>>()}).to_string()
}

fuzz_target!(|bytes: &[u8]| {
    let found = match CrateList::of_program(bytes) {
        Ok(found) => found,
        Err(_) => CrateList::parse(bytes).or_else(|_| CrateList::parse(&packed(bytes))).ok(),
    };
    let Some(list) = found else { return };
    let needed = list.crates.iter().flat_map(|listed| &listed.dependencies);
    assert!(needed.copied().all(|index| index < list.crates.len()), "a crate needs one that is not there");
    for component in list.components() {
        assert!(list.crates.iter().any(|listed| listed.name == component.name), "{}", component.name);
    }
    let again = CrateList::parse(&packed(written(&list).as_bytes()));
    assert_eq!(again.expect("what was read, written again, is refused"), list);
});
