// SPDX-License-Identifier: Apache-2.0 OR MIT
//! DSSE version 1, as far as the agent needs it: the message that is signed, and the envelope around it
//! (secure-systems-lab/dsse, protocol.md and envelope.md).

use serde::{Deserialize, Serialize};

use crate::{FormatError, Sha256, Signer, base64_bytes};

/// The payload type of in-toto statements.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// A payload and signatures over [`pae`] of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    /// The bytes that are attested.
    #[serde(with = "base64_bytes")]
    pub payload: Vec<u8>,
    /// How to read them, such as [`PAYLOAD_TYPE`].
    pub payload_type: String,
    /// In the order in which they were made.
    pub signatures: Vec<EnvelopeSignature>,
}

/// One signature of an [`Envelope`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeSignature {
    /// SHA-256 of the signer's SPKI.
    pub keyid: Sha256,
    /// As [`SignatureValue::to_bytes`](crate::SignatureValue::to_bytes) gives it.
    #[serde(with = "base64_bytes")]
    pub sig: Vec<u8>,
}

impl Envelope {
    /// Signs an in-toto statement.
    ///
    /// # Errors
    /// As [`Signer::sign_message`].
    pub fn seal(signer: &dyn Signer, statement: Vec<u8>) -> Result<Self, FormatError> {
        let signature = signer.sign_message(&pae(PAYLOAD_TYPE, &statement))?;
        Ok(Self {
            payload: statement,
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: vec![EnvelopeSignature {
                keyid: signer.public_key().key_id(),
                sig: signature.to_bytes(),
            }],
        })
    }
}

/// DSSE's pre-authentication encoding: the message that is signed.
#[must_use]
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut message = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    message.extend_from_slice(payload);
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_keys;

    #[test]
    fn the_message_is_that_of_the_specification() {
        // protocol.md, "Test Vectors".
        let message = pae("http://example.com/HelloWorld", b"hello world");
        assert_eq!(message, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
        assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
        assert_eq!(pae("é", b"\n"), "DSSEv1 2 é 1 \n".as_bytes());
    }

    #[test]
    fn an_envelope_is_read_as_it_was_written_and_not_otherwise() {
        let envelope = Envelope::seal(&test_keys::ecdsa(), b"{}".to_vec()).unwrap();
        let json = serde_json::to_string(&envelope).unwrap();
        assert!(json.starts_with(
            r#"{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":""#
        ));
        assert_eq!(serde_json::from_str::<Envelope>(&json).unwrap(), envelope);
        for (from, to) in
            [("e30=", "e30"), ("e30=", "e31="), ("e30=", "e3 0="), ("\"keyid\"", "\"a\":1,\"keyid\"")]
        {
            assert!(serde_json::from_str::<Envelope>(&json.replacen(from, to, 1)).is_err(), "{to}");
        }
    }
}
