// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `/usr/lib/ashlar/mounts.json` in the root: the memory file systems that the image declares. Absent where none is needed.
//!
//! ```json
//! {"schema": 1, "tmpfs": [{"path": "/var", "mode": "0755", "noexec": false}]}
//! ```

use crate::error::Malformed;
use crate::plain_path::is_plain;
use serde::Deserialize;

/// Where the image has it.
pub(crate) const PATH: &str = "/usr/lib/ashlar/mounts.json";
const SCHEMA: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    schema: u32,
    tmpfs: Vec<Tmpfs>,
}

/// A memory file system.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tmpfs {
    /// Where it is mounted.
    pub(crate) path: String,
    /// Of its top: four octal digits.
    pub(crate) mode: String,
    /// Whether no program runs from it.
    pub(crate) noexec: bool,
}

/// What to mount, in this order.
///
/// # Errors
/// On any key too many or too few, and on a path or mode that could mean something else to the kernel.
pub(crate) fn parse(text: &str) -> Result<Vec<Tmpfs>, Malformed> {
    let declared: Declared = serde_json::from_str(text).map_err(|error| Malformed::new(error.to_string()))?;
    if declared.schema != SCHEMA {
        return Err(Malformed::new(format!("schema {} instead of {SCHEMA}", declared.schema)));
    }
    for Tmpfs { path, mode, .. } in &declared.tmpfs {
        if !is_plain(path) {
            return Err(Malformed::new(format!("{path:?} is not a plain absolute path")));
        }
        // Anything but digits could add an option.
        if mode.len() != 4 || !mode.bytes().all(|byte| matches!(byte, b'0'..=b'7')) {
            return Err(Malformed::new(format!("mode {mode:?} is not four octal digits")));
        }
    }
    Ok(declared.tmpfs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_mounts_are_strict() {
        let valid = r#"{"schema":1,"tmpfs":[{"path":"/var","mode":"0755","noexec":false}]}"#;
        assert_eq!(parse(valid).unwrap()[0].path, "/var");
        for (from, to) in [
            (r#""schema":1"#, r#""schema":2"#),
            (r#""noexec":false"#, r#""noexec":false,"suid":true"#),
            ("0755", "0755,size=100%"),
            ("0755", "755"),
            ("/var", "var"),
            ("/var", "/usr/../etc"),
            ("/var", "/"),
        ] {
            assert!(parse(&valid.replacen(from, to, 1)).is_err(), "{to}");
        }
    }
}
