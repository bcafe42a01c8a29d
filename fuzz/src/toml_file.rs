// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files that people write: a comment changes nothing, and whatever is wrong can be shown.

use std::fmt::Debug;

use ashlar_recipe::{Diagnostics, SourceFile};

/// Reads `bytes` as one kind of file. Accepted, it is the same with a comment behind it; refused, every fault can be
/// rendered, with and without colour, and as JSON.
///
/// # Panics
/// Where that does not hold; that is the finding.
pub fn check_toml_file<T: Debug>(bytes: &[u8], parse: impl Fn(SourceFile) -> Result<T, Diagnostics>) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match parse(SourceFile::new("x.toml", text)) {
        Ok(file) => {
            let commented = parse(SourceFile::new("x.toml", format!("{text}\n# nothing\n")));
            let commented = commented.unwrap_or_else(|faults| panic!("{}", faults.render(false)));
            assert_eq!(format!("{file:?}"), format!("{commented:?}"), "a comment says something");
        }
        Err(faults) => {
            assert!(!faults.is_empty() && !faults.sorted().is_empty(), "refused without a reason");
            assert!(!faults.render(false).is_empty() && !faults.render(true).is_empty());
            assert!(faults.to_json().as_array().is_some_and(|all| !all.is_empty()));
        }
    }
}
