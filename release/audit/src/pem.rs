// SPDX-License-Identifier: Apache-2.0 OR MIT
//! PEM certificates in their one strict form (RFC 7468 §3, "stricttextualmsg"): lines of 64 columns, `\n`, nothing
//! between the blocks.
//!
//! A file in another form could carry a message, and two files could hold the same certificates.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::AuditError;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----\n";
const END: &str = "-----END CERTIFICATE-----\n";
const COLUMNS: usize = 64;

/// The DER of each certificate.
///
/// # Errors
/// [`AuditError::Document`] for anything that is not strict PEM.
pub fn certificates(bytes: &[u8]) -> Result<Vec<Vec<u8>>, AuditError> {
    let wrong = |reason: &str| AuditError::Document { reason: reason.to_owned() };
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("it is not text"))?;
    let mut result = Vec::new();
    for block in text.split_inclusive(END) {
        let body = block.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
        let body = body.ok_or_else(|| wrong("it is not one PEM certificate after the other"))?;
        let der = STANDARD
            .decode(body.replace('\n', ""))
            .map_err(|_| wrong("a certificate in it is not base64"))?;
        if encode(&der) != block {
            return Err(wrong("a certificate in it is not written as strict PEM"));
        }
        result.push(der);
    }
    Ok(result)
}

/// One certificate in its strict form.
pub(crate) fn encode(der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut text = BEGIN.to_owned();
    for line in base64.as_bytes().chunks(COLUMNS) {
        text.extend(line.iter().map(|byte| char::from(*byte)));
        text.push('\n');
    }
    text + END
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_strictly_is_read_and_nothing_else() {
        let text = encode(&[7; 100]) + &encode(&[8; 48]);
        assert_eq!(certificates(text.as_bytes()).unwrap(), [vec![7; 100], vec![8; 48]]);
        for bad in [
            text.replacen('\n', "\r\n", 1),
            text.replacen("BwcH", "Bwc\nH", 1),
            format!("hello\n{text}"),
            format!("{text}\n"),
            text.replace("CERTIFICATE", "X509 CRL"),
            text.replacen("BwcH", "BwcH ", 1),
            text.trim_end().to_owned(),
        ] {
            assert!(certificates(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn hostile_texts_never_panic(noise: Vec<u8>, at: u8, value: u8) {
            drop(certificates(&noise));
            let mut bytes = encode(&[7; 100]).into_bytes();
            let at = usize::from(at) % bytes.len();
            bytes[at] = value;
            drop(certificates(&bytes));
        }
    }
}
