// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Templates of module signatures: every byte a function of public key, release id, epoch and module digest.
//!
//! The formats are those of docs/design/release.md. This crate is linked into the process that holds a release's key,
//! so it is small, writes DER by hand, and reads no clock, no file and no entropy: randomness is handed in.
//!
//! The way of a module:
//! ```text
//! UnsignedModule::check → digest → Signer::sign (or keyless) → cms → UnsignedModule::splice
//!                                  PublicKey → certificate
//! ```
#![forbid(unsafe_code)]

mod algorithm;
mod appended;
mod base64_bytes;
mod certificate;
mod cms;
mod commitment;
mod der;
mod digest;
mod dsse;
mod ecdsa_signer;
mod error;
#[cfg(test)]
mod foreign;
mod frame;
mod hex;
mod key_statement;
mod keyless;
mod public_key;
mod release_id;
mod rsa_signer;
mod signature;
mod signer;
#[cfg(test)]
mod test_keys;
mod time;

pub use algorithm::Algorithm;
pub use appended::{MAGIC, UnsignedModule, append, is_signed, trailer};
pub use certificate::{Subject, certificate, issuer_name, serial};
pub use cms::cms;
pub use commitment::{Commitment, MAX_MODULES};
pub use digest::{ModuleDigest, Sha256};
pub use dsse::{Envelope, EnvelopeSignature, PAYLOAD_TYPE, pae};
pub use ecdsa_signer::EcdsaSigner;
pub use error::{FormatError, FrameError};
pub use frame::{AgentFrame, MAX_FRAME, Memory, ParentFrame, RefusalCode, read_frame, write_frame};
pub use key_statement::{KeyStatement, PREDICATE_TYPE, SignedModule, parse_statement, statement_payload};
pub use keyless::{Keyless, keyless};
pub use public_key::PublicKey;
pub use release_id::ReleaseId;
pub use rsa_signer::RsaSigner;
pub use signature::SignatureValue;
pub use signer::Signer;
