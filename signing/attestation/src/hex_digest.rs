// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A [`Sha256`] in JSON: a string of 64 lowercase hex digits.

use ashlar_digest::Sha256;
use serde::{Deserialize as _, Deserializer, Serializer, de};

pub(crate) fn serialize<S: Serializer>(digest: &Sha256, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(digest)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Sha256, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}
