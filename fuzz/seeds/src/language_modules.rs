// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What pins crates and Go modules, and a zip of one.

use std::io::Write as _;

use rawzip::{CompressionMethod, ZipArchiveWriter};

use crate::{Seed, two_parts};

const HASH: &str = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
const GO_MOD: &str = r#"module m.example/x // mine
go 1.26
require A.example/a v1.0.0
require (
	b.example/b v1.0.0 // indirect
	"c.example/c" v1.0.0
	d.example/d v0.0.0-20200101000000-abcdefabcdef
)
replace (
	b.example/b => r.example/b v1.5.0
	c.example/c v1.0.0 => ./local
)
exclude a.example/a v0.1.0
"#;
const LOCK: &str = r#"a
version = 4

[[package]]
name = "a"
version = "0.1.0"
dependencies = [
 "b",
 "c 2.0.0",
]

[[package]]
name = "b"
version = "1.0.0+x"
source = "registry+https://r.example/index"
checksum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
dependencies = [
 "c 1.0.0 (registry+https://r.example/index)",
]

[[package]]
name = "c"
version = "1.0.0"
source = "registry+https://r.example/index"
checksum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

[[package]]
name = "c"
version = "2.0.0"
"#;

pub(crate) fn seeds() -> Vec<Seed> {
    let modules = [
        "A.example/a v1.0.0",
        "b.example/b v1.0.0",
        "c.example/c v1.0.0",
        "d.example/d v0.0.0-20200101000000-abcdefabcdef",
        "r.example/b v1.5.0",
    ];
    let mut go_sum = String::new();
    for module in modules {
        go_sum.extend([module, " ", HASH, "\n", module, "/go.mod ", HASH, "\n"]);
    }
    vec![
        Seed::new("cargo_lock", LOCK),
        Seed::new("go_modules", two_parts::join(go_sum.as_bytes(), GO_MOD.as_bytes())),
        Seed::new("module_zip", zip(CompressionMethod::STORE)),
        Seed::new("module_zip", zip(CompressionMethod::DEFLATE)),
    ]
}

/// A module of two files, whose sizes and sums lie behind them, as the go command writes it.
fn zip(method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for (name, content) in
        [("a.example/b@v1.0.0/go.mod", "module a.example/b\n"), ("a.example/b@v1.0.0/b.go", "package b\n")]
    {
        let (mut entry, config) = archive.new_file(name).compression_method(method).start().unwrap();
        if method == CompressionMethod::DEFLATE {
            let encoder = flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::default());
            let mut writer = config.wrap(encoder);
            writer.write_all(content.as_bytes()).unwrap();
            let (encoder, descriptor) = writer.finish().unwrap();
            encoder.finish().unwrap();
            entry.finish(descriptor).unwrap();
        } else {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(content.as_bytes()).unwrap();
            let (_, descriptor) = writer.finish().unwrap();
            entry.finish(descriptor).unwrap();
        }
    }
    archive.finish().unwrap()
}
