// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The bytes of an SBOM: what describes a small root, what lists its files, and what a licence text is found to be.

use serde_json::json;

use super::{Bench, assert_golden};
use ashlar_plan::Builtin;

const ISC: &[u8] = b"Copyright (c) 2026 Somebody\n\nPermission to use, copy, modify, and/or distribute this software for any \
    purpose with or without fee is hereby granted, provided that the above copyright notice and this permission notice appear \
    in all copies.\n\nTHE SOFTWARE IS PROVIDED \"AS IS\" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE \
    INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, \
    DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER \
    IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE \
    OF THIS SOFTWARE.\n";

#[test]
fn an_sbom_gives_the_same_bytes() {
    let bench = Bench::new();
    let licenses = bench
        .tree(&[("usr/share/licenses/one/COPYING", ISC), ("usr/share/licenses/one/README", b"no licence")]);
    let texts = bench.run(Builtin::LicenceTexts, &[("texts", licenses)], json!({}));
    assert_golden(
        Builtin::LicenceTexts,
        "licence-texts@2",
        &texts,
        &[("out", "49a201e528cd5ec2f28df14292a1227de8b5a554b73088b1288e83b71c376c66")],
    );

    let one = bench.tree(&[("usr/bin/one", b"a script")]);
    let composed = json!({
        "image": "golden", "version": "1", "values": {}, "directories": [], "links": [], "attributes": [],
        "files": [{"path": "motd", "content": {"text": "hello\n"}, "uid": 0, "gid": 0}],
    });
    let composed = bench.run(Builtin::ComposeRoot, &[("one:runtime", one)], composed);
    let facts = json!({
        "name": "golden", "version": "1", "supplier": "Organization: Golden", "namespace": "https://golden.invalid/spdx",
        "created": 1_700_000_000, "carrier": "os",
        "recipes": {"one": {
            "version": "1.0", "license": "ISC", "supplier": "Person: Somebody", "homepage": "https://one.example/",
            "cpe": "cpe:2.3:a:one:one:1.0:*:*:*:*:*:*:*", "purl": "pkg:generic/one@1.0",
            "sources": [{"name": "one.tar", "sha256": "a".repeat(64), "location": "https://one.example/one.tar"}],
            "modules": [], "patches": [{"name": "1.patch", "fixes": ["CVE-2026-0001"]}], "links": [], "seeds": ["c"],
        }},
        "boot": {"kernel": {"recipe": "one", "file": "usr/bin/one"}}, "containers": {},
        "tools": {"cc_1": {"name": "cc", "version": "1", "architecture": "all", "sha256": "b".repeat(64)}},
        "seeds": {"c": ["cc_1"]}, "runtimes": [],
    });
    let inputs = [
        ("root", composed["root"]),
        ("owners", composed["owners"]),
        ("boot kernel", one),
        ("texts one", texts["out"]),
    ];
    let described = bench.run(Builtin::Describe, &inputs, facts.clone());
    assert_golden(
        Builtin::Describe,
        "describe@3",
        &described,
        &[
            ("components", "7878c2dcad96fce2f04d71f678ffd9bf60a0d9adda46b409bcb68c9d04de8880"),
            ("inside", "9ee5113b851f1c5e312e9ccbe11679b6bdca045206302ea700ff26f30d13cb15"),
            ("outside", "c625cba1fb9dfb0888c285ddba05cc6dc46b0dd1623d0e7f01d0a9d64e739da7"),
        ],
    );

    let checksums = bench.run(Builtin::Checksums, &[("tree", one)], json!({}));
    assert_golden(
        Builtin::Checksums,
        "checksums@1",
        &checksums,
        &[("out", "530df2821e0c096ff13c6099bb04b86dfa1e767df4a33b037b2531d53321ee86")],
    );
    let inputs = [
        ("root", composed["root"]),
        ("owners", composed["owners"]),
        ("checksums one:runtime", checksums["out"]),
        ("sbom", described["inside"]),
        ("components", described["components"]),
    ];
    let listed = bench.run(Builtin::ListFiles, &inputs, facts);
    assert_golden(
        Builtin::ListFiles,
        "list-files@2",
        &listed,
        &[
            ("owners", "e3047b70a4afcd8f6b01f3f7296a5ad4f2f31bd766280e06bfe2837ac1ab7120"),
            ("root", "bb6bfad1af2bb6b6199ea6f005093ab539f498b355d3f118011cefb3e0d0f9e9"),
        ],
    );
}
