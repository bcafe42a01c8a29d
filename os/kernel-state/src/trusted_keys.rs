// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which keys the kernel checks signatures of modules with, from `/proc/keys`.
//!
//! Format: keyrings(7) and Documentation/security/keys/core.rst; what a type adds behind its name is in the kernel's
//! security/keys/keyring.c and crypto/asymmetric_keys/asymmetric_type.c:
//!
//! ```text
//! serial   flags   usage expiry perm   uid   gid type      description
//! 228b2a78 I------     1 perm 1f0b0000     0     0 keyring   .builtin_trusted_keys: 1
//! 1c7bb7b1 I------     1 perm 1f030000     0     0 asymmetri module key of x: 0123…: X509.ecdsa-nist-p384 89abcdef []
//! ```
//! The type is cut to nine characters. A keyring says how many keys it holds, or `empty`, but not which. So this is
//! sure only where the asymmetric keys are as many as the keyring of built-in keys holds: everything else is refused.
//! The file shows only keys that the reader may view; PID 1, as root, may view all of those named here.

use crate::error::{Malformed, StateError};

pub(crate) const PATH: &str = "/proc/keys";

/// Holds the certificates inside the kernel image.
const BUILT_IN: &str = ".builtin_trusted_keys";
/// Their keys come from firmware, boot loader or a running system, and would be trusted as well.
const FOREIGN: [&str; 3] = [".secondary_trusted_keys", ".platform", ".machine"];

/// What the file says about trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrustedKeys {
    /// Of the keys in [`BUILT_IN`], in byte order.
    pub(crate) descriptions: Vec<String>,
    /// Which of [`FOREIGN`] exist.
    pub(crate) foreign: Vec<&'static str>,
}

impl TrustedKeys {
    /// The failure that a foreign keyring is.
    pub(crate) fn foreign_failure(&self) -> Option<StateError> {
        let reason = format!("there is also {}, whose keys no release names", self.foreign.join(" and "));
        (!self.foreign.is_empty()).then(|| StateError::ForeignKeyring { source: Malformed::new(reason) })
    }
}

/// # Errors
/// On a line of another form, and where it is not sure which keys are built in.
pub(crate) fn parse(text: &str) -> Result<TrustedKeys, Malformed> {
    let (mut descriptions, mut foreign, mut built_in) = (Vec::new(), Vec::new(), Vec::new());
    for line in text.lines() {
        let unknown = || Malformed::new(format!("the line {line:?} is not of the known form"));
        let (kind, description) = split(line).ok_or_else(unknown)?;
        match kind {
            "keyring" => {
                // A keyring that was never filled has no number.
                let (name, held) = description.rsplit_once(": ").unwrap_or((description, ""));
                if name == BUILT_IN {
                    built_in.push(count(held).ok_or_else(unknown)?);
                }
                foreign.extend(FOREIGN.iter().filter(|foreign| name == **foreign));
            }
            "asymmetri" => descriptions.push(described(description).ok_or_else(unknown)?.to_owned()),
            _ => {}
        }
    }
    let [held] = built_in.as_slice() else {
        return Err(Malformed::new(format!("{} keyrings are called {BUILT_IN}, not one", built_in.len())));
    };
    if *held != descriptions.len() {
        return Err(Malformed::new(format!(
            "{BUILT_IN} holds {held} keys, but {} asymmetric keys are listed",
            descriptions.len()
        )));
    }
    descriptions.sort();
    Ok(TrustedKeys { descriptions, foreign })
}

/// Type and description of a line.
fn split(line: &str) -> Option<(&str, &str)> {
    let mut rest = line;
    for _ in 0..7 {
        let (column, behind) = rest.split_once(' ')?;
        if column.is_empty() {
            return None;
        }
        rest = behind.trim_start_matches(' ');
    }
    // Nine characters and one space, so that a description may begin with a space.
    Some((rest.get(..9)?.trim_end(), rest.get(9..)?.strip_prefix(' ')?))
}

fn count(held: &str) -> Option<usize> {
    if held == "empty" { Some(0) } else { held.parse().ok() }
}

/// The key's own description, before what its type adds: `: <format>.<algorithm>[ <key id>] []`.
fn described(text: &str) -> Option<&str> {
    let (description, added) = text.strip_suffix(" []")?.rsplit_once(": ")?;
    added.contains('.').then_some(description)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str =
        "228b2a78 I------     1 perm 1f0b0000     0     0 keyring   .builtin_trusted_keys: empty\n";
    const OTHERS: &str = "\
        193bdc9d I--Q---     1 perm 0c030000     0 65534 keyring   .user_reg: 2\n\
        1ee6f652 I--Q---     1 perm 1f3f0000     0 65534 keyring   _uid_ses.0: 1\n\
        3f3b4763 I------     1 perm 0f0b0000     0     0 keyring   .blacklist: empty\n\
        0a1b2c3d I--Q---    12   3d  3f010000  1000  1000 user      note: 12\n\
        0a1b2c3e I-----i  1234 expd 3f010000 100000 100000 keyring   [anon]\n";
    const FIRST: &str = "1c7bb7b1 I------     1 perm 1f030000     0     0 asymmetri \
                         module key of ashlar-qemu-1.0.0-x86_64: 0123: X509.ecdsa-nist-p384 89abcdef []\n";
    const SECOND: &str =
        "2c7bb7b1 I------     1 perm 1f030000     0     0 asymmetri module 00ff: 4567: X509.rsa []\n";

    fn holding(count: &str) -> String {
        EMPTY.replace("empty", count)
    }

    #[test]
    fn descriptions_of_built_in_keys_are_found_in_byte_order() {
        let cases = [
            (format!("{OTHERS}{EMPTY}"), vec![]),
            (
                format!("{}{FIRST}{OTHERS}", holding("1")),
                vec!["module key of ashlar-qemu-1.0.0-x86_64: 0123"],
            ),
            (
                format!("{FIRST}{}{OTHERS}{SECOND}", holding("2")),
                vec!["module 00ff: 4567", "module key of ashlar-qemu-1.0.0-x86_64: 0123"],
            ),
        ];
        for (text, expected) in cases {
            let found = parse(&text).unwrap();
            assert_eq!(found.descriptions, expected, "{text}");
            assert!(found.foreign_failure().is_none());
        }
    }

    #[test]
    fn a_key_that_hides_among_the_built_in_ones_is_refused() {
        for (keyring, keys) in [
            (EMPTY.to_owned(), FIRST.to_owned()),
            (holding("1"), format!("{FIRST}{SECOND}")),
            (holding("2"), FIRST.to_owned()),
            (holding("1"), String::new()),
        ] {
            let error = parse(&format!("{keyring}{keys}")).unwrap_err().to_string();
            assert!(error.contains("asymmetric keys are listed"), "{error}");
        }
    }

    #[test]
    fn trust_in_firmware_or_owner_keys_is_a_failure_beside_the_keys() {
        for name in FOREIGN {
            for held in ["1", "empty"] {
                let text = format!("{}{FIRST}", holding("1"));
                let more = EMPTY.replace(BUILT_IN, name).replace("empty", held);
                let found = parse(&format!("{text}{more}")).unwrap();
                assert_eq!((found.descriptions.len(), found.foreign.as_slice()), (1, [name].as_slice()));
                let failure = found.foreign_failure().unwrap();
                let reason = std::error::Error::source(&failure).unwrap().to_string();
                assert_eq!(reason, format!("there is also {name}, whose keys no release names"));
            }
        }
    }

    #[test]
    fn a_forged_keyring_beside_the_true_one_is_refused() {
        let text = format!("{}{FIRST}", holding("1"));
        let error = parse(&format!("{text}{EMPTY}")).unwrap_err().to_string();
        assert!(error.starts_with("2 keyrings"), "{error}");
        assert!(parse(OTHERS).unwrap_err().to_string().starts_with("0 keyrings"));
    }

    #[test]
    fn a_description_ends_before_what_the_type_adds() {
        for (text, expected) in [
            ("a key: 0123: X509.rsa 89abcdef []", Some("a key: 0123")),
            ("a key: X509.rsa []: X509.rsa []", Some("a key: X509.rsa []")),
            (": X509.rsa []", Some("")),
            ("a key: 0123", None),
            ("a key: 0123 []", None),
            ("a key []", None),
            ("a key: X509.rsa [] ", None),
        ] {
            assert_eq!(described(text), expected, "{text:?}");
        }
    }

    #[test]
    fn hostile_lines_are_errors_and_never_panics() {
        let valid = format!("{}{FIRST}{OTHERS}", holding("1"));
        for bad in [
            "x",
            "\n",
            "a b c d e f g asymmetri",
            "a b c d e f g asymmetr\u{e9} x: X509.rsa []",
            "1c7bb7b1 I------     1 perm 1f030000     0     0 asymmetri a key without its type",
            "1c7bb7b1 I------     1 perm 1f030000     0     0 asymmetri a key: X509 []",
            "228b2a78 I------     1 perm 1f0b0000     0     0 keyring   .builtin_trusted_keys",
            "228b2a78 I------     1 perm 1f0b0000     0     0 keyring   .builtin_trusted_keys: -1",
            "228b2a78 I------     1 perm 1f0b0000     0     0 keyring   .builtin_trusted_keys: 99999999999999999999",
        ] {
            assert!(parse(&format!("{valid}{bad}\n")).is_err(), "{bad:?}");
        }
        // A cut inside the last line leaves a line of another form, or one that means something else: never a panic,
        // and never another key.
        for end in 0..valid.len() {
            if let Ok(found) = parse(&valid[..end]) {
                assert_eq!(found.descriptions, ["module key of ashlar-qemu-1.0.0-x86_64: 0123"], "{end}");
            }
        }
    }
}
