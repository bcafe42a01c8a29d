// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The line syntax that fragments and resolved configurations share.
//!
//! ```text
//! CONFIG_NAME=y|m|n|"text"|123|-1|0x1f
//! # CONFIG_NAME is not set
//! # any other comment, as long as it does not look like a setting
//! ```

use std::collections::BTreeMap;

use crate::{ConfigError, Symbol, Value};

/// Parses all lines of `text`; the map gives each symbol's value and line.
pub(crate) fn parse_lines(
    file: &str,
    text: &str,
) -> Result<BTreeMap<Symbol, (Value, usize)>, Vec<ConfigError>> {
    let mut settings: BTreeMap<Symbol, (Value, usize)> = BTreeMap::new();
    let mut errors = Vec::new();
    for (index, content) in text.split('\n').enumerate() {
        let line = index + 1;
        match parse_line(content) {
            Ok(None) => {}
            Ok(Some((symbol, value))) => match settings.get(&symbol) {
                Some((_, first_line)) => errors.push(ConfigError::Duplicate {
                    file: file.to_owned(),
                    line,
                    first_line: *first_line,
                    symbol,
                }),
                None => {
                    settings.insert(symbol, (value, line));
                }
            },
            Err((offset, reason)) => errors.push(ConfigError::Malformed {
                file: file.to_owned(),
                line,
                column: content[..offset].chars().count() + 1,
                reason,
            }),
        }
    }
    if errors.is_empty() { Ok(settings) } else { Err(errors) }
}

fn parse_line(content: &str) -> Result<Option<(Symbol, Value)>, (usize, &'static str)> {
    if content.is_empty() {
        return Ok(None);
    }
    if let Some(at) = content.find('\r') {
        return Err((at, "a carriage return; lines end with a line feed alone"));
    }
    if let Some(comment) = content.strip_prefix('#') {
        return parse_comment(content, comment);
    }
    let Some(rest) = content.strip_prefix("CONFIG_") else {
        return Err((0, "a line begins with `CONFIG_` or `#`"));
    };
    let name_end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let at = "CONFIG_".len() + name_end;
    let Some(symbol) = Symbol::parse(&rest[..name_end]) else {
        return Err((at, "the symbol's name is missing"));
    };
    let Some(value) = rest[name_end..].strip_prefix('=') else {
        return Err((at, "`=` is expected behind the symbol"));
    };
    match Value::parse(value) {
        Ok(value) => Ok(Some((symbol, value))),
        Err((offset, reason)) => Err((at + 1 + offset, reason)),
    }
}

/// A comment that nearly is a setting is a mistake: Kconfig would ignore it in silence.
fn parse_comment(content: &str, comment: &str) -> Result<Option<(Symbol, Value)>, (usize, &'static str)> {
    const REASON: &str = "this comment looks like a setting but is not `# CONFIG_NAME is not set`";
    let Some(rest) = comment.trim_start().strip_prefix("CONFIG_") else {
        return Ok(None);
    };
    let start = content.len() - rest.len();
    if !comment.starts_with(" CONFIG_") {
        return Err((1, REASON));
    }
    let Some(name) = rest.strip_suffix(" is not set") else {
        return Err((start, REASON));
    };
    Symbol::parse(name).map(|symbol| Some((symbol, Value::No))).ok_or((start, REASON))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_lines_name_line_and_column() {
        for (text, line, column) in [
            ("X=y", 1, 1),
            ("\nCONFIG_=y", 2, 8),
            ("CONFIG_A y", 1, 9),
            ("CONFIG_A=", 1, 10),
            ("CONFIG_A=yes", 1, 10),
            (" CONFIG_A=y", 1, 1),
            ("CONFIG_A=y\r", 1, 11),
            ("CONFIG_A=y # why", 1, 10),
            ("CONFIG_A=\"é", 1, 12),
            ("#CONFIG_A is not set", 1, 2),
            ("#  CONFIG_A is not set", 1, 2),
            ("# CONFIG_A is not set ", 1, 10),
            ("# CONFIG_A=y", 1, 10),
        ] {
            let errors = parse_lines("f", text).unwrap_err();
            assert_eq!(errors.len(), 1, "{text:?}");
            let place = format!("f:{line}:{column}: ");
            assert!(errors[0].to_string().starts_with(&place), "{text:?}: {}", errors[0]);
        }
    }

    #[test]
    fn all_errors_of_a_file_are_reported_at_once() {
        let errors =
            parse_lines("f", "CONFIG_A=y\nnonsense\nCONFIG_A=m\n# CONFIG_A is not set\n").unwrap_err();
        assert_eq!(errors.len(), 3);
        assert_eq!(errors[2].to_string(), "f:4:1: set CONFIG_A a second time: line 1 sets it already");
        assert!(errors[2].help().unwrap().contains("line 1"));
    }

    #[test]
    fn comments_and_empty_lines_are_skipped() {
        let settings = parse_lines("f", "# --- memory\n\n#\n# CONFIG_A is not set\nCONFIG_64BIT=y").unwrap();
        let names: Vec<&str> = settings.keys().map(Symbol::as_str).collect();
        assert_eq!(names, ["64BIT", "A"]);
    }
}
