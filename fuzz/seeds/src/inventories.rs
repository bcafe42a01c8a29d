// SPDX-License-Identifier: Apache-2.0 OR MIT
//! SBOMs, and what they are made of: facts, and what programs and texts say of themselves.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::{Value, json};

use crate::Seed;
use crate::sample_elf::elf;

const MODULES: &str = "path\texample.org/own/cmd\nmod\texample.org/own\tv1.0.0\th1:main=\n\
    dep\tgolang.org/x/net\tv0.40.0\th1:W5quZX/G/csjUnuI8SUYlsHs9M38FC7znL0lIO+DvMg=\n\
    dep\texample.com/local\tv0.0.0\n=>\t./local\t(devel)\t\nbuild\t-ldflags=\"-s -w\"\nbuild\tCGO_ENABLED=0\n";
const GO_SUM: &str = "golang.org/x/net v0.40.0 h1:W5quZX/G/csjUnuI8SUYlsHs9M38FC7znL0lIO+DvMg=\n\
    golang.org/x/net v0.40.0/go.mod h1:x\n\nexample.com/new v2.0.0+incompatible h1:AAAA\n";
const CRATES: &str = r#"{"packages":[{"name":"cc","version":"1.2.0","source":"registry","kind":"build"},
{"name":"init","version":"0.1.0","source":"local","dependencies":[0,2],"root":true},
{"name":"libc","version":"0.2.191","source":"registry"},{"name":"own","version":"0.1.0","source":"git"}],"format":0}"#;
const FOREIGN_SPDX: &str = r#"{"spdxVersion":"SPDX-2.2","SPDXID":"SPDXRef-DOCUMENT","name":"x","documentDescribes":["SPDXRef-a"],
"packages":[{"SPDXID":"SPDXRef-a","name":"a","versionInfo":"1","licenseDeclared":"GPL","supplier":"Person: A (a@b.example)",
"checksums":[{"algorithm":"MD5","checksumValue":"00"}],"hasFiles":["SPDXRef-f"],"externalRefs":[
{"referenceCategory":"PACKAGE_MANAGER","referenceType":"purl","referenceLocator":"pkg:Cargo/a@1"}]},
{"SPDXID":"SPDXRef-b","name":"b","comment":"recipe: x\nkind: patch"}],
"files":[{"SPDXID":"SPDXRef-f","fileName":"./etc/a","checksums":[]}],
"externalDocumentRefs":[{"externalDocumentId":"DocumentRef-x","spdxDocument":"https://x.example/",
"checksum":{"algorithm":"SHA1","checksumValue":"0000000000000000000000000000000000000000"}}],
"relationships":[{"spdxElementId":"SPDXRef-a","relationshipType":"CONTAINS","relatedSpdxElement":"SPDXRef-b"},
{"spdxElementId":"SPDXRef-b","relationshipType":"CONTAINS","relatedSpdxElement":"SPDXRef-a"}]}"#;
const FOREIGN_CYCLONEDX: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","serialNumber":"urn:uuid:1",
"metadata":{"timestamp":"2026-11-23T00:00:00Z","authors":[{"name":"A"}],"component":{"type":"operating-system","bom-ref":"r","name":"os"}},
"components":[{"type":"library","bom-ref":"z","name":"zlib","version":"1.3","purl":"pkg:generic/zlib@1.3",
"licenses":[{"license":{"id":"Zlib"}},{"license":{"name":"MIT"}}],"components":[{"type":"library","name":"zlib"}]},
{"type":"file","name":"/etc/a","hashes":[{"alg":"SHA-256","content":"00"}]}],
"dependencies":[{"ref":"r","dependsOn":["z","gone"]}]}"#;
const FOREIGN_SPDX3: &str = r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[
{"type":"SpdxDocument","spdxId":"urn:d","name":"d","creationInfo":{"type":"CreationInfo","created":"2026-11-23T00:00:00Z"},"rootElement":["urn:a"]},
{"type":"software_Package","spdxId":"urn:a","name":"a","creationInfo":"_:c"},
{"type":"software_Package","spdxId":"urn:b","name":"b","software_packageVersion":"2"},
{"type":"Relationship","spdxId":"urn:r","from":"urn:a","relationshipType":"dependsOn","to":"urn:b"},
{"type":"Relationship","spdxId":"urn:l","from":"urn:a","relationshipType":"hasDeclaredLicense","to":["https://spdx.org/licenses/MIT"]}]}"#;

pub(crate) fn seeds() -> Vec<Seed> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    let mut seeds = vec![
        Seed::new("sbom_document", FOREIGN_SPDX),
        Seed::new("sbom_document", FOREIGN_CYCLONEDX),
        Seed::new("sbom_document", FOREIGN_SPDX3),
        Seed::new("sbom_words", "Organization: Ashlar"),
        Seed::new("sbom_words", "Person: A (a@b.example)"),
        Seed::new("sbom_words", "2026-11-23T00:00:00Z"),
        Seed::new("sbom_words", "git+https://a.example/x%20y?z#w"),
        Seed::new("sbom_facts", facts().to_string()),
        Seed::new("go_build", MODULES),
        Seed::new("go_build", elf(".go.buildinfo", &build_info(MODULES), false)),
        Seed::new("go_build", elf(".data", &build_info(MODULES), true)),
        Seed::new("go_sum", GO_SUM),
        Seed::new("crate_list", CRATES),
        Seed::new("crate_list", packed(CRATES)),
        Seed::new("crate_list", elf(".dep-v0", &packed(CRATES), false)),
        Seed::new("licence_text", read("LICENSE-MIT")),
        Seed::new(
            "licence_text",
            format!("Copyright 2012 A\n{}\nand also\n{}", read("LICENSE-MIT"), read("LICENSE-MIT")),
        ),
        Seed::new("licence_text", "Copyright (c) 2009 The Go Authors. All rights reserved.\n"),
    ];
    for name in ["spdx-2.3", "spdx-3.0.1", "cyclonedx-1.6"] {
        let snapshot = read(&format!("sbom/tests/golden/{name}.snap"));
        // What insta writes before the document ends with a line of dashes.
        let document = snapshot.splitn(3, "---\n").nth(2).unwrap();
        seeds.push(Seed::new("sbom_document", document));
    }
    seeds
}

fn packed(json: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(json.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The bytes that Go puts into a program.
fn build_info(modules: &str) -> Vec<u8> {
    let mut section = b"\xff Go buildinf:\x08\x02".to_vec();
    section.resize(32, 0);
    for text in ["go1.26.8", &format!("{0}{modules}{0}", "#".repeat(16))] {
        // LEB128 in two bytes.
        section.extend((text.len() as u16 & 0x7f | (text.len() as u16 >> 7) << 8 | 0x80).to_le_bytes());
        section.extend(text.as_bytes());
    }
    section
}

fn facts() -> Value {
    let (sha256, libc) = ("a".repeat(64), "pkg:generic/libc@1");
    let recipe = json!({
        "version": "1", "license": "MIT", "supplier": "Organization: X", "homepage": "https://x.example/",
        "cpe": "cpe:2.3:a:x:libc:1:*:*:*:*:*:*:*", "purl": libc, "modules": [], "links": [], "seeds": ["c"],
        "sources": [{"name": "libc.tar", "sha256": sha256, "location": "https://x.example/libc.tar"}],
        "patches": [{"name": "1.patch", "fixes": ["CVE-2026-0001"]}],
    });
    json!({
        "name": "test", "version": "1", "supplier": "Organization: T", "namespace": "https://t.example/spdx",
        "created": 1_700_000_000, "carrier": "os", "recipes": {"libc": recipe},
        "boot": {"kernel": {"recipe": "libc", "file": "boot/image"}}, "containers": {},
        "tools": {"rt_1": {"name": "rt", "version": "1", "architecture": "all", "sha256": "b".repeat(64)}},
        "seeds": {"c": ["rt_1"]},
        "runtimes": [{
            "set": "c", "package": "rt", "name": "rt", "ecosystem": "generic", "version": "9", "license": "MIT",
            "supplier": "Organization: R", "homepage": "https://r.example/", "cpe": null,
        }],
    })
}
