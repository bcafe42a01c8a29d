// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The name of one version of one module, safe to use in paths.

use std::fmt;

/// A module path and a version, checked as module reference "Module paths" and "Versions" ask.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModuleVersion {
    path: String,
    version: String,
}

impl ModuleVersion {
    /// Checks both parts.
    ///
    /// # Errors
    /// A sentence about the part that is none.
    pub fn parse(path: &str, version: &str) -> Result<Self, String> {
        let element = |element: &str| {
            !element.is_empty()
                && !element.starts_with('.')
                && !element.ends_with('.')
                && element.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
        };
        if !path.split('/').all(element) {
            return Err(format!("{path:?} is no module path"));
        }
        let numbered = version.strip_prefix('v').is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_ascii_digit())
                && rest.chars().all(|c| c.is_ascii_alphanumeric() || "-.+".contains(c))
        });
        if !numbered {
            return Err(format!("{version:?} is no version"));
        }
        Ok(Self { path: path.to_owned(), version: version.to_owned() })
    }

    /// The module path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// `<module>/@v`, escaped.
    #[must_use]
    pub fn folder(&self) -> String {
        format!("{}/@v", escaped(&self.path))
    }

    /// `<module>/@v/<version>.<kind>`, escaped: the file's place in a proxy.
    #[must_use]
    pub fn file(&self, kind: &str) -> String {
        format!("{}/{}.{kind}", self.folder(), escaped(&self.version))
    }
}

impl fmt::Display for ModuleVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.path, self.version)
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_uppercase() {
            out.push('!');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upper_case_is_escaped() {
        let module = ModuleVersion::parse("github.com/BurntSushi/toml", "v1.0.0-RC1+incompatible").unwrap();
        assert_eq!(module.file("zip"), "github.com/!burnt!sushi/toml/@v/v1.0.0-!r!c1+incompatible.zip");
    }

    #[test]
    fn path_traversal_in_module_names() {
        for path in ["../x", "a/../b", "/a", "a/", "", "a//b", "a\\b", "a/.git", "a b", "a\nb"] {
            assert!(ModuleVersion::parse(path, "v1.0.0").is_err(), "{path:?}");
        }
        for version in ["", "v", "1.0.0", "v1/../../x", "latest", "v1 0"] {
            assert!(ModuleVersion::parse("a.example/b", version).is_err(), "{version:?}");
        }
    }
}
