// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Archives of crates, packed or not: files come once and inside of the crate's folder, within the limit, however the bytes arrive,
//! and an archive made of them has the same.
#![forbid(unsafe_code)]
#![no_main]

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Read;

use ashlar_fuzz::Trickle;
use ashlar_fuzz_seeds::archives::{gzip_stored, tar};
use crate_archive::{CrateFile, Stop};
use libfuzzer_sys::fuzz_target;

#[path = "../../builder/engine/src/builtin/crate_archive.rs"]
mod crate_archive;

const LIMIT: u64 = 1 << 18;

fn read(packed: impl Read) -> Option<Vec<CrateFile>> {
    let mut files = Vec::new();
    let result = crate_archive::read::<()>("a-1.0.0", packed, LIMIT, |file| {
        files.push(file);
        Ok(())
    });
    match result {
        Ok(()) => Some(files),
        Err(Stop::Archive(problem)) => {
            assert!(!problem.is_empty());
            None
        }
        Err(Stop::Visitor(())) => panic!("nobody stopped it"),
    }
}

fuzz_target!(|bytes: &[u8]| {
    // The checksums of gzip would keep most inputs from the reader of tar.
    let packed =
        if bytes.starts_with(b"\x1f\x8b") { Cow::Borrowed(bytes) } else { gzip_stored(bytes).into() };
    let Some(files) = read(&packed[..]) else { return };
    assert_eq!(read(Trickle(&packed)).as_ref(), Some(&files), "it depends on how the bytes arrive");
    let unpacked: usize = files.iter().map(|file| file.content.len()).sum();
    assert!(unpacked as u64 <= LIMIT, "{unpacked} bytes came out");
    let mut paths = BTreeSet::new();
    for file in &files {
        assert!(file.path.starts_with("a-1.0.0/"), "{} lies in no folder of the crate", file.path);
        assert!(paths.insert(&file.path), "{} is there twice", file.path);
    }
    if files.iter().all(|file| file.path.len() <= 100 && !file.path.contains('\0')) {
        let entries = files.iter().map(|file| {
            let mode = if file.executable { 0o755 } else { 0o644 };
            (::tar::EntryType::Regular, mode, &*file.path, "", &*file.content)
        });
        let again = gzip_stored(&tar(entries));
        assert_eq!(read(&again[..]), Some(files), "written again it holds something else");
    }
});
