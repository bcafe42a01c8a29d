// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The canonical text of a tree: one text for a tree, and one tree for a text.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_digest::Sha256;
use ashlar_tree::{Tree, difference};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(tree) = Tree::decode(text) else { return };
    assert_eq!(tree.encode(), text, "a tree has two texts");
    assert_eq!(tree.digest().sha256(), Sha256::of(bytes));
    assert!(difference(&tree, &tree).is_empty());
    for (path, _) in tree.iter() {
        ashlar_fuzz::assert_stays_inside(path.as_str());
        if let Some(parent) = path.parent() {
            assert!(tree.get(&parent).is_some_and(|node| node.is_directory()), "{path} lies in no directory");
        }
    }
});
