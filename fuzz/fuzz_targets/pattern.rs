// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Patterns that choose files, and a path, on two lines: a pattern keeps its text, and one without wildcards is a path.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_tree::{Pattern, TreePath};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((pattern, path)) = std::str::from_utf8(bytes).ok().and_then(|text| text.split_once('\n')) else {
        return;
    };
    let (Ok(pattern), Ok(path)) = (Pattern::parse(pattern), TreePath::parse(path)) else { return };
    assert_eq!(Pattern::parse(pattern.as_str()).ok().as_ref(), Some(&pattern));
    let literal = !pattern.as_str().contains(['*', '?', '[', ']', '{', '}', '\\', '!']);
    if literal {
        assert_eq!(pattern.matches(&path), pattern.as_str() == path.as_str(), "{} {path}", pattern.as_str());
    }
});
