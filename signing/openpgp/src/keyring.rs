// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Certificates, and which of them are trusted.

use std::collections::BTreeSet;

use sequoia_openpgp as openpgp;

use openpgp::Cert;
use openpgp::cert::CertParser;
use openpgp::parse::Parse;

use crate::{Fingerprint, OpenPgpError};

/// The certificates of a keyring file and the fingerprints that are pinned.
///
/// All certificates take part, so that a signature by a known but unpinned one can be named as such; only pinned ones
/// count.
#[derive(Clone, Debug)]
pub struct Keyring {
    pub(crate) certs: Vec<Cert>,
    pub(crate) pinned: BTreeSet<Fingerprint>,
}

impl Keyring {
    /// Reads a keyring, binary or armored, and pins the certificates with these primary fingerprints.
    ///
    /// # Errors
    /// If the bytes are no keyring, nothing is pinned, or a pinned certificate is not there.
    pub fn parse(bytes: &[u8], pinned: &[Fingerprint]) -> Result<Self, OpenPgpError> {
        let malformed = |cause: openpgp::anyhow::Error| OpenPgpError::Keyring { cause: cause.into() };
        let certs = CertParser::from_bytes(bytes)
            .map_err(malformed)?
            .collect::<Result<Vec<Cert>, _>>()
            .map_err(malformed)?;
        let pinned: BTreeSet<Fingerprint> = pinned.iter().cloned().collect();
        if pinned.is_empty() {
            return Err(OpenPgpError::NothingPinned);
        }
        let present: BTreeSet<Fingerprint> = certs.iter().map(Fingerprint::of).collect();
        match pinned.difference(&present).next() {
            Some(missing) => Err(OpenPgpError::PinnedKeyMissing { fingerprint: missing.clone() }),
            None => Ok(Self { certs, pinned }),
        }
    }

    /// The pinned fingerprints, in order.
    pub fn pinned(&self) -> impl Iterator<Item = &Fingerprint> {
        self.pinned.iter()
    }
}
