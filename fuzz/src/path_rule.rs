// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Paths of strangers lead nowhere else. Written a second time, by components of std, so that no parser judges itself.

use std::path::{Component, Path};

/// Fails unless `path` is relative, spelt in one way, and below the folder that it is joined to.
///
/// # Panics
/// Where it is not; that is the finding.
pub fn assert_stays_inside(path: &str) {
    let normal = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    assert!(normal && !path.is_empty() && !path.contains(['\0', '\n']), "{path:?} leads elsewhere");
    let again: Vec<_> = Path::new(path).components().map(|part| part.as_os_str().to_string_lossy()).collect();
    assert_eq!(again.join("/"), path, "a path has two spellings");
}
