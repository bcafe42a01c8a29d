// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A signed module: `module`, what was signed, and `signature`, the appended CMS with its trailer.

use ashlar_release_bundle::diff::{Decoder, Part};
use ashlar_signature_verifier::split;

/// Takes apart every file whose name ends with `.ko`. One without a signature cannot be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ModuleDecoder;

impl Decoder for ModuleDecoder {
    fn decode<'a>(&self, path: &str, bytes: &'a [u8]) -> Result<Option<Vec<Part<'a>>>, String> {
        if !path.ends_with(".ko") {
            return Ok(None);
        }
        let signed = split(bytes).map_err(|cause| cause.to_string())?;
        let signature = bytes.get(signed.module.len()..).unwrap_or_default();
        Ok(Some(vec![Part::borrowed("module", signed.module), Part::borrowed("signature", signature)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(module: &[u8], cms: &[u8]) -> Vec<u8> {
        let length = u32::try_from(cms.len()).unwrap().to_be_bytes();
        [module, cms, &[0, 0, 2, 0, 0, 0, 0, 0], &length, b"~Module signature appended~\n"].concat()
    }

    #[test]
    fn a_module_is_apart_from_its_signature() {
        let (one, two) = (signed(b"code", b"one"), signed(b"code", b"other"));
        let parts = |bytes| ModuleDecoder.decode("root.erofs!usr/lib/x.ko", bytes).unwrap().unwrap();
        assert_eq!(parts(&one)[0], Part::borrowed("module", b"code"));
        assert_eq!(parts(&one)[0], parts(&two)[0]);
        assert_eq!(parts(&one)[1], Part::borrowed("signature", &one[4..]));
        assert_eq!(parts(&signed(b"cope", b"one"))[0], Part::borrowed("module", b"cope"));
    }

    #[test]
    fn a_module_that_is_unsigned_or_signed_twice_is_refused() {
        assert_eq!(ModuleDecoder.decode("vmlinuz", b"code"), Ok(None));
        for bytes in [b"code".to_vec(), signed(&signed(b"code", b"one"), b"two")] {
            assert!(ModuleDecoder.decode("x.ko", &bytes).is_err());
        }
    }
}
