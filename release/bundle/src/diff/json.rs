// SPDX-License-Identifier: Apache-2.0 OR MIT
//! JSON documents by their values: each value that holds no others is a part, named by its JSON pointer (RFC 6901).
//!
//! Only canonical JSON is taken apart, with or without a newline at its end, so that a document is a function of its
//! values. Empty objects and arrays are values too.

use ashlar_digest::to_canonical_json;
use serde_json::Value;

use super::decode::{Decoder, Part};

/// Takes apart every file whose name ends with `.json`.
#[derive(Clone, Copy, Debug)]
pub struct JsonDecoder;

impl Decoder for JsonDecoder {
    fn decode<'a>(&self, path: &str, bytes: &'a [u8]) -> Result<Option<Vec<Part<'a>>>, String> {
        if !path.ends_with(".json") {
            return Ok(None);
        }
        let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let value: Value = serde_json::from_slice(text).map_err(|cause| cause.to_string())?;
        let canonical = to_canonical_json(&value).map_err(|cause| cause.to_string())?;
        if canonical.as_bytes() != text {
            return Err("it is not canonical JSON".to_owned());
        }
        let mut parts = Vec::new();
        collect(String::new(), &value, &mut parts)?;
        if text.len() < bytes.len() {
            parts.push(Part::borrowed("newline", &bytes[text.len()..]));
        }
        Ok(Some(parts))
    }
}

/// serde_json refuses more than 128 levels, so this cannot exhaust the stack.
fn collect(pointer: String, value: &Value, parts: &mut Vec<Part<'_>>) -> Result<(), String> {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, inner) in map {
                let key = key.replace('~', "~0").replace('/', "~1").replace('!', "~2");
                collect(format!("{pointer}/{key}"), inner, parts)?;
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, inner) in items.iter().enumerate() {
                collect(format!("{pointer}/{index}"), inner, parts)?;
            }
        }
        leaf => {
            let text = to_canonical_json(leaf).map_err(|cause| cause.to_string())?;
            parts.push(Part::owned(pointer, text.into_bytes()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<(String, String)> {
        let parts = JsonDecoder.decode("boot.json", text.as_bytes()).unwrap().unwrap();
        parts
            .into_iter()
            .map(|part| (part.name, String::from_utf8(part.bytes.into_owned()).unwrap()))
            .collect()
    }

    #[test]
    fn every_value_has_its_pointer() {
        let found = parts("{\"a\":{\"b/c\":[1,\"x\"],\"d!\":null},\"e\":[],\"f\":{}}\n");
        let expected = [
            ("/a/b~1c/0", "1"),
            ("/a/b~1c/1", "\"x\""),
            ("/a/d~2", "null"),
            ("/e", "[]"),
            ("/f", "{}"),
            ("newline", "\n"),
        ];
        assert_eq!(found, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
        assert_eq!(parts("1"), [(String::new(), "1".to_owned())]);
    }

    #[test]
    fn what_is_not_canonical_is_not_taken_apart() {
        for text in
            ["{\"a\": 1}", "{\"a\":1,\"a\":1}", "{\"b\":1,\"a\":1}", "1.0", "", "{\"a\":1}\n\n", "\u{feff}1"]
        {
            assert!(JsonDecoder.decode("x.json", text.as_bytes()).is_err(), "{text:?}");
        }
        assert_eq!(JsonDecoder.decode("x.txt", b"{}"), Ok(None));
        let deep = "[".repeat(100_000);
        assert!(JsonDecoder.decode("x.json", deep.as_bytes()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic(bytes: Vec<u8>) {
            let _either = JsonDecoder.decode("x.json", &bytes);
        }
    }
}
