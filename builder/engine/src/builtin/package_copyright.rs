// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a binary package of Debian says of the licence of most of its files: `usr/share/doc/<package>/copyright`, in the
//! machine-readable format 1.0 (Debian's copyright-format).
//!
//! ```text
//! Files: *                               the first stanza with files: most of them
//! Copyright: © 2009 The Go Authors
//! License: Go                            a short name of the file's own, or several: `MIT or Apache-2.0`
//!
//! License: Go                            and its text, here or below `Files: *` itself
//!  Redistribution and use in source and …
//! ```

use std::fmt::Write as _;

use ashlar_debian::{DebianError, Stanza, Stanzas};
use ashlar_tree::TreePath;

/// Where Debian keeps texts that packages need not repeat (policy §12.5).
const COMMON: &str = "/usr/share/common-licenses/";
/// Of those the one that packages of a seed refer to so far.
const APACHE: (&str, &str) = ("Apache-2.0", include_str!("../../../../LICENSE-APACHE"));

/// Where a package has it.
pub(super) fn path_of(package: &str) -> String {
    format!("usr/share/doc/{package}/copyright")
}

/// Whether a file is one of these.
pub(super) fn is_copyright(path: &TreePath) -> bool {
    let parts: Vec<&str> = path.as_str().split('/').collect();
    matches!(parts[..], ["usr", "share", "doc", _, "copyright"])
}

/// The claims of copyright and the licence texts of most files of the package, one below the other: those of the first
/// stanza with files, from which later ones are exceptions. Empty if there is none.
///
/// # Errors
/// [`DebianError::Control`] if it is not in that format.
pub(super) fn text_of_most(name: &str, bytes: &[u8]) -> Result<String, DebianError> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"#"));
    let without_comments = lines.collect::<Vec<&[u8]>>().concat();
    let stanzas: Vec<Stanza<'_>> = Stanzas::new(name, &without_comments)?.collect::<Result<_, _>>()?;
    let has_files = |stanza: &&Stanza<'_>| stanza.get("Files").is_some();
    let Some(most) = stanzas.iter().find(has_files) else { return Ok(String::new()) };
    let (names, own) = split(most.get("License").unwrap_or_default());
    let mut text = String::new();
    for line in most.get("Copyright").unwrap_or_default().lines() {
        let line = line.trim().trim_start_matches('©').trim_start();
        _ = writeln!(text, "Copyright {line}");
    }
    _ = writeln!(text, "\n{own}");
    for word in names.split([' ', ',', '\n']).filter(|word| !word.is_empty()) {
        let alone = stanzas.iter().filter(|stanza| stanza.get("Files").is_none());
        for (short, body) in alone.filter_map(|stanza| stanza.get("License")).map(split) {
            if short == word && !own.contains(body.trim()) {
                _ = writeln!(text, "\n{body}");
            }
        }
    }
    if text.contains(&format!("{COMMON}{}", APACHE.0)) {
        _ = writeln!(text, "\n{}", APACHE.1);
    }
    Ok(text)
}

/// A field `License`: the short names, and the text below without what the format puts before each line.
fn split(field: &str) -> (&str, String) {
    let (names, text) = field.split_once('\n').unwrap_or((field, ""));
    let lines = text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line));
    let lines: Vec<&str> = lines.map(|line| if line == "." { "" } else { line }).collect();
    (names.trim(), lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n\
        # A comment: of the\nFiles: *\nCopyright: © 2009, The Authors\n           2011, Others\nLicense: Own or Other\n\n\
        Files: testdata/*\nCopyright: Nobody\nLicense: Third\n\n\
        License: Own\n First line.\n .\n Second line.\n\nLicense: Other\n Of the other.\n\nLicense: Third\n Of the third.\n";

    #[test]
    fn it_gives_what_is_said_of_most_files_and_nothing_else() {
        let text = text_of_most("copyright", FILE.as_bytes()).unwrap();
        assert_eq!(
            text,
            "Copyright 2009, The Authors\nCopyright 2011, Others\n\n\n\nFirst line.\n\nSecond line.\n\nOf the other.\n"
        );
        let without = FILE.replace("Files: ", "Folders: ");
        assert_eq!(text_of_most("copyright", without.as_bytes()).unwrap(), "");
    }

    #[test]
    fn a_text_that_debian_keeps_for_all_packages_is_put_in() {
        let file = "Files: *\nLicense: A\n See `/usr/share/common-licenses/Apache-2.0'.\n";
        let text = text_of_most("copyright", file.as_bytes()).unwrap();
        assert!(text.contains("TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION"), "{text}");
    }

    #[test]
    fn a_file_of_another_form_is_refused_with_its_place() {
        let error = text_of_most("usr/share/doc/x/copyright", b"This package was\n").unwrap_err().to_string();
        assert!(error.contains("usr/share/doc/x/copyright"), "{error}");
    }

    #[test]
    fn only_the_file_of_a_package_is_looked_at() {
        for (path, expected) in [
            ("usr/share/doc/go/copyright", true),
            ("usr/share/doc/go/a/copyright", false),
            ("usr/share/doc/copyright", false),
        ] {
            assert_eq!(is_copyright(&TreePath::parse(path).unwrap()), expected, "{path}");
        }
    }
}
