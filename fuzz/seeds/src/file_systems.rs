// SPDX-License-Identifier: Apache-2.0 OR MIT
//! File systems, extensions and archives of an initramfs.

use std::collections::BTreeMap;

use ashlar_images::extension_descriptor;

use crate::{Seed, erofs, two_parts};

const ARCHIVE: &[u8] = include_bytes!("../../../release/bundle/testdata/gnu.cpio");
const COMPRESSED: &[u8] = include_bytes!("../../../release/bundle/testdata/zstd.erofs");

pub(crate) fn seeds() -> Vec<Seed> {
    let descriptor = descriptor();
    let text = descriptor.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let (empty, full) = (erofs::image(&BTreeMap::new()), erofs::image(&tree()));
    let (padded, changed) = initramfs();
    vec![
        Seed::new("erofs", empty.clone()),
        Seed::new("erofs", full),
        Seed::new("erofs", COMPRESSED),
        Seed::new("erofs", [empty, descriptor.clone()].concat()),
        Seed::new("extension_descriptor", &descriptor[..text]),
        Seed::new("newc", padded.clone()),
        Seed::new("newc", [padded.clone(), padded.clone()].concat()),
        Seed::new("difference_place", two_parts::join(&padded, &changed)),
    ]
}

/// An archive, and the same with another content of one file.
pub(crate) fn initramfs() -> (Vec<u8>, Vec<u8>) {
    let mut padded = ARCHIVE.to_vec();
    padded.resize(padded.len().next_multiple_of(512), 0);
    let mut changed = padded.clone();
    let at = changed.windows(3).position(|part| part == b"one").unwrap();
    changed[at] = b'O';
    (padded, changed)
}

fn descriptor() -> Vec<u8> {
    let root_hash = "0f".repeat(32);
    extension_descriptor("writeboost", "2.2.19", "ashlar-qemu-1.0.0-x86_64", &root_hash).unwrap().to_vec()
}

fn tree() -> BTreeMap<&'static str, erofs::Entry> {
    let compact = erofs::Entry { extended: false, ..erofs::Entry::new(0o100_755, b"content") };
    let attributed = erofs::Entry {
        xattrs: vec![(6, "capability", &b"\x01\0\0\x02"[..]), (1, "a", &b"b"[..])],
        ..erofs::Entry::new(0o100_644, b"")
    };
    BTreeMap::from([
        ("bin", erofs::Entry::new(0o040_755, b"")),
        ("bin/a", compact),
        ("bin/b", attributed),
        ("bin/c", erofs::Entry::new(0o120_777, b"a")),
    ])
}
