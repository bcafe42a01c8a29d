// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The form that the kernel's loader wants certificates in (x509_load_certificate_list of crypto/asymmetric_keys):
//! DER items one after the other, each with a length of two bytes, which means more than 255 bytes of content.
//!
//! The loader only logs what it cannot read and stops there, so a list that is not clean leaves the machine
//! without keys. What is inside of the items is the business of ashlar-signature-verifier.

use crate::error::KernelImageError;

/// Checks that `list` is one or more such items and nothing else.
pub(crate) fn check(list: &[u8]) -> Result<(), KernelImageError> {
    let fault = |offset, reason| Err(KernelImageError::Certificates { offset, reason });
    if list.is_empty() {
        return fault(0, "there is no certificate");
    }
    let mut rest = list;
    while !rest.is_empty() {
        let offset = list.len() - rest.len();
        let [0x30, 0x82, high, low, after @ ..] = rest else {
            return fault(offset, "no DER item that begins with 30 82");
        };
        let length = u16::from_be_bytes([*high, *low]);
        if length <= 0xff {
            return fault(offset, "an item whose length DER writes in fewer bytes");
        }
        let Some(next) = after.get(usize::from(length)..) else {
            return fault(offset, "an item that is cut off");
        };
        rest = next;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::certificate;

    fn reason(list: &[u8]) -> (usize, &'static str) {
        match check(list) {
            Err(KernelImageError::Certificates { offset, reason }) => (offset, reason),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_and_many_items_are_taken() {
        check(&certificate(256, 1)).unwrap();
        check(&[certificate(256, 1), certificate(65535, 2), certificate(300, 3)].concat()).unwrap();
    }

    #[test]
    fn a_list_that_the_loader_would_stop_in_is_refused() {
        let good = certificate(300, 7);
        let after = |bytes: &[u8]| [&good, bytes].concat();
        assert_eq!(reason(&[]), (0, "there is no certificate"));
        assert_eq!(reason(b"-----BEGIN CERTIFICATE-----"), (0, "no DER item that begins with 30 82"));
        assert_eq!(reason(&[0x30, 0x81, 0x80]), (0, "no DER item that begins with 30 82"));
        assert_eq!(reason(&[0x31, 0x82, 1, 0]), (0, "no DER item that begins with 30 82"));
        assert_eq!(reason(&after(&[0])), (304, "no DER item that begins with 30 82"));
        assert_eq!(reason(&after(&[0x30, 0x82, 1])), (304, "no DER item that begins with 30 82"));
        assert_eq!(
            reason(&after(&[0x30, 0x82, 0, 0xff])),
            (304, "an item whose length DER writes in fewer bytes")
        );
        assert_eq!(reason(&after(&good[..303])), (304, "an item that is cut off"));
    }
}
