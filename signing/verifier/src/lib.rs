// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Judges module signatures by other code than wrote them (docs/design/release.md).
//!
//! ashlar-module-signature writes DER by hand from templates. Here everything is parsed by the RustCrypto crates
//! `der`, `cms` and `x509-cert`, judged by what it says, and only at the end written again from the templates and
//! compared: one signature has one encoding, and a byte that nobody needs is a refusal.
//!
//! ```text
//! Certificates::parse(certificates.der)
//! split(signed module) → verify(CMS, digest, certificates) → which certificate
//! canonical_certificate(certificate, subject, release, epoch)
//! Gate::judge(modules) → findings: all of the above for a whole release
//! ```
#![forbid(unsafe_code)]

mod appended;
mod canonical;
mod certificates;
mod error;
mod gate;
mod key;
mod verify;

#[cfg(test)]
mod foreign;
#[cfg(test)]
mod signed_fixture;

pub use appended::{SignedModule, split};
pub use canonical::canonical_certificate;
pub use certificates::{Certificate, Certificates};
pub use error::Refusal;
pub use gate::{Finding, Gate};
pub use verify::{Verified, verify};
