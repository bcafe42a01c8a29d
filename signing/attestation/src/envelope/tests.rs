// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Attacks on envelopes.

use ashlar_digest::Sha256;

use super::*;
use crate::foreign::{fixed_key, openssl, openssl_is_here};
use crate::{PublisherKey, RebuildStatement, SlsaProvenance, Subject, Verdict};

fn statement() -> Statement<RebuildStatement> {
    Statement {
        subjects: vec![Subject::new("manifest.json", Sha256::of(b"manifest"))],
        predicate: RebuildStatement {
            release: "ashlar-qemu-1.0.0-x86_64".to_owned(),
            manifest_sha256: Sha256::of(b"manifest"),
            verdict: Verdict::Identical,
            rebuilder: "example".to_owned(),
            checkout: Sha256::of(b"checkout"),
        },
    }
}

fn sealed(keys: &[&PublisherKey]) -> Envelope {
    let signers: Vec<&dyn StatementSigner> = keys.iter().map(|key| *key as &dyn StatementSigner).collect();
    seal(&statement(), &signers).unwrap()
}

fn refused(envelope: &Envelope, trusted: &[TrustedKey]) -> AttestationError {
    verify::<RebuildStatement>(envelope, trusted).unwrap_err()
}

#[test]
fn what_a_trusted_key_signed_is_verified() {
    let (one, two, three) = (fixed_key(1), fixed_key(2), fixed_key(3));
    let envelope = sealed(&[&two, &one, &one]);
    let trusted = [one.public().clone(), two.public().clone(), three.public().clone()];
    let verified = verify::<RebuildStatement>(&envelope, &trusted).unwrap();
    assert_eq!(verified.statement(), &statement());
    let mut keys = [one.key_id(), two.key_id()];
    keys.sort();
    assert_eq!(verified.keys(), keys);
    // A signature of a key that nobody here knows does no harm.
    assert_eq!(verify::<RebuildStatement>(&envelope, &trusted[..1]).unwrap().keys(), [one.key_id()]);
    let text = to_json(&envelope).unwrap();
    assert_eq!(from_json(text.as_bytes()).unwrap(), envelope);
}

#[test]
fn openssl_verifies_what_is_in_an_envelope() {
    if !openssl_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let key = fixed_key(1);
    let envelope = sealed(&[&key]);
    std::fs::write(folder.path().join("key.der"), key.public().spki()).unwrap();
    std::fs::write(folder.path().join("sig"), &envelope.signatures[0].sig).unwrap();
    let mut message =
        format!("DSSEv1 28 application/vnd.in-toto+json {} ", envelope.payload.len()).into_bytes();
    message.extend_from_slice(&envelope.payload);
    std::fs::write(folder.path().join("message"), message).unwrap();
    let said = openssl(folder.path(), "dgst -sha512 -verify key.der -keyform DER -signature sig message");
    assert!(said.contains("Verified OK"), "{said}");
}

#[test]
fn an_envelope_without_signatures_is_read_but_never_verified() {
    let key = fixed_key(1);
    let envelope = sealed(&[]);
    assert_eq!(refused(&envelope, &[key.public().clone()]), AttestationError::NoSignature);
    assert_eq!(refused(&envelope, &[]), AttestationError::NoSignature);
    assert_eq!(read::<RebuildStatement>(&envelope).unwrap().claim(), &statement());
}

#[test]
fn a_signature_of_an_unknown_key_proves_nothing() {
    let (one, two) = (fixed_key(1), fixed_key(2));
    let claimed = vec![one.key_id().to_string()];
    let expected = AttestationError::NoTrustedSignature { claimed };
    assert_eq!(refused(&sealed(&[&one]), &[two.public().clone()]), expected);
    assert_eq!(refused(&sealed(&[&one]), &[]), expected);
}

#[test]
fn a_key_id_of_another_key_does_not_help() {
    let (one, two) = (fixed_key(1), fixed_key(2));
    let mut envelope = sealed(&[&one]);
    envelope.signatures[0].keyid = WireDigest::from_bytes(*two.key_id().sha256().as_bytes());
    let expected = AttestationError::SignatureMismatch { key: two.key_id() };
    assert_eq!(refused(&envelope, &[one.public().clone(), two.public().clone()]), expected);
    // Nor does a good signature next to it.
    envelope.signatures.push(sealed(&[&one]).signatures.remove(0));
    assert_eq!(refused(&envelope, &[one.public().clone(), two.public().clone()]), expected);
}

#[test]
fn a_tampered_payload_is_refused() {
    let key = fixed_key(1);
    let mut envelope = sealed(&[&key]);
    let text = String::from_utf8(envelope.payload).unwrap();
    envelope.payload = text.replace("1.0.0", "6.6.6").into_bytes();
    assert_eq!(
        refused(&envelope, &[key.public().clone()]),
        AttestationError::SignatureMismatch { key: key.key_id() }
    );
}

#[test]
fn payload_type_confusion_is_refused() {
    let key = fixed_key(1);
    let trusted = [key.public().clone()];
    // The same payload, signed under another type, is not a statement.
    let mut envelope = sealed(&[&key]);
    envelope.payload_type = "application/json".to_owned();
    envelope.signatures[0].sig =
        key.sign(&pae("application/json", &envelope.payload)).unwrap().as_der().to_vec();
    assert!(matches!(refused(&envelope, &trusted), AttestationError::PayloadType { .. }));
    assert!(read::<RebuildStatement>(&envelope).is_err());
    // And its signature does not hold under the type of statements.
    envelope.payload_type = PAYLOAD_TYPE.to_owned();
    assert!(matches!(refused(&envelope, &trusted), AttestationError::SignatureMismatch { .. }));
}

#[test]
fn pae_confusion_is_refused() {
    let key = fixed_key(1);
    let trusted = [key.public().clone()];
    let mut envelope = sealed(&[&key]);
    // A signature over the bare payload (as over a manifest) is none of an envelope, nor the reverse.
    let bare = key.sign(&envelope.payload).unwrap();
    assert!(key.public().verify(&envelope.payload, &bare).is_ok());
    let ours = DetachedSignature::from_der(&envelope.signatures[0].sig).unwrap();
    assert!(key.public().verify(&envelope.payload, &ours).is_err());
    envelope.signatures[0].sig = bare.as_der().to_vec();
    assert!(matches!(refused(&envelope, &trusted), AttestationError::SignatureMismatch { .. }));
    // Bytes moved from the payload into its type give another message, since both lengths are in it.
    let whole = pae("a b", b"c");
    assert_ne!(whole, pae("a", b"b c"));
    assert_ne!(pae("a", b"1 b"), pae("a 3 1", b"b"));
}

#[test]
fn a_high_s_is_refused() {
    let key = fixed_key(1);
    let mut envelope = sealed(&[&key]);
    let low = DetachedSignature::from_der(&envelope.signatures[0].sig).unwrap();
    let (r, s) = low.value().split_scalars();
    let high = p384::ecdsa::Signature::from_scalars(*r, -*s).unwrap().to_der();
    assert_eq!(DetachedSignature::lower_from_der(high.as_bytes()).unwrap(), low);
    envelope.signatures[0].sig = high.as_bytes().to_vec();
    assert_eq!(
        refused(&envelope, &[key.public().clone()]),
        AttestationError::SignatureEncoding(crate::SignatureFault::HighS)
    );
}

#[test]
fn a_statement_of_another_predicate_is_refused_though_it_is_signed() {
    let key = fixed_key(1);
    let error = verify::<SlsaProvenance>(&sealed(&[&key]), &[key.public().clone()]).unwrap_err();
    assert!(matches!(error, AttestationError::StatementType { .. }), "{error}");
}

#[test]
fn an_envelope_that_can_be_read_in_two_ways_is_refused() {
    let text = to_json(&sealed(&[&fixed_key(1)])).unwrap();
    let payload = "{\"payload\":\"e30=\",";
    for changed in [
        text.replacen('{', payload, 1),
        text.replacen("\"keyid\"", "\"cert\":\"x\",\"keyid\"", 1),
        text.replacen('{', "{\"Payload\":\"\",", 1),
        text.replacen("\"payload\"", "\"payLoad\"", 1),
        format!("{text}{text}"),
        text.replacen("\"sig\":\"", "\"sig\":\" ", 1),
        "[]".to_owned(),
        String::new(),
    ] {
        let error = from_json(changed.as_bytes()).unwrap_err();
        assert!(matches!(error, AttestationError::Envelope(_)), "{changed}");
    }
}

#[test]
fn a_file_of_envelopes_is_read_line_by_line() {
    let envelopes = [sealed(&[&fixed_key(1)]), sealed(&[])];
    let text = to_lines(&envelopes).unwrap();
    assert_eq!(text.lines().count(), 2);
    assert_eq!(from_lines(text.as_bytes()).unwrap(), envelopes);
    for (changed, line) in [(text.replacen("payload", "p", 1), 1), (format!("{text}\n"), 3)] {
        let error = from_lines(changed.as_bytes()).unwrap_err();
        assert!(matches!(error, AttestationError::Line { line: found, .. } if found == line), "{error}");
    }
    assert!(from_lines(b"").is_err());
    assert!(from_lines(text.trim_end().as_bytes()).is_err());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]
    #[test]
    fn no_bytes_make_the_readers_panic_and_no_change_is_verified(bytes: Vec<u8>, at in 0_usize..900, byte: u8) {
        let key = fixed_key(1);
        let _either = from_lines(&bytes);
        let original = sealed(&[&key]);
        let mut text = to_json(&original).unwrap().into_bytes();
        if let Some(place) = text.get_mut(at) {
            *place = byte;
        }
        if let Ok(envelope) = from_json(&text)
            && let Ok(verified) = verify::<RebuildStatement>(&envelope, &[key.public().clone()])
        {
            proptest::prop_assert_eq!(verified.statement(), &statement());
        }
    }
}
