// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How much of a release a reader takes, in bytes. A folder that a stranger made can hold files of any size, since a
//! sparse one costs nothing; these limits keep it from filling the reader's memory or days.
//!
//! All are far above what a release needs: the longest documents grow with the modules, of which there are at most
//! 24576 (docs/design/release.md, "Frames").

use crate::Role;

/// A document, such as the manifest, a record, or all certificates.
pub const DOCUMENT_LIMIT: u64 = 32 << 20;
/// One signature.
pub const SIGNATURE_LIMIT: u64 = 64 << 10;
/// A file that boots or runs: it is held in memory while it is judged.
pub const IMAGE_LIMIT: u64 = 1 << 30;
/// The contents of all files in a root or an extension together; one of them is held in memory, and may have [`IMAGE_LIMIT`].
pub const CONTENTS_LIMIT: u64 = 16 << 30;
/// A file that is only hashed, piece by piece, and all such files of a release together.
pub const HASH_LIMIT: u64 = 64 << 30;

/// The limit for a file of this role.
#[must_use]
pub const fn limit_of(role: Role) -> u64 {
    match role {
        Role::Image => IMAGE_LIMIT,
        Role::Signature | Role::Record => DOCUMENT_LIMIT,
        Role::Source => HASH_LIMIT,
    }
}
