// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What `/etc/hostname` holds: one line, the name of the machine.
//!
//! Format: hostname(5), and hostname(7) for the characters.

use crate::error::Malformed;

/// Bytes of a name: `__NEW_UTS_LEN` of linux/utsname.h.
pub(crate) const LONGEST: usize = 64;

/// The name.
///
/// # Errors
/// If the file is not one line with labels of letters, digits and `-`.
pub(crate) fn parse(text: &str) -> Result<String, Malformed> {
    let name = text.strip_suffix('\n').unwrap_or(text);
    let is_label = |label: &str| {
        label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.len() > LONGEST || !name.split('.').all(is_label) {
        return Err(Malformed::new(format!(
            "{name:?} is not a host name: letters, digits, - and ., at most {LONGEST}"
        )));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_name_is_one_line_of_labels() {
        for (text, expected) in [("node-1\n", "node-1"), ("node-1", "node-1"), ("a.example\n", "a.example")] {
            assert_eq!(parse(text).unwrap(), expected);
        }
        let longest = "n".repeat(LONGEST);
        assert_eq!(parse(&format!("{longest}\n")).unwrap(), longest);
        for bad in
            ["", "\n", "a b\n", "a\nb\n", "# c\n", "-a\n", "a-\n", "a..b\n", ".\n", "\u{e9}\n", "a\0\n"]
        {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        assert!(parse(&format!("n{longest}\n")).is_err());
    }
}
