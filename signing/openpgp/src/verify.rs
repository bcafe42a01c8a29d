// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Verification of cleartext-signed texts (RFC 9580 §7) and of detached signatures (§10.4).
//!
//! One good signature of a pinned certificate is needed and suffices. "Good" means: the policy of the implementation
//! accepts it at the given time, and the certificate and its signing key are neither expired nor revoked *at that
//! time*; the implementation by itself asks only about the time of the signature, which whoever stole an expired key
//! can choose.

use std::io::Read;

use sequoia_openpgp as openpgp;

use openpgp::KeyHandle;
use openpgp::cert::amalgamation::{ValidAmalgamation as _, ValidateAmalgamation as _};
use openpgp::parse::Parse;
use openpgp::parse::stream::{
    DetachedVerifierBuilder, GoodChecksum, MessageLayer, MessageStructure, VerificationError,
    VerificationHelper, VerifierBuilder,
};
use openpgp::policy::StandardPolicy;
use openpgp::types::RevocationStatus;

use crate::error::time;
use crate::{Fingerprint, Keyring, OpenPgpError};

/// The largest signed text. The implementation holds this much back until the signature is judged.
const MAX_TEXT: usize = 16 << 20;

/// A good signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Primary fingerprint of the pinned certificate.
    pub signer: Fingerprint,
    /// When it says it was made, in seconds since 1970.
    pub created: u64,
}

/// A text that was signed, without its frame: the only bytes that may be read further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The signed bytes.
    pub body: Vec<u8>,
    /// Primary fingerprint of the pinned certificate.
    pub signer: Fingerprint,
    /// When the signature says it was made, in seconds since 1970.
    pub created: u64,
}

impl Keyring {
    /// Verifies a cleartext-signed text, such as `InRelease`. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// If there is anything outside of the frame, or no good signature of a pinned certificate; the variant says why.
    pub fn verify_inline(&self, text: &[u8], now: u64) -> Result<Verified, OpenPgpError> {
        check_frame(text)?;
        let policy = StandardPolicy::at(time(now));
        let mut helper = Judge::new(self, &policy, now);
        let mut verifier = VerifierBuilder::from_bytes(text)
            .map_err(malformed)?
            .buffer_size(2 * MAX_TEXT)
            .with_policy(&policy, time(now), &mut helper)
            .map_err(malformed)?;
        if !verifier.message_processed() {
            return Err(OpenPgpError::TooLarge { limit: MAX_TEXT });
        }
        let mut body = Vec::new();
        verifier.read_to_end(&mut body).map_err(|cause| OpenPgpError::Malformed { cause: cause.into() })?;
        drop(verifier);
        let Signature { signer, created } = helper.verdict()?;
        Ok(Verified { body, signer, created })
    }

    /// Verifies a detached signature, binary or armored, over the bytes of `signed`. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// If there is no good signature of a pinned certificate, or the bytes cannot be read; the variant says why.
    pub fn verify_detached(
        &self,
        signature: &[u8],
        signed: impl Read + Send + Sync,
        now: u64,
    ) -> Result<Signature, OpenPgpError> {
        let policy = StandardPolicy::at(time(now));
        let mut helper = Judge::new(self, &policy, now);
        let mut failure = None;
        let mut verifier = DetachedVerifierBuilder::from_bytes(signature)
            .map_err(malformed)?
            .with_policy(&policy, time(now), &mut helper)
            .map_err(malformed)?;
        let outcome = verifier.verify_reader(Witness { reader: signed, failure: &mut failure });
        drop(verifier);
        if let Some(cause) = failure {
            return Err(OpenPgpError::Read { cause });
        }
        outcome.map_err(malformed)?;
        helper.verdict()
    }
}

fn malformed(cause: openpgp::anyhow::Error) -> OpenPgpError {
    OpenPgpError::Malformed { cause: cause.into() }
}

/// Accepts exactly one frame and nothing around it. The implementation drops what is outside, and so does every reader,
/// but not all see the same outside. Inside, dashes at the start of a line are escaped (RFC 9580 §7.1).
fn check_frame(text: &[u8]) -> Result<(), OpenPgpError> {
    const FRAME: [&[u8]; 3] = [
        b"-----BEGIN PGP SIGNED MESSAGE-----",
        b"-----BEGIN PGP SIGNATURE-----",
        b"-----END PGP SIGNATURE-----",
    ];
    if text.len() > MAX_TEXT {
        return Err(OpenPgpError::TooLarge { limit: MAX_TEXT });
    }
    let fail = |reason| Err(OpenPgpError::Frame { reason });
    if !text.starts_with(FRAME[0]) {
        return fail("it does not begin with the frame of a signed text");
    }
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    if !text.ends_with(FRAME[2]) {
        return fail("it does not end with a signature");
    }
    let dashed = text.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"-----"));
    if !dashed.eq(FRAME) {
        return fail("it is not one text followed by one block of signatures");
    }
    Ok(())
}

/// Notes the failure of a reader, which the implementation would report as one of its own.
struct Witness<'w, R> {
    reader: R,
    failure: &'w mut Option<std::io::Error>,
}

impl<R: Read> Read for Witness<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.reader.read(buffer).map_err(|error| {
            let copy = std::io::Error::new(error.kind(), error.to_string());
            if error.kind() != std::io::ErrorKind::Interrupted {
                *self.failure = Some(error);
            }
            copy
        })
    }
}

/// Judges the signatures that the implementation has checked. Never fails by itself: the verdict is read afterwards, and
/// only a good one gives anything away.
struct Judge<'j> {
    keyring: &'j Keyring,
    policy: &'j StandardPolicy<'j>,
    now: u64,
    good: Option<Signature>,
    failure: Option<OpenPgpError>,
    unknown: Vec<String>,
}

impl<'j> Judge<'j> {
    const fn new(keyring: &'j Keyring, policy: &'j StandardPolicy<'j>, now: u64) -> Self {
        Self { keyring, policy, now, good: None, failure: None, unknown: Vec::new() }
    }

    fn verdict(self) -> Result<Signature, OpenPgpError> {
        match (self.good, self.failure) {
            (Some(signature), _) => Ok(signature),
            (None, Some(failure)) => Err(failure),
            (None, None) if self.unknown.is_empty() => Err(OpenPgpError::NoSignature),
            (None, None) => Err(OpenPgpError::UnknownSigner { issuers: self.unknown }),
        }
    }

    fn note(&mut self, mut failure: OpenPgpError) {
        if let (Some(OpenPgpError::NotPinned { signers: known }), OpenPgpError::NotPinned { signers }) =
            (&mut self.failure, &mut failure)
        {
            known.append(signers);
        }
        if self.failure.as_ref().is_none_or(|known| known.rank() < failure.rank()) {
            self.failure = Some(failure);
        }
    }

    fn judge_good(&self, GoodChecksum { sig, ka, .. }: &GoodChecksum<'_>) -> Result<Signature, OpenPgpError> {
        let signer = Fingerprint::of(ka.cert());
        if !self.keyring.pinned.contains(&signer) {
            return Err(OpenPgpError::NotPinned { signers: vec![signer] });
        }
        let unacceptable = |cause: openpgp::anyhow::Error| OpenPgpError::KeyUnacceptable {
            signer: signer.clone(),
            cause: cause.into(),
        };
        let revoked = |status| matches!(status, RevocationStatus::Revoked(_));
        let cert = ka.cert().with_policy(self.policy, time(self.now)).map_err(unacceptable)?;
        let key = ka.amalgamation().clone().with_policy(self.policy, time(self.now)).map_err(unacceptable)?;
        if revoked(cert.revocation_status()) || revoked(key.revocation_status()) {
            return Err(OpenPgpError::KeyRevoked { signer });
        }
        if cert.alive().is_err() || key.alive().is_err() {
            return Err(OpenPgpError::KeyExpired { signer });
        }
        let created = sig
            .signature_creation_time()
            .and_then(|created| created.duration_since(std::time::SystemTime::UNIX_EPOCH).ok())
            .map_or(0, |since| since.as_secs());
        Ok(Signature { signer, created })
    }

    fn judge_bad(&mut self, error: VerificationError<'_>) {
        use openpgp::Error;
        let failure = match error {
            VerificationError::MissingKey { sig } => {
                self.unknown.extend(sig.get_issuers().iter().map(KeyHandle::to_hex));
                return;
            }
            VerificationError::UnboundKey { cert, error, .. } => {
                OpenPgpError::KeyUnacceptable { signer: Fingerprint::of(cert), cause: error.into() }
            }
            VerificationError::BadKey { ka, error, .. } => {
                let signer = Fingerprint::of(ka.cert());
                let revoked = |status| matches!(status, RevocationStatus::Revoked(_));
                if revoked(ka.valid_cert().revocation_status()) || revoked(ka.revocation_status()) {
                    OpenPgpError::KeyRevoked { signer }
                } else if matches!(error.downcast_ref(), Some(Error::Expired(_))) {
                    OpenPgpError::KeyExpired { signer }
                } else {
                    OpenPgpError::KeyUnacceptable { signer, cause: error.into() }
                }
            }
            VerificationError::BadSignature { ka, error, .. } => {
                let signer = Fingerprint::of(ka.cert());
                match error.downcast_ref() {
                    Some(Error::Expired(_) | Error::NotYetLive(_)) => {
                        OpenPgpError::NotLive { signer, cause: error.into() }
                    }
                    _ => OpenPgpError::BadSignature { signer, cause: error.into() },
                }
            }
            VerificationError::MalformedSignature { error, .. } => {
                OpenPgpError::Malformed { cause: error.into() }
            }
            VerificationError::UnknownSignature { sig } => {
                OpenPgpError::Malformed { cause: sig.error().to_string().into() }
            }
            other => OpenPgpError::Malformed { cause: other.to_string().into() },
        };
        self.note(failure);
    }
}

impl VerificationHelper for &mut Judge<'_> {
    fn get_certs(&mut self, _ids: &[KeyHandle]) -> openpgp::Result<Vec<openpgp::Cert>> {
        Ok(self.keyring.certs.clone())
    }

    fn check(&mut self, structure: MessageStructure<'_>) -> openpgp::Result<()> {
        for layer in structure {
            let MessageLayer::SignatureGroup { results } = layer else {
                // Encrypted or compressed: nothing that an archive signs.
                self.good = None;
                self.note(OpenPgpError::Malformed { cause: "it is not a plain signed text".into() });
                return Ok(());
            };
            for result in results {
                match result {
                    Ok(checksum) => match self.judge_good(&checksum) {
                        Ok(signature) => self.good = self.good.take().or(Some(signature)),
                        Err(failure) => self.note(failure),
                    },
                    Err(error) => self.judge_bad(error),
                }
            }
        }
        Ok(())
    }
}
