// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Relations between packages: `a (>= 1) | b:any, c` (Debian Policy §7.1).
//!
//! Only what binary packages may say: the architecture lists and build profiles of source packages are errors here.

use std::fmt;

use crate::Version;

/// How the version of a package must compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<<`
    Earlier,
    /// `<=`
    EarlierOrEqual,
    /// `=`
    Equal,
    /// `>=`
    LaterOrEqual,
    /// `>>`
    Later,
}

impl Comparison {
    const ALL: [(&'static str, Self); 5] = [
        ("<<", Self::Earlier),
        ("<=", Self::EarlierOrEqual),
        (">=", Self::LaterOrEqual),
        (">>", Self::Later),
        ("=", Self::Equal),
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Earlier => "<<",
            Self::EarlierOrEqual => "<=",
            Self::Equal => "=",
            Self::LaterOrEqual => ">=",
            Self::Later => ">>",
        }
    }
}

/// One package that a dependency accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Name of a package, real or virtual.
    pub name: String,
    /// `any`, `native` or an architecture, from `name:architecture`.
    pub architecture: Option<String>,
    /// Which versions; all if `None`.
    pub version: Option<(Comparison, Version)>,
}

/// What one dependency accepts, the preferred first; never empty.
pub type Alternatives = Vec<Relation>;

/// A virtual package that a package provides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provide {
    /// Its name.
    pub name: String,
    /// Its version. Without one it satisfies only relations without one.
    pub version: Option<Version>,
}

impl Relation {
    /// Whether a package of this name and `version` satisfies the relation.
    #[must_use]
    pub fn accepts(&self, version: &Version) -> bool {
        self.version.as_ref().is_none_or(|(comparison, bound)| match comparison {
            Comparison::Earlier => version < bound,
            Comparison::EarlierOrEqual => version <= bound,
            Comparison::Equal => version == bound,
            Comparison::LaterOrEqual => version >= bound,
            Comparison::Later => version > bound,
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let (name, version) = match text.split_once('(') {
            None => (text, None),
            Some((name, rest)) => {
                let inner = rest.strip_suffix(')')?.trim();
                let (operator, comparison) =
                    Comparison::ALL.into_iter().find(|(operator, _)| inner.starts_with(operator))?;
                (name, Some((comparison, inner[operator.len()..].trim_start().parse().ok()?)))
            }
        };
        let name = name.trim_end();
        let (name, architecture) =
            name.split_once(':').map_or((name, None), |(name, word)| (name, Some(word)));
        if !is_package_name(name) || architecture.is_some_and(|word| !is_architecture(word)) {
            return None;
        }
        Some(Self { name: name.to_owned(), architecture: architecture.map(str::to_owned), version })
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        if let Some(architecture) = &self.architecture {
            write!(formatter, ":{architecture}")?;
        }
        if let Some((comparison, version)) = &self.version {
            write!(formatter, " ({} {version})", comparison.as_str())?;
        }
        Ok(())
    }
}

/// `[a-z0-9][a-z0-9+.-]+` (Debian Policy §5.6.1); capital letters are in no package, but in virtual ones.
pub(crate) fn is_package_name(name: &str) -> bool {
    name.len() >= 2
        && name.as_bytes()[0].is_ascii_alphanumeric()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-' | b'_'))
}

pub(crate) fn is_architecture(word: &str) -> bool {
    !word.is_empty()
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Reads the value of `Depends` or `Pre-Depends`; gives back the part that is no relation.
pub(crate) fn parse_dependencies(value: &str) -> Result<Vec<Alternatives>, &str> {
    items(value)
        .map(|item| {
            item.split('|')
                .map(|text| Relation::parse(text.trim()).ok_or(item))
                .collect::<Result<Alternatives, _>>()
        })
        .collect()
}

/// Reads the value of `Provides`; gives back the part that is none.
pub(crate) fn parse_provides(value: &str) -> Result<Vec<Provide>, &str> {
    items(value)
        .map(|item| {
            let relation = Relation::parse(item).ok_or(item)?;
            match relation.version {
                None => Ok(Provide { name: relation.name, version: None }),
                Some((Comparison::Equal, version)) => {
                    Ok(Provide { name: relation.name, version: Some(version) })
                }
                Some(_) => Err(item),
            }
        })
        .collect()
}

/// A comma may end a list: the archive's own packages have it.
fn items(value: &str) -> impl Iterator<Item = &str> {
    let value = value.trim();
    let is_empty = value.is_empty();
    value.strip_suffix(',').unwrap_or(value).split(',').map(str::trim).filter(move |_| !is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn alternatives_versions_and_qualifiers() {
        let read = parse_dependencies("libc6 (>= 2.39), python3:any (<< 3.14~) | awk,\n gcc-14 (=14.2.0-19)")
            .unwrap();
        let text: Vec<Vec<String>> =
            read.iter().map(|alternatives| alternatives.iter().map(Relation::to_string).collect()).collect();
        assert_eq!(
            text,
            [vec!["libc6 (>= 2.39)"], vec!["python3:any (<< 3.14~)", "awk"], vec!["gcc-14 (= 14.2.0-19)"]]
        );
        assert_eq!(parse_dependencies("").unwrap().len(), 0);
        assert_eq!(parse_dependencies("aa, bb,").unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_relation() {
        for text in [
            "aa bb",
            "aa,,bb",
            "aa |",
            "| aa",
            "aa (1)",
            "aa (> 1)",
            "aa (< 1)",
            "aa (>= )",
            "aa (>= 1",
            "aa (>= 1) x",
            "aa [amd64]",
            "aa <!nocheck>",
            "aa:",
            "aa:AMD",
            "a",
            "${misc:Depends}",
            "-aa",
            ",",
            "aa (== 1)",
        ] {
            assert!(parse_dependencies(text).is_err(), "{text:?}");
        }
        assert_eq!(parse_dependencies("aa, b b, cc"), Err("b b"));
        assert!(parse_provides("aa (>= 1)").is_err());
        assert!(parse_provides("aa | bb").is_err());
        assert_eq!(parse_provides("aa (= 1), bb").unwrap()[1], Provide { name: "bb".into(), version: None });
    }

    #[test]
    fn comparisons() {
        for (operator, accepted) in [
            ("<<", [true, false, false]),
            ("<=", [true, true, false]),
            ("=", [false, true, false]),
            (">=", [false, true, true]),
            (">>", [false, false, true]),
        ] {
            let relation = &parse_dependencies(&format!("aa ({operator} 2)")).unwrap()[0][0];
            let answers = ["1", "2", "3"].map(|version| relation.accepts(&version.parse().unwrap()));
            assert_eq!(answers, accepted, "{operator}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read(text in "[a-z][a-z0-9+.-]{1,6}(:any)?( \\((<<|<=|=|>=|>>) [0-9][0-9.~+]{0,3}\\))?") {
            prop_assert_eq!(parse_dependencies(&text).unwrap()[0][0].to_string(), text);
        }

        #[test]
        fn no_text_panics(text in "[a-c0 ,|()<>=:é-]{0,30}") {
            let _read = parse_dependencies(&text);
            let _read = parse_provides(&text);
        }
    }
}
