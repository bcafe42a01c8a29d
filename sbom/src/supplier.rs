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
        let name = name.trim();
        match kind.trim() {
            _ if name.is_empty() => None,
            "Organization" => Some(Self::Organization(name.to_owned())),
            "Person" => Some(Self::Person(name.to_owned())),
            _ => None,
        }
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
