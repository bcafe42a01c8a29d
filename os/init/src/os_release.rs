// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which OS this root says it is: `ID` and `VERSION` of `/usr/lib/os-release`.
//!
//! Format: os-release(5).

use crate::error::Malformed;
use serde::Serialize;

pub(crate) const PATH: &str = "/usr/lib/os-release";

/// Name and version of the OS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct OsRelease {
    pub(crate) id: String,
    pub(crate) version: String,
}

impl OsRelease {
    /// # Errors
    /// On a line that is no assignment, and where `ID` or `VERSION` is missing.
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        let (mut id, mut version) = (None, None);
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let Some((key, value)) = line.split_once('=') else {
                return Err(Malformed::new(format!("{line:?} is not of the form KEY=value")));
            };
            match key {
                "ID" => id = Some(unquote(value)?),
                "VERSION" => version = Some(unquote(value)?),
                _ => {}
            }
        }
        let missing = |key| Malformed::new(format!("{key} is missing"));
        Ok(Self { id: id.ok_or_else(|| missing("ID"))?, version: version.ok_or_else(|| missing("VERSION"))? })
    }
}

fn unquote(value: &str) -> Result<String, Malformed> {
    let broken = || Malformed::new(format!("{value} is not quoted as os-release wants it"));
    let Some(quote) = value.chars().next().filter(|first| matches!(first, '"' | '\'')) else {
        return if value.contains(['"', '\'', ' ', '\\', '$', '`']) {
            Err(broken())
        } else {
            Ok(value.to_owned())
        };
    };
    let inner = value[1..].strip_suffix(quote).ok_or_else(broken)?;
    let mut plain = String::new();
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' if quote == '"' => plain.push(characters.next().ok_or_else(broken)?),
            inside if inside == quote => return Err(broken()),
            other => plain.push(other),
        }
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_and_version_are_found_among_others() {
        let cases = [
            ("ID=ashlar\nVERSION=0.1.0\n", "0.1.0"),
            ("# c\nNAME=\"Ashlar\"\n\nID=ashlar\nVERSION=\"0.1.0 (Dev)\"\n", "0.1.0 (Dev)"),
            ("ID='ashlar'\nVERSION='0.1'\n", "0.1"),
            ("ID=ashlar\nVERSION=\"a\\\"b\"\n", "a\"b"),
        ];
        for (text, version) in cases {
            let release = OsRelease::parse(text).unwrap();
            assert_eq!((release.id.as_str(), release.version.as_str()), ("ashlar", version), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_os_release_is_refused() {
        for text in [
            "",
            "ID=ashlar\n",
            "VERSION=1\n",
            "ID=ashlar\nVERSION=\"1\n",
            "ID=a b\nVERSION=1\n",
            "hello\n",
            "ID=\"a\"b\"\nVERSION=1",
        ] {
            assert!(OsRelease::parse(text).is_err(), "{text:?}");
        }
    }
}
