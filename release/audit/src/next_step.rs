// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What to do about a finding, where the check that made it knows nothing better.

/// Something is not as the manifest says: it broke on its way, or somebody changed it.
pub(crate) const FETCH_AGAIN: &str =
    "fetch the release again, whole; where that gives the same, do not use it, and tell its publisher";

/// Each part may be as the manifest says, and they do not fit each other.
pub(crate) const DO_NOT_USE: &str =
    "do not use this release: it contradicts itself, and every copy of it does; tell its publisher";

/// A key is another one than expected.
pub(crate) const COMPARE_KEYS: &str =
    "compare with the keys that the publisher announces elsewhere; never take a key from the release itself";

/// A comparison was not possible, because `file` was not readable.
pub(crate) fn look_first_at(file: &str) -> String {
    format!("look first at what was found in {file}")
}
