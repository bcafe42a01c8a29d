// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Zips of Go modules: the hash is that of the files which another reader finds, and a zip made of them has it too.
#![forbid(unsafe_code)]
#![no_main]

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::sync::LazyLock;

use ashlar_digest::Sha256;
use ashlar_fetch::fuzzing::zip_hash;
use ashlar_fetch::go::{Hash1, ModuleVersion};
use ashlar_fuzz::assert_stays_inside;
use libfuzzer_sys::fuzz_target;
use rawzip::{CompressionMethod, Error, ZipArchive, ZipArchiveWriter};

const BOUND: u64 = 1 << 18;

static MODULE: LazyLock<ModuleVersion> =
    LazyLock::new(|| ModuleVersion::parse("a.example/b", "v1.0.0").expect("a module"));

/// Name and content of each file, read with no check but that of sums and sizes.
fn files(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let archive = ZipArchive::from_slice(bytes)?;
    let (mut entries, mut files) = (archive.entries(), BTreeMap::new());
    while let Some(entry) = entries.next_entry()? {
        let found = archive.get_entry(entry.wayfinder())?;
        let mut content = Vec::new();
        if entry.compression_method() == CompressionMethod::DEFLATE {
            let inflated = flate2::bufread::DeflateDecoder::new(found.data());
            found.verifying_reader(inflated).take(BOUND + 1).read_to_end(&mut content)?;
        } else {
            found.verifying_reader(found.data()).take(BOUND + 1).read_to_end(&mut content)?;
        }
        let name = String::from_utf8_lossy(entry.file_path().as_ref()).into_owned();
        assert!(files.insert(name, content).is_none(), "a file is there twice");
    }
    Ok(files)
}

fn write(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, Error> {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for (name, content) in files {
        let (mut entry, config) = archive.new_file(name).start()?;
        let mut writer = config.wrap(&mut entry);
        writer.write_all(content)?;
        let (_, descriptor) = writer.finish()?;
        entry.finish(descriptor)?;
    }
    archive.finish()
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(hash) = zip_hash(bytes, &MODULE, BOUND) else { return };
    let files = files(bytes).expect("another reader refuses it");
    for name in files.keys() {
        assert_stays_inside(name);
        assert!(name.starts_with("a.example/b@v1.0.0/"), "{name} is in no folder of the module");
    }
    let unpacked: usize = files.values().map(Vec::len).sum();
    assert!(unpacked as u64 <= BOUND, "{unpacked} bytes came out");
    let digests = files.iter().map(|(name, content)| (name.clone(), Sha256::of(content))).collect();
    assert_eq!(Hash1::of(&digests), hash, "another reader finds other files");
    let again = write(&files).expect("they were in a zip before");
    assert_eq!(zip_hash(&again, &MODULE, BOUND).as_ref(), Ok(&hash), "the same files have another hash");
});
