// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The one JSON encoding that identities are computed over.
//!
//! A strict subset of RFC 8785 (JSON Canonicalization Scheme): no floats, no integer beyond 2^53 - 1 (RFC 8785
//! would round it, and two values would share one identity), object keys in ascending order of their UTF-16
//! code units, no white space. Everything else is as RFC 8785 §3.2.2 says.

use serde_json::Value;

/// The greatest integer that every JSON reader keeps exactly (RFC 7493 §2.2).
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Why a value has no canonical encoding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// A number that is not an integer.
    #[error("the number {0} is not an integer; write it as a string")]
    NotAnInteger(String),
    /// An integer beyond ±(2^53 - 1).
    #[error("the integer {0} is beyond 2^53 - 1; write it as a string")]
    TooLarge(String),
}

/// Encodes `value` canonically.
///
/// # Errors
/// If a number in it is a float or beyond ±(2^53 - 1).
pub fn to_canonical_json(value: &Value) -> Result<String, CanonicalError> {
    let mut writer = CanonicalWriter::default();
    writer.value(value)?;
    Ok(writer.finish())
}

/// Writes the canonical encoding piece by piece: for whoever encodes so much that making a [`Value`] first is felt.
///
/// Pieces stand one behind the other as they are written; only arrays and objects put anything between them.
#[derive(Debug, Default)]
pub struct CanonicalWriter {
    out: String,
}

/// What writes a member of an object.
pub type Member<'a> = &'a dyn Fn(&mut CanonicalWriter) -> Result<(), CanonicalError>;

impl CanonicalWriter {
    /// Everything written so far.
    #[must_use]
    pub fn finish(self) -> String {
        self.out
    }

    /// A whole value.
    ///
    /// # Errors
    /// As [`to_canonical_json`].
    pub fn value(&mut self, value: &Value) -> Result<(), CanonicalError> {
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(true) => self.out.push_str("true"),
            Value::Bool(false) => self.out.push_str("false"),
            Value::Number(number) => {
                let magnitude = number
                    .as_u64()
                    .or_else(|| number.as_i64().map(i64::unsigned_abs))
                    .ok_or_else(|| CanonicalError::NotAnInteger(number.to_string()))?;
                if magnitude > MAX_INTEGER {
                    return Err(CanonicalError::TooLarge(number.to_string()));
                }
                self.out.push_str(&number.to_string());
            }
            Value::String(text) => self.text(text),
            Value::Array(items) => self.array(items, Self::value)?,
            Value::Object(map) => {
                self.object(map.iter().map(|(key, item)| (key.as_str(), item)), Self::value)?;
            }
        }
        Ok(())
    }

    /// A string.
    pub fn text(&mut self, text: &str) {
        write_string(text, &mut self.out);
    }

    /// An array whose items `write` writes.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn array<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Result<(), CanonicalError>,
    ) -> Result<(), CanonicalError> {
        self.out.push('[');
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            write(self, item)?;
        }
        self.out.push(']');
        Ok(())
    }

    /// An object whose members `write` writes, in the order that their keys must have. No key is given twice.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn object<'k, T>(
        &mut self,
        entries: impl IntoIterator<Item = (&'k str, T)>,
        mut write: impl FnMut(&mut Self, T) -> Result<(), CanonicalError>,
    ) -> Result<(), CanonicalError> {
        let mut entries: Vec<(&str, T)> = entries.into_iter().collect();
        // Of ASCII texts, the bytes are the UTF-16 code units.
        entries.sort_by(|(a, _), (b, _)| match a.is_ascii() && b.is_ascii() {
            true => a.cmp(b),
            false => a.encode_utf16().cmp(b.encode_utf16()),
        });
        self.out.push('{');
        for (index, (key, item)) in entries.into_iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.text(key);
            self.out.push(':');
            write(self, item)?;
        }
        self.out.push('}');
        Ok(())
    }

    /// An object of members of different kinds.
    ///
    /// # Errors
    /// Those of the members.
    pub fn members<const N: usize>(
        &mut self,
        members: [(&str, Member<'_>); N],
    ) -> Result<(), CanonicalError> {
        self.object(members, |writer, member| member(writer))
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    // What needs no escape is copied in one piece; what does is ASCII, so that the text may be cut there.
    while let Some(at) = rest.bytes().position(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        let (plain, escaped) = rest.split_at(at);
        let (character, after) = escaped.split_at(1);
        out.push_str(plain);
        match character {
            "\"" => out.push_str("\\\""),
            "\\" => out.push_str("\\\\"),
            "\u{8}" => out.push_str("\\b"),
            "\u{9}" => out.push_str("\\t"),
            "\u{a}" => out.push_str("\\n"),
            "\u{c}" => out.push_str("\\f"),
            "\u{d}" => out.push_str("\\r"),
            control => {
                const DIGITS: &[u8; 16] = b"0123456789abcdef";
                let control = control.as_bytes()[0];
                out.push_str("\\u00");
                out.push(char::from(DIGITS[usize::from(control >> 4)]));
                out.push(char::from(DIGITS[usize::from(control & 15)]));
            }
        }
        rest = after;
    }
    out.push_str(rest);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_and_nothing_is_padded() {
        let value = json!({"b": [1, -2, true, null], "a": {"é": "x", "z": ""}});
        assert_eq!(to_canonical_json(&value).unwrap(), r#"{"a":{"z":"","é":"x"},"b":[1,-2,true,null]}"#);
    }

    #[test]
    fn keys_sort_by_utf16_not_by_utf8() {
        // U+FF61 sorts after U+1F600 (a surrogate pair from D83D) in UTF-16, before it in UTF-8.
        let value = json!({"\u{ff61}": 1, "\u{1f600}": 2});
        assert_eq!(to_canonical_json(&value).unwrap(), "{\"\u{1f600}\":2,\"\u{ff61}\":1}");
    }

    #[test]
    fn control_characters_are_escaped_as_rfc_8785_says() {
        assert_eq!(
            to_canonical_json(&json!("a\"\\\n\u{1}\u{7f}/")).unwrap(),
            "\"a\\\"\\\\\\n\\u0001\u{7f}/\""
        );
    }

    #[test]
    fn numbers_that_readers_would_round_are_refused() {
        assert!(matches!(to_canonical_json(&json!(1.5)), Err(CanonicalError::NotAnInteger(_))));
        assert!(matches!(to_canonical_json(&json!(1.0)), Err(CanonicalError::NotAnInteger(_))));
        assert!(matches!(to_canonical_json(&json!(1_u64 << 53)), Err(CanonicalError::TooLarge(_))));
        assert!(matches!(to_canonical_json(&json!(i64::MIN)), Err(CanonicalError::TooLarge(_))));
        assert_eq!(to_canonical_json(&json!((1_u64 << 53) - 1)).unwrap(), "9007199254740991");
    }
}
