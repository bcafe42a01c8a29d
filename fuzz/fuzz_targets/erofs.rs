// SPDX-License-Identifier: Apache-2.0 OR MIT
//! File systems of erofs and extensions around them: taken apart they are all there, and nothing is read beyond them.
#![forbid(unsafe_code)]
#![no_main]

use std::collections::BTreeMap;

use ashlar_release_bundle::diff::{Decoder as _, ErofsDecoder, ErofsTools};
use ashlar_release_bundle::erofs::each_file;
use libfuzzer_sys::fuzz_target;

/// Finds no file in any image, and no hash area behind it.
struct NoFiles;

impl ErofsTools for NoFiles {
    fn contents(&self, _image: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, String> {
        Ok(BTreeMap::new())
    }

    fn hash_area(&self, _image: &[u8]) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }
}

/// More than any file system of a seed holds.
const LIMIT: u64 = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    let mut together = 0;
    let read = each_file(bytes, LIMIT, &mut |path, content| {
        assert!(!path.starts_with('/'), "{path:?} is no path below the root");
        together += content.len() as u64;
        Ok(())
    });
    assert!(read.is_err() || together <= LIMIT, "more was read than is taken");
    for (path, descriptor) in [("root.erofs", 0), ("extensions/x.raw", 4096)] {
        let Ok(Some(parts)) = ErofsDecoder(NoFiles).decode(path, bytes) else { continue };
        let part =
            |name: &str| parts.iter().find(|part| part.name.starts_with(name)).map(|part| &*part.bytes);
        let (layout, verity) = (part("layout").expect("an image"), part("verity").expect("a hash area"));
        assert_eq!([layout, verity].concat(), bytes[..bytes.len() - descriptor], "bytes got lost");
        let tree = part("tree.json").expect("a tree");
        assert!(serde_json::from_slice::<serde_json::Value>(tree).is_ok(), "the tree is no JSON");
        assert_eq!(part("descriptor.json").is_some(), descriptor > 0);
    }
});
