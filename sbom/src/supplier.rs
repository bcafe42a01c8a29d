// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Who supplies a component or wrote a document: an organisation or a person (SPDX 2.3 §7.5).

use std::fmt;

/// An organisation or a person, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Supplier {
    /// An organisation.
    Organization(String),
    /// A person.
    Person(String),
}

impl Supplier {
    /// Reads `Organization: …` or `Person: …`, as recipes and SPDX 2.3 write it. `None` for anything else, `NOASSERTION`
    /// and an empty name included.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once(':')?;
        match kind.trim() {
            "Organization" => Self::called(Self::Organization, name),
            "Person" => Self::called(Self::Person, name),
            _ => None,
        }
    }

    /// An organisation or a person of this name, without white space around it; `None` if nothing is left.
    pub(crate) fn called(sort: fn(String) -> Self, name: &str) -> Option<Self> {
        Some(name.trim()).filter(|name| !name.is_empty()).map(|name| sort(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Organization(name) | Self::Person(name) => name,
        }
    }
}

/// As SPDX 2.3 writes it. Without the word before the name, grype refuses the whole document.
impl fmt::Display for Supplier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization(name) => write!(f, "Organization: {name}"),
            Self::Person(name) => write!(f, "Person: {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organisations_and_persons_are_told_apart() {
        for text in ["Organization: musl libc", "Person: Anna (anna@a.example)", "Organization: a: b"] {
            assert_eq!(Supplier::read(text).unwrap().to_string(), text);
        }
        for bad in ["", "musl libc", "NOASSERTION", "Organization:", "Person:  ", "Tool: x"] {
            assert_eq!(Supplier::read(bad), None, "{bad}");
        }
    }
}
