// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Symbols and values of Kconfig (Documentation/kbuild/kconfig-language.rst in the kernel's sources).

use std::fmt;

/// A configuration symbol, kept without its `CONFIG_` prefix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Symbol(String);

impl Symbol {
    /// Takes a name without prefix; `None` unless it is one or more of `A-Z a-z 0-9 _`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let valid = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        valid.then(|| Self(name.to_owned()))
    }

    /// The name without `CONFIG_`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a symbol is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `y`
    Yes,
    /// `m`
    Module,
    /// `n`, written as `# CONFIG_X is not set`.
    No,
    /// A string, without quotes and escapes.
    Text(String),
    /// A decimal or `0x` number, as written: Kconfig keeps the user's digits, so texts are compared.
    Number(String),
}

impl Value {
    /// The line that sets `symbol` to this value, as Kconfig writes it, without a line end.
    #[must_use]
    pub fn line(&self, symbol: &Symbol) -> String {
        match self {
            Self::Yes => format!("CONFIG_{symbol}=y"),
            Self::Module => format!("CONFIG_{symbol}=m"),
            Self::No => format!("# CONFIG_{symbol} is not set"),
            Self::Number(digits) => format!("CONFIG_{symbol}={digits}"),
            Self::Text(text) => {
                let mut escaped = String::with_capacity(text.len());
                for character in text.chars() {
                    if matches!(character, '"' | '\\') {
                        escaped.push('\\');
                    }
                    escaped.push(character);
                }
                format!("CONFIG_{symbol}=\"{escaped}\"")
            }
        }
    }

    /// Parses what stands behind `=`; the error is the byte offset in `text` and the reason.
    pub(crate) fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        match text {
            "" => return Err((0, "a value is missing behind `=`")),
            "y" => return Ok(Self::Yes),
            "m" => return Ok(Self::Module),
            "n" => return Ok(Self::No),
            _ => {}
        }
        if let Some(rest) = text.strip_prefix('"') {
            return parse_text(rest).map_err(|(offset, reason)| (offset + 1, reason));
        }
        parse_number(text)
    }
}

fn parse_text(rest: &str) -> Result<Value, (usize, &'static str)> {
    let mut value = String::new();
    let mut characters = rest.char_indices();
    while let Some((offset, character)) = characters.next() {
        match character {
            '"' if offset + 1 == rest.len() => return Ok(Value::Text(value)),
            '"' => return Err((offset + 1, "nothing may follow the closing quote")),
            '\\' => match characters.next() {
                Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                _ => return Err((offset, "only `\\\"` and `\\\\` are escapes")),
            },
            other => value.push(other),
        }
    }
    Err((rest.len(), "the closing quote is missing"))
}

fn parse_number(text: &str) -> Result<Value, (usize, &'static str)> {
    const REASON: &str = "a value is y, m, n, a quoted text, a decimal or a 0x number";
    let (offset, digits, radix) = if let Some(digits) = text.strip_prefix("0x") {
        (2, digits, 16)
    } else if let Some(digits) = text.strip_prefix('-') {
        (1, digits, 10)
    } else {
        (0, text, 10)
    };
    if digits.is_empty() {
        return Err((0, REASON));
    }
    match digits.char_indices().find(|(_, character)| !character.is_digit(radix)) {
        Some((at, _)) => Err((offset + at, REASON)),
        None => Ok(Value::Number(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_survives_writing_and_parsing() {
        let symbol = Symbol::parse("X").unwrap();
        for text in ["y", "m", "\"\"", "\"a b\"", r#""a\"b\\c""#, "0", "-1", "65536", "0x1000000"] {
            let value = Value::parse(text).unwrap();
            assert_eq!(value.line(&symbol), format!("CONFIG_X={text}"));
        }
        assert_eq!(Value::parse("n").unwrap().line(&symbol), "# CONFIG_X is not set");
        assert_eq!(Value::parse(r#""a\"b""#).unwrap(), Value::Text("a\"b".to_owned()));
    }

    #[test]
    fn malformed_values_are_refused_at_their_place() {
        for (text, offset) in [
            ("", 0),
            ("yes", 0),
            ("\"a", 2),
            ("\"a\"b", 3),
            ("\"a\\n\"", 2),
            ("0x", 0),
            ("12a", 2),
            ("y ", 0),
        ] {
            assert_eq!(Value::parse(text).unwrap_err().0, offset, "{text:?}");
        }
    }
}
