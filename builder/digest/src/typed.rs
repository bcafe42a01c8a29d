// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Digests typed by what was hashed.

use std::fmt;
use std::str::FromStr;

use crate::{DigestError, Sha256};

macro_rules! typed_digest {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Sha256);

        impl $name {
            /// Declares that `digest` was computed over what this type stands for.
            #[must_use]
            pub const fn new(digest: Sha256) -> Self {
                Self(digest)
            }

            /// The untyped digest, for formats that carry digests of many things.
            #[must_use]
            pub const fn sha256(&self) -> Sha256 {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = DigestError;

            fn from_str(text: &str) -> Result<Self, DigestError> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

typed_digest! {
    /// The digest of upstream bytes, as a recipe or a lock names them.
    SourceDigest
}
typed_digest! {
    /// The digest of one file's content in the store.
    BlobDigest
}
typed_digest! {
    /// The digest of a tree's canonical bytes: the identity of an artifact.
    TreeDigest
}
typed_digest! {
    /// The digest of a derivation's canonical encoding.
    DerivationId
}
