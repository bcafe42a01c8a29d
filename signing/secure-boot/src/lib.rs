// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Secure Boot's part of a release: the signature that firmware checks before it starts the unified kernel image.
//!
//! The key is long-lived and may lie in a device of its own, so signing is cut in two. [`to_be_signed`] gives what a key
//! has to sign, [`pkcs7`] makes the detached signature from what it gave, [`attach`] puts it into the image. All
//! three are functions of their arguments: who audits a release rebuilds the unsigned image, attaches the published
//! signature, and compares. [`check`] and [`detach`] take nothing but what these would have written.
//! [`SecureBootKey`] signs where the key is a file. [`enroll`] writes the firmware variables of a machine that
//! trusts given certificates, to try all this on a real firmware.
#![forbid(unsafe_code)]

mod authenticode;
mod certificate;
mod check;
mod error;
mod key;
mod pe;
mod table;
mod template;
mod variables;

#[cfg(test)]
mod fixture;

pub use authenticode::{AuthenticodeRequest, PeDigest, to_be_signed};
pub use certificate::SecureBootCertificate;
pub use check::check;
pub use error::SecureBootError;
pub use key::SecureBootKey;
pub use table::{attach, detach};
pub use template::pkcs7;
pub use variables::{EnrolledCertificates, enroll};
