// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The host name: the one line of `/etc/hostname`, or `localhost` where the image has no such file.
//!
//! Format: hostname(5), and hostname(7) for the characters.

use crate::error::{InitError, Malformed};
use std::fs::File;
use std::io::{self, Read as _};

const PATH: &str = "/etc/hostname";
const DEFAULT: &str = "localhost";
/// `__NEW_UTS_LEN` of linux/utsname.h.
const LONGEST: usize = 64;

/// Sets it, and gives what failed: a file that names none leaves the machine with the default.
pub(crate) fn set() -> Vec<InitError> {
    let (name, failure) = match read() {
        Ok(name) => (name, None),
        Err(failure) => (DEFAULT.to_owned(), Some(failure)),
    };
    let set = rustix::system::sethostname(name.as_bytes());
    let set = set.map_err(|source| InitError::HostName { name, source: source.into() });
    failure.into_iter().chain(set.err()).collect()
}

fn read() -> Result<String, InitError> {
    let failed = |source| InitError::Read { path: PATH.to_owned(), source };
    let file = match File::open(PATH) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(DEFAULT.to_owned()),
        Err(source) => return Err(failed(source)),
    };
    let mut text = String::new();
    // With its newline, and one byte more, which shows that it is too long.
    file.take(LONGEST as u64 + 2).read_to_string(&mut text).map_err(failed)?;
    parse(&text).map_err(|source| InitError::Understand { path: PATH.to_owned(), source })
}

fn parse(text: &str) -> Result<String, Malformed> {
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
