// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Signatures that count and signatures that do not, made here with keys made here.

#![expect(clippy::unwrap_used, reason = "a test may stop at once")]

use std::io::Write;
use std::time::{Duration, SystemTime};

use ashlar_openpgp::{Fingerprint, Keyring, OpenPgpError, Verified};
use openpgp::Cert;
use openpgp::cert::CertBuilder;
use openpgp::packet::signature::SignatureBuilder;
use openpgp::policy::StandardPolicy;
use openpgp::serialize::Serialize as _;
use openpgp::serialize::stream::{Armorer, Message, Signer};
use openpgp::types::{ReasonForRevocation, SignatureType};
use sequoia_openpgp as openpgp;

const MADE: u64 = 1_700_000_000;
const SIGNED: u64 = MADE + 1_000;
const NOW: u64 = MADE + 10_000;
const BODY: &str = "Suite: stable\nSHA256:\n abc 1 x\n- dash\n";

fn time(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn key(valid: Option<u64>) -> Cert {
    CertBuilder::new()
        .add_userid("Archive Key <archive@example.org>")
        .set_creation_time(time(MADE))
        .set_validity_period(valid.map(Duration::from_secs))
        .add_signing_subkey()
        .generate()
        .unwrap()
        .0
}

fn fingerprint(cert: &Cert) -> Fingerprint {
    cert.fingerprint().to_hex().parse().unwrap()
}

fn keyring(certs: &[&Cert], pinned: &[&Cert]) -> Keyring {
    let mut bytes = Vec::new();
    for cert in certs {
        cert.serialize(&mut bytes).unwrap();
    }
    let pinned: Vec<Fingerprint> = pinned.iter().map(|cert| fingerprint(cert)).collect();
    Keyring::parse(&bytes, &pinned).unwrap()
}

/// The key pairs that sign: subkeys, as in the archive.
fn pair(cert: &Cert) -> openpgp::crypto::KeyPair {
    let policy = StandardPolicy::new();
    let key = cert.keys().with_policy(&policy, time(SIGNED)).secret().for_signing().next().unwrap();
    assert_ne!(key.key().fingerprint(), cert.fingerprint(), "the test needs a subkey");
    key.key().clone().into_keypair().unwrap()
}

fn sign_at(certs: &[&Cert], body: &str, detached: bool, at: u64) -> Vec<u8> {
    let mut out = Vec::new();
    let message = Message::new(&mut out);
    let message = if detached {
        Armorer::new(message).kind(openpgp::armor::Kind::Signature).build().unwrap()
    } else {
        message
    };
    let template = SignatureBuilder::new(if detached { SignatureType::Binary } else { SignatureType::Text });
    let mut signer =
        Signer::with_template(message, pair(certs[0]), template).unwrap().creation_time(time(at));
    for cert in &certs[1..] {
        signer = signer.add_signer(pair(cert)).unwrap();
    }
    let signer = if detached { signer.detached() } else { signer.cleartext() };
    let mut writer = signer.build().unwrap();
    writer.write_all(body.as_bytes()).unwrap();
    writer.finalize().unwrap();
    out
}

fn inline(certs: &[&Cert]) -> Vec<u8> {
    sign_at(certs, BODY, false, SIGNED)
}

fn revoked(cert: &Cert, at: u64, reason: ReasonForRevocation) -> Cert {
    let mut primary = cert.primary_key().key().clone().parts_into_secret().unwrap().into_keypair().unwrap();
    let signature = openpgp::cert::CertRevocationBuilder::new()
        .set_signature_creation_time(time(at))
        .unwrap()
        .set_reason_for_revocation(reason, b"")
        .unwrap()
        .build(&mut primary, cert, None)
        .unwrap();
    cert.clone().insert_packets(signature).unwrap().0
}

fn assert_good(result: Result<Verified, OpenPgpError>, signer: &Cert) {
    let verified = result.unwrap();
    assert_eq!(String::from_utf8(verified.body).unwrap().trim_end(), BODY.trim_end());
    assert_eq!(verified.signer, fingerprint(signer));
    assert_eq!(verified.created, SIGNED);
}

#[test]
fn a_good_signature_gives_the_text_its_signer_and_its_time() {
    let cert = key(None);
    assert_good(keyring(&[&cert], &[&cert]).verify_inline(&inline(&[&cert]), NOW), &cert);
}

#[test]
fn one_pinned_signature_of_two_suffices() {
    let (pinned, other) = (key(None), key(None));
    for order in [[&pinned, &other], [&other, &pinned]] {
        let text = inline(&order);
        assert_good(keyring(&[&pinned], &[&pinned]).verify_inline(&text, NOW), &pinned);
        assert_good(keyring(&[&pinned, &other], &[&pinned]).verify_inline(&text, NOW), &pinned);
    }
}

#[test]
fn another_key_of_the_keyring_does_not_count() {
    let (pinned, other) = (key(None), key(None));
    let result = keyring(&[&pinned, &other], &[&pinned]).verify_inline(&inline(&[&other]), NOW);
    assert!(matches!(result, Err(OpenPgpError::NotPinned { signers }) if signers == [fingerprint(&other)]));
}

#[test]
fn an_unknown_key_does_not_count() {
    let (pinned, other) = (key(None), key(None));
    let result = keyring(&[&pinned], &[&pinned]).verify_inline(&inline(&[&other]), NOW);
    assert!(matches!(result, Err(OpenPgpError::UnknownSigner { issuers }) if !issuers.is_empty()));
}

#[test]
fn a_forged_body_is_refused() {
    let cert = key(None);
    let text = String::from_utf8(inline(&[&cert])).unwrap();
    for (from, to) in
        [("abc", "abd"), ("stable\n", "stable\n\n"), ("SHA256:\n", "SHA256:\r\n x\n"), (" abc 1 x\n", "")]
    {
        let forged = text.replacen(from, to, 1);
        assert_ne!(forged, text);
        let result = keyring(&[&cert], &[&cert]).verify_inline(forged.as_bytes(), NOW);
        assert!(matches!(result, Err(OpenPgpError::BadSignature { .. })), "{to:?}: {result:?}");
    }
}

#[test]
fn a_signature_of_another_text_is_refused() {
    let cert = key(None);
    let ours = String::from_utf8(inline(&[&cert])).unwrap();
    let other = String::from_utf8(sign_at(&[&cert], "Suite: other\n", false, SIGNED)).unwrap();
    const MARK: &str = "-----BEGIN PGP SIGNATURE-----";
    let forged = format!("{}{MARK}{}", ours.split(MARK).next().unwrap(), other.split(MARK).nth(1).unwrap());
    let result = keyring(&[&cert], &[&cert]).verify_inline(forged.as_bytes(), NOW);
    assert!(matches!(result, Err(OpenPgpError::BadSignature { .. })), "{result:?}");
}

#[test]
fn an_expired_key_is_refused_although_it_was_alive_when_it_signed() {
    let cert = key(Some(5_000));
    let ring = keyring(&[&cert], &[&cert]);
    assert_good(ring.verify_inline(&inline(&[&cert]), MADE + 4_999), &cert);
    let result = ring.verify_inline(&inline(&[&cert]), MADE + 5_001);
    assert!(matches!(result, Err(OpenPgpError::KeyExpired { .. })), "{result:?}");
}

#[test]
fn a_key_that_had_expired_when_it_signed_is_refused() {
    let cert = key(Some(5_000));
    let text = sign_at(&[&cert], BODY, false, MADE + 6_000);
    let result = keyring(&[&cert], &[&cert]).verify_inline(&text, NOW);
    assert!(matches!(result, Err(OpenPgpError::KeyExpired { .. })), "{result:?}");
}

#[test]
fn a_revoked_key_is_refused_for_whatever_reason_and_time_it_was_revoked() {
    let cert = key(None);
    let text = inline(&[&cert]);
    for reason in [ReasonForRevocation::KeyCompromised, ReasonForRevocation::KeyRetired] {
        for at in [MADE + 500, SIGNED + 500] {
            let cert = revoked(&cert, at, reason);
            let result = keyring(&[&cert], &[&cert]).verify_inline(&text, NOW);
            assert!(matches!(result, Err(OpenPgpError::KeyRevoked { .. })), "{reason} at {at}: {result:?}");
        }
    }
}

#[test]
fn a_signature_from_the_future_is_refused() {
    let cert = key(None);
    let result = keyring(&[&cert], &[&cert]).verify_inline(&inline(&[&cert]), SIGNED - 900);
    assert!(matches!(result, Err(OpenPgpError::NotLive { .. })), "{result:?}");
}

#[test]
fn no_signature_no_text() {
    let cert = key(None);
    let ring = keyring(&[&cert], &[&cert]);
    let text = String::from_utf8(inline(&[&cert])).unwrap();
    let without = text.split("-----BEGIN PGP SIGNATURE-----").next().unwrap();
    for text in ["", BODY, without, "-----BEGIN PGP SIGNED MESSAGE-----"] {
        let result = ring.verify_inline(text.as_bytes(), NOW);
        assert!(matches!(result, Err(OpenPgpError::Frame { .. })), "{text:?}: {result:?}");
    }
    let empty = format!("{without}-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n");
    let result = ring.verify_inline(empty.as_bytes(), NOW);
    assert!(matches!(result, Err(OpenPgpError::NoSignature | OpenPgpError::Malformed { .. })), "{result:?}");
}

#[test]
fn anything_outside_of_the_frame_is_refused() {
    let cert = key(None);
    let ring = keyring(&[&cert], &[&cert]);
    let good = inline(&[&cert]);
    for (before, after) in [("Suite: evil\n", ""), ("\n", ""), ("", "Suite: evil\n"), ("", "\n")] {
        let text = [before.as_bytes(), &good, after.as_bytes()].concat();
        let result = ring.verify_inline(&text, NOW);
        assert!(matches!(result, Err(OpenPgpError::Frame { .. })), "{before:?} {after:?}: {result:?}");
    }
    let twice = [&good[..], &good[..]].concat();
    assert!(matches!(ring.verify_inline(&twice, NOW), Err(OpenPgpError::Frame { .. })));
}

#[test]
fn a_truncated_text_is_refused_at_every_byte() {
    let cert = key(None);
    let ring = keyring(&[&cert], &[&cert]);
    let good = inline(&[&cert]);
    for end in (0..good.len() - 1).step_by(7) {
        assert!(ring.verify_inline(&good[..end], NOW).is_err(), "cut at {end}");
    }
}

#[test]
fn detached_signatures() {
    let (cert, other) = (key(None), key(None));
    let ring = keyring(&[&cert, &other], &[&cert]);
    let signature = sign_at(&[&cert], BODY, true, SIGNED);
    let good = ring.verify_detached(&signature, BODY.as_bytes(), NOW).unwrap();
    assert_eq!((good.signer, good.created), (fingerprint(&cert), SIGNED));
    let result = ring.verify_detached(&signature, &BODY.as_bytes()[1..], NOW);
    assert!(matches!(result, Err(OpenPgpError::BadSignature { .. })), "{result:?}");
    let result = ring.verify_detached(&sign_at(&[&other], BODY, true, SIGNED), BODY.as_bytes(), NOW);
    assert!(matches!(result, Err(OpenPgpError::NotPinned { .. })), "{result:?}");
    let result = ring.verify_detached(b"junk", BODY.as_bytes(), NOW);
    assert!(matches!(result, Err(OpenPgpError::Malformed { .. })), "{result:?}");
    let result = ring.verify_detached(b"", BODY.as_bytes(), NOW);
    assert!(matches!(result, Err(OpenPgpError::Malformed { .. } | OpenPgpError::NoSignature)), "{result:?}");
}

#[test]
fn a_failing_reader_is_no_bad_signature() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("disk on fire"))
        }
    }
    let cert = key(None);
    let signature = sign_at(&[&cert], BODY, true, SIGNED);
    let result = keyring(&[&cert], &[&cert]).verify_detached(&signature, Broken, NOW);
    assert!(matches!(result, Err(OpenPgpError::Read { .. })), "{result:?}");
}

#[test]
fn keyrings_that_are_none() {
    let cert = key(None);
    let mut bytes = Vec::new();
    cert.serialize(&mut bytes).unwrap();
    assert!(matches!(Keyring::parse(&bytes, &[]), Err(OpenPgpError::NothingPinned)));
    let missing = fingerprint(&key(None));
    assert!(matches!(
        Keyring::parse(&bytes, &[fingerprint(&cert), missing.clone()]),
        Err(OpenPgpError::PinnedKeyMissing { fingerprint }) if fingerprint == missing
    ));
    assert!(matches!(Keyring::parse(b"junk", &[missing]), Err(OpenPgpError::Keyring { .. })));
    assert!(Keyring::parse(&bytes[..bytes.len() / 2], &[fingerprint(&cert)]).is_err() || bytes.len() < 100);
}
