// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The certificates that a kernel trusts: DER one after the other, as they lie in its certificate area.
//!
//! Format: RFC 5280 §4.1. Each is bounded, and begins with `30 82`, as the kernel's loader demands.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use der::asn1::{ObjectIdentifier, OctetString};
use der::{Decode as _, Encode as _, Tag, Tagged as _};
use x509_cert::name::Name;

use crate::error::Refusal;
use crate::key::Key;

/// No certificate of a release is longer; those of RSA-4096 have about 1400 bytes.
const LIMIT: usize = 8192;

/// subjectKeyIdentifier.
const KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
/// commonName.
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// One certificate, read.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    spki: Vec<u8>,
    parsed: x509_cert::Certificate,
    key: Key,
}

/// All certificates of a release, in their order. No two have the same issuer and serial number.
#[derive(Clone, Debug)]
pub struct Certificates(Vec<Certificate>);

impl Certificates {
    /// Reads a list that holds nothing but certificates. An empty list is none.
    ///
    /// # Errors
    /// [`Refusal::CertificateList`], [`Refusal::CertificateDer`], [`Refusal::CertificateEncoding`],
    /// [`Refusal::CertificateKey`] or [`Refusal::CertificateTwice`].
    pub fn parse(der_list: &[u8]) -> Result<Self, Refusal> {
        let mut certificates = Vec::new();
        let mut signers = BTreeMap::new();
        let mut rest = der_list;
        if rest.is_empty() {
            return Err(Refusal::CertificateList { offset: 0, reason: "there is no certificate" });
        }
        while !rest.is_empty() {
            let index = certificates.len();
            let offset = der_list.len() - rest.len();
            let length = item_length(rest).map_err(|reason| Refusal::CertificateList { offset, reason })?;
            let (item, after) = rest.split_at(length);
            let certificate = Certificate::parse(item, index)?;
            let tbs = &certificate.parsed.tbs_certificate;
            let issuer = tbs.issuer.to_der().map_err(|source| Refusal::CertificateDer { index, source })?;
            if let Some(first) = signers.insert((issuer, tbs.serial_number.as_bytes().to_vec()), index) {
                return Err(Refusal::CertificateTwice { index, first });
            }
            certificates.push(certificate);
            rest = after;
        }
        Ok(Self(certificates))
    }

    /// All of them, in the order of the list.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Certificate> {
        self.0.iter()
    }

    /// The certificate at a position, from 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&Certificate> {
        self.0.get(index)
    }

    /// The one certificate with this issuer and serial number, and its position.
    pub(crate) fn find(&self, issuer: &Name, serial: &[u8]) -> Option<(usize, &Certificate)> {
        self.0.iter().enumerate().find(|(_, certificate)| {
            let tbs = &certificate.parsed.tbs_certificate;
            tbs.issuer == *issuer && tbs.serial_number.as_bytes() == serial
        })
    }
}

/// How long the first item of the list is, with its header, where it has the form that the kernel takes.
fn item_length(list: &[u8]) -> Result<usize, &'static str> {
    let [0x30, 0x82, high, low, ..] = list else {
        return Err("no DER item that begins with 30 82");
    };
    let content = usize::from(u16::from_be_bytes([*high, *low]));
    let length = content + 4;
    if content <= 0xff {
        return Err("an item whose length DER writes in fewer bytes");
    }
    if length > LIMIT {
        return Err("an item of more than 8192 bytes");
    }
    if length > list.len() {
        return Err("an item that is cut off");
    }
    Ok(length)
}

impl Certificate {
    fn parse(item: &[u8], index: usize) -> Result<Self, Refusal> {
        let wrong = |source| Refusal::CertificateDer { index, source };
        let parsed = x509_cert::Certificate::from_der(item).map_err(wrong)?;
        if parsed.to_der().map_err(wrong)? != item {
            return Err(Refusal::CertificateEncoding { index });
        }
        let spki = &parsed.tbs_certificate.subject_public_key_info;
        let key = Key::parse(spki).map_err(|reason| Refusal::CertificateKey { index, reason })?;
        Ok(Self { der: item.to_vec(), spki: spki.to_der().map_err(wrong)?, key, parsed })
    }

    /// The certificate itself.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Its `SubjectPublicKeyInfo`, DER.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Whose key it holds, as RFC 4514 writes names.
    #[must_use]
    pub fn subject(&self) -> String {
        self.parsed.tbs_certificate.subject.to_string()
    }

    /// Who issued it, as RFC 4514 writes names.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.parsed.tbs_certificate.issuer.to_string()
    }

    /// Its serial number: the content of the INTEGER.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        self.parsed.tbs_certificate.serial_number.as_bytes()
    }

    /// From when on it is valid, in seconds since 1970. The kernel does not look at it.
    #[must_use]
    pub fn not_before(&self) -> u64 {
        self.parsed.tbs_certificate.validity.not_before.to_unix_duration().as_secs()
    }

    /// What the kernel calls the key that it makes of this certificate: `<common name>: <subject key identifier>`, where the subject has a
    /// common name and nothing else, and there is an identifier (crypto/asymmetric_keys/x509_public_key.c, `x509_key_preparse`).
    #[must_use]
    pub fn key_description(&self) -> Option<String> {
        let mut extensions = self.parsed.tbs_certificate.extensions.iter().flatten();
        let identifier = extensions.find(|extension| extension.extn_id == KEY_IDENTIFIER)?;
        let identifier = OctetString::from_der(identifier.extn_value.as_bytes()).ok()?;
        Some(format!("{}: {}", self.subject_common_name()?, hex(identifier.as_bytes())))
    }

    /// The common name of its subject, where it has one and nothing else.
    pub(crate) fn subject_common_name(&self) -> Option<&str> {
        common_name(&self.parsed.tbs_certificate.subject)
    }

    /// The common name of its issuer, where it has one and nothing else.
    pub(crate) fn issuer_common_name(&self) -> Option<&str> {
        common_name(&self.parsed.tbs_certificate.issuer)
    }

    pub(crate) fn key(&self) -> &Key {
        &self.key
    }
}

fn common_name(name: &Name) -> Option<&str> {
    let [only] = name.0.as_slice() else { return None };
    let [attribute] = only.0.as_slice() else { return None };
    let text = attribute.oid == COMMON_NAME && attribute.value.tag() == Tag::Utf8String;
    std::str::from_utf8(attribute.value.value()).ok().filter(|_| text)
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Certificate")
            .field("subject", &self.subject())
            .field("issuer", &self.issuer())
            .field("serial", &hex(self.serial()))
            .finish_non_exhaustive()
    }
}

/// Lowercase hex of a serial number.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
