// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `SHA256SUMS`: for everyone who has coreutils and nothing else (`sha256sum --check SHA256SUMS`).
//!
//! ```text
//! <64 lowercase hex digits> "  " <path> "\n"     sorted by path, none twice
//! ```
//! coreutils manual, "md5sum invocation". Paths of a release need none of its escapes.

use std::collections::BTreeMap;

use ashlar_digest::Sha256;

use crate::{BundleError, BundlePath};

/// Digests by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums(BTreeMap<BundlePath, Sha256>);

impl Sums {
    /// The list of these files.
    #[must_use]
    pub fn new(digests: BTreeMap<BundlePath, Sha256>) -> Self {
        Self(digests)
    }

    /// The digests by path.
    #[must_use]
    pub const fn digests(&self) -> &BTreeMap<BundlePath, Sha256> {
        &self.0
    }

    /// The file's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect()
    }

    /// Reads the file's text, in the one form that [`Sums::to_text`] gives.
    ///
    /// # Errors
    /// [`BundleError::Sums`], with the line.
    pub fn from_text(text: &str) -> Result<Self, BundleError> {
        let mut digests = BTreeMap::new();
        for (line, raw) in (1..).zip(text.split_inclusive('\n')) {
            let refuse = |reason: String| BundleError::Sums { line, reason };
            let content = raw.strip_suffix('\n').ok_or_else(|| refuse("it does not end".to_owned()))?;
            let (digest, path) = content
                .split_once("  ")
                .ok_or_else(|| refuse("there are no two spaces between digest and path".to_owned()))?;
            let digest: Sha256 = digest.parse().map_err(|cause| refuse(format!("{cause}")))?;
            let path = BundlePath::parse(path).map_err(|cause| refuse(cause.to_string()))?;
            if digests.last_key_value().is_some_and(|(before, _)| *before >= path) {
                return Err(refuse(format!("{path} is not behind the path before it")));
            }
            digests.insert(path, digest);
        }
        Ok(Self(digests))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn sums() -> Sums {
        let entry = |path: &str| (BundlePath::parse(path).unwrap(), Sha256::of(path.as_bytes()));
        Sums::new(["b", "a/c", "a.b"].map(entry).into())
    }

    #[test]
    fn coreutils_check_what_is_written() {
        if !ashlar_foreign::available("sha256sum", &["--version"]) {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        for path in sums().digests().keys() {
            fs::write(folder.path().join(path.as_str()), path.as_str()).unwrap();
        }
        fs::write(folder.path().join("SHA256SUMS"), sums().to_text()).unwrap();
        let check = ["--check", "--strict", "SHA256SUMS"];
        let checked = ashlar_foreign::run(folder.path(), "sha256sum", &check);
        assert_eq!((checked.succeeded, checked.text().as_str()), (true, "a.b: OK\na/c: OK\nb: OK\n"));
        fs::write(folder.path().join("b"), "other").unwrap();
        assert!(!ashlar_foreign::run(folder.path(), "sha256sum", &check).succeeded);
        // And what coreutils write is read.
        let text = ashlar_foreign::succeeds(folder.path(), "sha256sum", &["a.b", "a/c"]).text();
        assert_eq!(Sums::from_text(&text).unwrap().to_text(), text);
    }

    #[test]
    fn every_other_form_is_refused_with_its_line() {
        let text = sums().to_text();
        assert_eq!(Sums::from_text(&text).unwrap(), sums());
        assert_eq!(Sums::from_text("").unwrap(), Sums::default());
        let lines: Vec<&str> = text.lines().collect();
        for (changed, expected) in [
            (text.trim_end().to_owned(), 3),
            (text.replacen("  ", " ", 1), 1),
            (text.replacen("  ", " *", 1), 1),
            (text.replacen("a/c", "../c", 1), 2),
            (text.replacen("a/c", "/etc/passwd", 1), 2),
            (text.replacen('\n', "\n\n", 1), 2),
            (format!("{}\n{}\n", lines[1], lines[0]), 2),
            (format!("{}\n{}\n", lines[0], lines[0]), 2),
            (format!("\\{text}"), 1),
            (format!("{}\r\n", lines[0]), 1),
        ] {
            let error = Sums::from_text(&changed).unwrap_err();
            assert!(
                matches!(error, BundleError::Sums { line, .. } if line == expected),
                "{changed}: {error}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_read_is_written_again(text in "([0-9a-f]{64}  [a-b./]{1,3}\n|[ -~\n]){0,4}") {
            if let Ok(sums) = Sums::from_text(&text) {
                proptest::prop_assert_eq!(sums.to_text(), text);
            }
        }
    }
}
