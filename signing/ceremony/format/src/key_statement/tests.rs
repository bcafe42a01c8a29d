// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The one form of the key statement, and statements that lie.

use super::*;
use crate::{Commitment, Envelope, Signer as _, pae, test_keys};

fn statement() -> KeyStatement {
    let modules = [ModuleDigest::of(b"one"), ModuleDigest::of(b"two")];
    KeyStatement {
        agent_sha256: Sha256::of(b"agent"),
        algorithm: Algorithm::P384,
        certificate_sha256: Sha256::of(b"certificate"),
        committed: 2,
        committed_sha256: Commitment::new(modules).unwrap().sha256(),
        epoch: 1_767_225_600,
        hardening: vec!["seccomp".to_owned(), "landlock".to_owned()],
        last: true,
        memory: Memory::Mlock,
        release: test_keys::release(),
        signed: modules.map(|module| SignedModule { module, signature: Sha256::of(b"cms") }).to_vec(),
        spki_sha256: test_keys::ecdsa().public_key().key_id(),
    }
}

fn text() -> String {
    String::from_utf8(statement_payload(&statement()).unwrap()).unwrap()
}

/// Whether the keys of every object are in ascending order, by a reader that keeps the order of the text.
fn assert_keys_ascend(text: &str) {
    let mut open: Vec<Option<String>> = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        match character {
            '{' => open.push(None),
            '}' => drop(open.pop()),
            '"' => {
                let end = rest[1..].find('"').unwrap() + 1;
                if rest[end + 1..].starts_with(':') {
                    let key = rest[1..end].to_owned();
                    let last = open.last_mut().unwrap();
                    assert!(last.as_ref().is_none_or(|before| *before < key), "{last:?} {key}");
                    *last = Some(key);
                }
                rest = &rest[end..];
            }
            white => assert!(!white.is_whitespace()),
        }
        rest = &rest[1..];
    }
    assert!(open.is_empty());
}

#[test]
fn the_payload_has_one_form() {
    assert_keys_ascend(&text());
    assert!(
        text().starts_with(r#"{"_type":"https://in-toto.io/Statement/v1","predicate":{"agent_sha256":""#)
    );
    let first = statement().signed.swap_remove(0);
    let subject = format!(
        r#""subject":[{{"digest":{{"sha256":"{}"}},"name":"signatures/{}.p7s"}},"#,
        first.signature, first.module
    );
    assert!(text().contains(&subject), "{}", text());
    assert!(text().contains(r#""predicateType":"https://ashlar.invalid/attestation/key-statement/v1","#));
    assert_eq!(
        Sha256::of(text().as_bytes()).to_string(),
        "30c2e95092d2e17fb5a737a899379b52857052e82e38b92c10cfdec0314e5fc6"
    );
}

#[test]
fn a_statement_is_read_as_it_was_written() {
    assert_eq!(parse_statement(text().as_bytes()).unwrap(), statement());
}

#[test]
fn a_statement_that_was_changed_or_written_otherwise_is_refused() {
    let other = Sha256::of(b"other").to_string();
    let subjects = text().find("\"subject\"").unwrap();
    let mut hidden = text();
    let cms = Sha256::of(b"cms").to_string();
    let at = subjects + hidden[subjects..].find(&cms).unwrap();
    hidden.replace_range(at..at + 64, &other);
    let wrong = [
        hidden,
        text().replace("\"last\":true", "\"last\":false"),
        text().replace("\"last\":true,", ""),
        text().replace("Statement/v1", "Statement/v0.1"),
        text().replace("key-statement/v1", "key-statement/v2"),
        text().replace("\"epoch\":", "\"epoch\": "),
        text().replace("\"epoch\":", "\"more\":1,\"epoch\":"),
        text().replace("\"mlock\"", "\"\\u006dlock\""),
        format!("{}\n", text()),
        format!("{}{{}}", text()),
        String::new(),
    ];
    for payload in wrong {
        assert!(parse_statement(payload.as_bytes()).is_err(), "{payload}");
    }
}

#[test]
fn a_statement_that_is_not_the_last_is_not_written() {
    let more = KeyStatement { last: false, ..statement() };
    assert!(matches!(statement_payload(&more), Err(FormatError::Statement { .. })));
}

#[test]
fn openssl_verifies_the_sealed_statement() {
    use crate::foreign::{openssl, openssl_is_here};
    if !openssl_is_here() {
        return;
    }
    for signer in [&test_keys::ecdsa() as &dyn crate::Signer, &test_keys::rsa()] {
        let envelope = Envelope::seal(signer, statement_payload(&statement()).unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        write("key.der", signer.public_key().spki_der());
        write("signature", &envelope.signatures[0].sig);
        write("message", &pae(&envelope.payload_type, &envelope.payload));
        assert!(
            openssl(
                folder.path(),
                &["pkey", "-pubin", "-inform", "DER", "-in", "key.der", "-out", "key.pem"]
            )
            .0
        );
        let verify = ["dgst", "-sha512", "-verify", "key.pem", "-signature", "signature", "message"];
        let (verified, said) = openssl(folder.path(), &verify);
        assert!(verified && said.contains("Verified OK"), "{said}");
        write("message", &envelope.payload);
        assert!(!openssl(folder.path(), &verify).0);
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic_and_only_the_canonical_form_is_read(
        noise in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        (at, value) in (proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<u8>()),
    ) {
        let mut mutated = text().into_bytes();
        let at = at.index(mutated.len());
        mutated[at] = value;
        for payload in [noise, mutated] {
            if let Ok(statement) = parse_statement(&payload) {
                proptest::prop_assert_eq!(statement_payload(&statement).unwrap(), payload);
            }
        }
    }
}
