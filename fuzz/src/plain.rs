// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Absolute paths that declared files name. Written a second time, by components of std, so that no parser judges itself.

use std::path::{Component, Path};

/// Fails unless `path` is absolute, is no folder's own top, and has neither `.`, `..` nor empty parts.
///
/// # Panics
/// Where it is not; that is the finding.
pub fn assert_is_plain(path: &str) {
    let mut parts = Path::new(path).components();
    assert_eq!(parts.next(), Some(Component::RootDir), "{path:?} is not absolute");
    let mut again = String::new();
    for part in parts {
        let Component::Normal(part) = part else { panic!("{path:?} leads elsewhere") };
        again.push('/');
        again.push_str(&part.to_string_lossy());
    }
    assert_eq!(again, path, "a path has two spellings");
}
