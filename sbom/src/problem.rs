// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What keeps an inventory from being complete and of one meaning. All of it is told at once.

use std::fmt;

use ashlar_tree::TreePath;

use crate::checksum::Algorithm;
use crate::component::ComponentId;
use crate::relationship::Relationship;

/// One thing that is wrong with an inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Two different components that are the same by kind, name, version and purl.
    DuplicateComponent {
        /// What both are called.
        id: ComponentId,
    },
    /// A relationship with a component that is not there.
    UnknownComponent {
        /// The relationship.
        relationship: Relationship,
        /// The end that is missing.
        missing: ComponentId,
    },
    /// A component that is said to be related to itself.
    SelfReference {
        /// What is said.
        relationship: Relationship,
    },
    /// Components that contain each other.
    ContainmentCycle {
        /// The circle, each containing the next and the last the first.
        members: Vec<ComponentId>,
    },
    /// A shipped component that nothing contains.
    Uncontained {
        /// The component.
        id: ComponentId,
    },
    /// A component that two contain.
    TwoContainers {
        /// The component.
        id: ComponentId,
        /// The one.
        first: ComponentId,
        /// The other.
        second: ComponentId,
    },
    /// A source that scanners could look up: they drop what others are generated from, and its findings with it.
    MatchableSource {
        /// The source.
        id: ComponentId,
    },
    /// A path that was added twice, with different contents.
    DuplicateFile {
        /// The path.
        path: TreePath,
    },
    /// A file that no component brings.
    Unowned {
        /// The path.
        path: TreePath,
    },
    /// A file that two components bring.
    TwoOwners {
        /// The path.
        path: TreePath,
        /// The one.
        first: ComponentId,
        /// The other.
        second: ComponentId,
    },
    /// An owner that is no component.
    UnknownOwner {
        /// The path.
        path: TreePath,
        /// What is missing.
        owner: ComponentId,
    },
    /// Somebody owns a path at which there is no file.
    UnknownFile {
        /// The path.
        path: TreePath,
        /// Who.
        owner: ComponentId,
    },
    /// A file without one of the checksums that documents need.
    MissingChecksum {
        /// The path.
        path: TreePath,
        /// The checksum.
        algorithm: Algorithm,
    },
    /// A licence of somebody's own whose text nobody brought.
    MissingLicenceText {
        /// `LicenseRef-…`.
        reference: String,
        /// A component that names it.
        id: ComponentId,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateComponent { id } => {
                write!(f, "two components are both {id}, and say different things of it")
            }
            Self::UnknownComponent { relationship, missing } => {
                write!(f, "`{relationship}`: there is no component {missing}")
            }
            Self::SelfReference { relationship } => write!(f, "`{relationship}`: that is the same component"),
            Self::ContainmentCycle { members } => {
                let names: Vec<&str> = members.iter().map(ComponentId::as_str).collect();
                write!(f, "components contain each other in a circle: {}", names.join(", "))
            }
            Self::Uncontained { id } => write!(f, "nothing contains {id}"),
            Self::TwoContainers { id, first, second } => write!(f, "{first} and {second} both contain {id}"),
            Self::MatchableSource { id } => {
                write!(f, "{id} has a purl or CPE, and others are generated from it: scanners drop it")
            }
            Self::DuplicateFile { path } => write!(f, "/{path} is there twice, with different contents"),
            Self::Unowned { path } => write!(f, "no component brings /{path}"),
            Self::TwoOwners { path, first, second } => write!(f, "{first} and {second} both bring /{path}"),
            Self::UnknownOwner { path, owner } => {
                write!(f, "{owner}, which should bring /{path}, is no component")
            }
            Self::UnknownFile { path, owner } => {
                write!(f, "{owner} should bring /{path}, where there is no file")
            }
            Self::MissingChecksum { path, algorithm } => write!(f, "/{path} has no {algorithm}"),
            Self::MissingLicenceText { reference, id } => {
                write!(f, "{id} is under {reference}, of which there is no text")
            }
        }
    }
}

impl Problem {
    /// The next step to take.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::DuplicateComponent { .. } => {
                "say which carrier holds each, by a qualifier of its purl: `?in=os`"
            }
            Self::UnknownComponent { .. } | Self::UnknownOwner { .. } => {
                "add the component, or leave out what is said of it"
            }
            Self::SelfReference { .. } | Self::ContainmentCycle { .. } => {
                "leave out one of the relationships"
            }
            Self::Uncontained { .. } => "say what contains it: the root, or a container image",
            Self::TwoContainers { .. } => {
                "make it one component for each that contains it, with purls that say which"
            }
            Self::MatchableSource { .. } => {
                "describe the source as a component of its own, without purl and CPE"
            }
            Self::DuplicateFile { .. } | Self::TwoOwners { .. } => "let one component bring the path",
            Self::Unowned { .. } => "bring it by a recipe's output or by the image definition",
            Self::UnknownFile { .. } => "add the file, or let nobody own it",
            Self::MissingChecksum { .. } => "take all three checksums of the file's content",
            Self::MissingLicenceText { .. } => {
                "bring the text from the source, or use an identifier of the SPDX list"
            }
        }
    }
}
