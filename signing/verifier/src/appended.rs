// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Signed modules, taken apart as the kernel does (kernel/module/signing.c, scripts/sign-file.c).
//!
//! ```text
//! module | CMS | struct module_signature, 12 bytes | "~Module signature appended~\n"
//!
//! algo 0 | hash 0 | id_type 2 | signer_len 0 | key_id_len 0 | 3 bytes of padding | big-endian u32 sig_len
//! ```
//! The kernel demands zero in all of these but `id_type` and `sig_len` (kernel/module_signature.c).

#[cfg(test)]
mod tests;

use crate::error::Refusal;

const MAGIC: &[u8] = b"~Module signature appended~\n";

/// The fields before the length, in their order, as they have to be.
const FIELDS: [(u8, &str); 8] = [
    (0, "the algorithm in its trailer is not 0"),
    (0, "the hash in its trailer is not 0"),
    (2, "the type in its trailer is not 2, PKCS#7"),
    (0, "the length of a signer's name in its trailer is not 0"),
    (0, "the length of a key identifier in its trailer is not 0"),
    (0, "the padding in its trailer is not 0"),
    (0, "the padding in its trailer is not 0"),
    (0, "the padding in its trailer is not 0"),
];

/// A signed module in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedModule<'a> {
    /// What was signed.
    pub module: &'a [u8],
    /// The detached signature.
    pub cms: &'a [u8],
}

/// Splits a signed module.
///
/// # Errors
/// [`Refusal::Unsigned`] where nothing is appended. [`Refusal::Trailer`] where a reserved byte is set, where a part is
/// empty or longer than the file, and where the module below carries a signature again, so that it could pass for
/// another file.
pub fn split(signed: &[u8]) -> Result<SignedModule<'_>, Refusal> {
    let wrong = |reason| Refusal::Trailer { reason };
    let rest = signed.strip_suffix(MAGIC).ok_or(Refusal::Unsigned)?;
    let (rest, length) = rest.split_last_chunk::<4>().ok_or_else(|| wrong("it has no trailer"))?;
    let (rest, fields) = rest.split_last_chunk::<8>().ok_or_else(|| wrong("it has no trailer"))?;
    for (byte, (expected, reason)) in fields.iter().zip(FIELDS) {
        if *byte != expected {
            return Err(wrong(reason));
        }
    }
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if length == 0 {
        return Err(wrong("the signature is empty"));
    }
    let middle =
        rest.len().checked_sub(length).ok_or_else(|| wrong("the signature is longer than the file"))?;
    let (module, cms) = rest.split_at(middle);
    if module.is_empty() {
        return Err(wrong("there is no module"));
    }
    if module.ends_with(MAGIC) {
        return Err(wrong("the module is itself a signed one"));
    }
    Ok(SignedModule { module, cms })
}
