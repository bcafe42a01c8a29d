// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Declared modes, owners and extended attributes. What a build leaves on disk never decides them.
//! Syntax: docs/recipe-format.md, "attributes".

use std::collections::BTreeMap;

use ashlar_tree::{Mode, TreePath};

use crate::code::Code;
use crate::date::Date;
use crate::error::Invalid;
use crate::exception::because;
use crate::location::tree_path;
use crate::read::{Scope, Value, any, integer, text};

/// The greatest user and group id: the one above means "none" to the kernel.
const MAX_ID: i64 = u32::MAX as i64 - 1;

/// A path whose mode, owner or extended attributes are special.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The path.
    pub path: TreePath,
    /// The mode it gets; `None` leaves what it has.
    pub mode: Option<Mode>,
    /// The owner it gets.
    pub uid: u32,
    /// The group it gets.
    pub gid: u32,
    /// The extended attributes it gets, by full name.
    pub xattrs: BTreeMap<String, Vec<u8>>,
    /// Why.
    pub because: String,
    /// The last day on which it holds.
    pub until: Option<Date>,
}

impl Attribute {
    pub(crate) fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let path = scope.required("path", text(tree_path));
        let mode = scope.optional("mode", text(mode));
        let (uid, gid) = owner(scope);
        let xattrs = scope.optional("xattrs", xattrs).unwrap_or_default();
        let because = because(scope);
        let until = scope.optional("until", Date::read);
        Some(Self { path: path?, mode, uid, gid, xattrs, because: because?, until })
    }
}

/// Reads `uid` and `gid`, which are 0 where they are absent.
pub(crate) fn owner(scope: &Scope<'_, '_>) -> (u32, u32) {
    let id = |key| {
        let number = scope.optional(key, integer(0..=MAX_ID)).unwrap_or_default();
        u32::try_from(number).unwrap_or_default()
    };
    (id("uid"), id("gid"))
}

/// Reads an octal mode.
pub(crate) fn mode(found: &str) -> Result<Mode, Invalid> {
    let digits = (3..=4).contains(&found.len()) && found.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    digits
        .then(|| u32::from_str_radix(found, 8).ok())
        .flatten()
        .and_then(|bits| Mode::new(bits).ok())
        .ok_or_else(|| {
            Invalid::new(Code::Mode, format!("{found:?} is no file mode"))
                .help("write three or four octal digits as text: \"0755\", \"4755\"")
        })
}

fn xattrs(value: &Value<'_, '_>) -> Option<BTreeMap<String, Vec<u8>>> {
    let entries = value.map(xattr_name, |_, value| text(xattr_value)(value))?;
    Some(entries.into_iter().collect())
}

fn xattr_name(found: &str) -> Result<String, Invalid> {
    let known = ["security.", "system.", "trusted.", "user."];
    let suffix = known.iter().find_map(|prefix| found.strip_prefix(prefix));
    if suffix.is_some_and(|suffix| !suffix.is_empty()) && !found.chars().any(char::is_control) {
        return Ok(found.to_owned());
    }
    Err(Invalid::new(Code::Name, format!("{found:?} is no extended attribute"))
        .help("write the full name, such as \"security.capability\""))
}

/// `0x` and hexadecimal digits are bytes, as getfattr prints them; anything else is itself.
fn xattr_value(found: &str) -> Result<Vec<u8>, Invalid> {
    let Some(digits) = found.strip_prefix("0x") else {
        return any(found).map(String::into_bytes);
    };
    let wrong =
        || Invalid::new(Code::OutOfRange, format!("{found:?} is not `0x` and pairs of hexadecimal digits"));
    if digits.len() % 2 != 0 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    (0..digits.len())
        .step_by(2)
        .map(|index| u8::from_str_radix(&digits[index..index + 2], 16).map_err(|_| wrong()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_octal_text() {
        assert_eq!(mode("4755").unwrap().bits(), 0o4755);
        assert_eq!(mode("755").unwrap().bits(), 0o755);
        for bad in ["", "7", "07777", "0o755", "0888", "+755", "rwx"] {
            assert!(mode(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn attribute_values_are_text_or_hexadecimal() {
        assert_eq!(xattr_value("x").unwrap(), b"x");
        assert_eq!(xattr_value("0x0001ff").unwrap(), [0, 1, 255]);
        for bad in ["0x0", "0xzz", "0x+1", "0xé"] {
            assert!(xattr_value(bad).is_err(), "{bad:?}");
        }
    }
}
