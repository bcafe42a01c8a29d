// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which algorithm an AlgorithmIdentifier names (RFC 5280 §4.1.1.2), in words that a reader of messages knows.

use p384::pkcs8::AlgorithmIdentifierRef;
use p384::pkcs8::ObjectIdentifier;

use crate::error::KeyFault;

const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(crate) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// Algorithms and curves that people have keys of.
const NAMES: &[(ObjectIdentifier, &str)] = &[
    (RSA, "an RSA key"),
    (ObjectIdentifier::new_unwrap("1.3.101.112"), "an Ed25519 key"),
    (ObjectIdentifier::new_unwrap("1.3.101.113"), "an Ed448 key"),
    (ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), "an EC key on P-256"),
    (ObjectIdentifier::new_unwrap("1.3.132.0.35"), "an EC key on P-521"),
    (ObjectIdentifier::new_unwrap("1.3.132.0.10"), "an EC key on secp256k1"),
];

/// Refuses everything but EC on P-384.
pub(crate) fn require_p384(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<(), KeyFault> {
    if algorithm.oid != EC {
        return Err(named(algorithm.oid, "a key of the algorithm"));
    }
    match algorithm.parameters_oid() {
        Ok(curve) => require_p384_curve(curve),
        Err(_) => Err(KeyFault::Algorithm("an EC key without a named curve".to_owned())),
    }
}

/// Refuses every curve but P-384.
pub(crate) fn require_p384_curve(curve: ObjectIdentifier) -> Result<(), KeyFault> {
    if curve == P384 { Ok(()) } else { Err(named(curve, "an EC key on the curve")) }
}

fn named(identifier: ObjectIdentifier, otherwise: &str) -> KeyFault {
    let name = NAMES.iter().find(|(known, _)| *known == identifier);
    KeyFault::Algorithm(
        name.map_or_else(|| format!("{otherwise} {identifier}"), |(_, name)| (*name).to_owned()),
    )
}
