// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How components are related. Each relationship reads as a sentence, from left to right.

use std::fmt;

use crate::component::ComponentId;

/// The verb of a relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// The one holds the other: an OS its components, a container image what is in it.
    Contains,
    /// The other's code is copied into the one when it is linked.
    LinksStatically,
    /// The one's loader brings in the other.
    LinksDynamically,
    /// The one needs the other to run, in another way than by linking.
    DependsOn,
    /// The one was made from the other, a source.
    GeneratedFrom,
    /// The other, a patch, was applied to the one.
    PatchedBy,
    /// The other was a tool when the one was built.
    BuiltWith,
}

impl Verb {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Contains,
        Self::LinksStatically,
        Self::LinksDynamically,
        Self::DependsOn,
        Self::GeneratedFrom,
        Self::PatchedBy,
        Self::BuiltWith,
    ];

    /// For people.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::LinksStatically => "links statically",
            Self::LinksDynamically => "links dynamically",
            Self::DependsOn => "depends on",
            Self::GeneratedFrom => "is generated from",
            Self::PatchedBy => "is patched by",
            Self::BuiltWith => "is built with",
        }
    }

    /// For people, from the object to the subject.
    #[must_use]
    pub const fn reversed_text(self) -> &'static str {
        match self {
            Self::Contains => "is contained by",
            Self::LinksStatically => "is linked statically into",
            Self::LinksDynamically => "is linked dynamically by",
            Self::DependsOn => "is needed by",
            Self::GeneratedFrom => "became",
            Self::PatchedBy => "is applied to",
            Self::BuiltWith => "is a tool of",
        }
    }

    /// Whether the one cannot run without the other.
    #[must_use]
    pub const fn is_dependency(self) -> bool {
        matches!(self, Self::LinksStatically | Self::LinksDynamically | Self::DependsOn)
    }
}

/// A sentence about two components.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relationship {
    /// Its subject.
    pub from: ComponentId,
    /// Its verb.
    pub verb: Verb,
    /// Its object.
    pub to: ComponentId,
}

impl fmt::Display for Relationship {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.from, self.verb.text(), self.to)
    }
}
