// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files of `KEY=value` lines: os-release(5) and its sisters. Each line is a part, named by its key.
//!
//! Taken apart are files that end with a newline and whose every line is one assignment; the order of keys is the order
//! of parts, so nothing gets lost.

use super::decode::{Decoder, Part};

/// Takes apart os-release, extension-release and the `.osrel` section of a unified kernel image.
#[derive(Clone, Copy, Debug)]
pub struct KeyValueDecoder;

impl Decoder for KeyValueDecoder {
    fn decode<'a>(&self, path: &str, bytes: &'a [u8]) -> Result<Option<Vec<Part<'a>>>, String> {
        let name = path.rsplit(['!', '/']).next().unwrap_or_default();
        if name != "os-release" && name != ".osrel" && !name.starts_with("extension-release.") {
            return Ok(None);
        }
        let text = std::str::from_utf8(bytes).map_err(|cause| cause.to_string())?;
        let body = text.strip_suffix('\n').ok_or("it does not end with a newline")?;
        let line = |(number, line): (usize, &'a str)| {
            let (key, value) =
                line.split_once('=').ok_or_else(|| format!("line {number} is no assignment"))?;
            let good = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if key.is_empty() || !good {
                return Err(format!("line {number} has no key"));
            }
            Ok(Part::borrowed(key, value.as_bytes()))
        };
        (1..).zip(body.split('\n')).map(line).collect::<Result<_, _>>().map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_part() {
        let text = b"ID=ashlar\nVERSION_ID=\"1=0\"\n";
        for path in
            ["root.erofs!usr/lib/os-release", "q.efi!.osrel", "e.raw!usr/lib/x/extension-release.debug"]
        {
            let parts = KeyValueDecoder.decode(path, text).unwrap().unwrap();
            assert_eq!(parts, [Part::borrowed("ID", b"ashlar"), Part::borrowed("VERSION_ID", b"\"1=0\"")]);
        }
        assert_eq!(KeyValueDecoder.decode("cmdline", text), Ok(None));
    }

    #[test]
    fn every_other_form_is_refused() {
        for text in ["", "\n", "ID=a", "# a\nID=a\n", "ID=a\n\n", "=a\n", "ID\n", "I D=a\n", "I!D=a\n"] {
            assert!(KeyValueDecoder.decode("os-release", text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(KeyValueDecoder.decode("os-release", &[0xff, b'\n']).is_err());
    }
}
