// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The port for what takes files apart: this crate knows some formats, the caller plugs in the others.

use std::borrow::Cow;

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Its name, unique within the file and without `!`.
    pub name: String,
    /// Its bytes.
    pub bytes: Cow<'a, [u8]>,
}

impl<'a> Part<'a> {
    /// A part that lies in the file as it is.
    #[must_use]
    pub fn borrowed(name: impl Into<String>, bytes: &'a [u8]) -> Self {
        Self { name: name.into(), bytes: Cow::Borrowed(bytes) }
    }

    /// A part that was unpacked or put together.
    #[must_use]
    pub fn owned(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { name: name.into(), bytes: Cow::Owned(bytes) }
    }
}

/// Takes apart one kind of file.
///
/// No byte may get lost: two files with the same parts in the same order have to be the same file. What is left between
/// the parts (headers, padding, tables of places) is a part too, and where it is a function of the others, an
/// exclusion says so. The comparison finds a lost byte only where no part differs.
pub trait Decoder {
    /// Takes `bytes`, the content of the file or part at `path`, apart; `None` if this decoder is not for it.
    ///
    /// # Errors
    /// In words that fit after "failed to take it apart:", if it should be for it and is not of that form.
    fn decode<'a>(&self, path: &str, bytes: &'a [u8]) -> Result<Option<Vec<Part<'a>>>, String>;
}
