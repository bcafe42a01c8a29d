// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Joins inventories under a new root: a base and its extensions become what a composed image is.
//!
//! What two of them have is there once. Where they say different things of it, nobody decides for the reader: all of that is
//! an error, at once.

use std::fmt;

use ashlar_tree::TreePath;

use crate::component::{Component, ComponentId};
use crate::error::SbomError;
use crate::inventory::Inventory;
use crate::relationship::{Relationship, Verb};

/// Something on which two inventories disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// A component of which they say different things.
    Component {
        /// The component.
        id: ComponentId,
        /// The fields.
        fields: Vec<&'static str>,
    },
    /// A file that both bring, with different contents.
    Content {
        /// The path.
        path: TreePath,
    },
    /// A file that can be run in the one and not in the other.
    Mode {
        /// The path.
        path: TreePath,
    },
    /// A file that both bring, by different components.
    Owner {
        /// The path.
        path: TreePath,
        /// The one.
        first: ComponentId,
        /// The other.
        second: ComponentId,
    },
    /// A licence of which they have different texts.
    LicenceText {
        /// `LicenseRef-…`.
        reference: String,
    },
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Component { id, fields } => write!(f, "{id} has two of each: {}", fields.join(", ")),
            Self::Content { path } => write!(f, "/{path} has two contents"),
            Self::Mode { path } => write!(f, "/{path} can be run in the one and not in the other"),
            Self::Owner { path, first, second } => write!(f, "{first} and {second} both bring /{path}"),
            Self::LicenceText { reference } => write!(f, "{reference} has two texts"),
        }
    }
}

impl Conflict {
    /// The next step to take.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Component { .. } => {
                "say in the purls which of the carriers holds each: `?in=os`, `?in=ext-name`"
            }
            Self::Content { .. } | Self::Mode { .. } | Self::Owner { .. } => {
                "leave the path out of one of them"
            }
            Self::LicenceText { .. } => "rename the licence of one of them",
        }
    }
}

/// Everything in `inventories`, whose roots `root` contains.
///
/// # Errors
/// [`SbomError::Conflicts`] with everything on which they disagree.
pub fn merge(root: Component, inventories: &[Inventory]) -> Result<Inventory, SbomError> {
    let id = root.id();
    let mut joined = Inventory {
        root: id.clone(),
        components: [(id.clone(), root)].into(),
        files: Default::default(),
        relationships: Default::default(),
        licence_texts: Default::default(),
    };
    let mut conflicts = Vec::new();
    for inventory in inventories {
        add(&mut joined, inventory, &mut conflicts);
        if inventory.root != id {
            joined.relationships.insert(Relationship {
                from: id.clone(),
                verb: Verb::Contains,
                to: inventory.root.clone(),
            });
        }
    }
    if conflicts.is_empty() { Ok(joined) } else { Err(SbomError::Conflicts { conflicts }) }
}

fn add(joined: &mut Inventory, inventory: &Inventory, conflicts: &mut Vec<Conflict>) {
    for (id, component) in &inventory.components {
        match joined.components.get(id) {
            Some(there) if there == component => {}
            Some(there) => {
                conflicts.push(Conflict::Component { id: id.clone(), fields: fields(there, component) });
            }
            None => drop(joined.components.insert(id.clone(), component.clone())),
        }
    }
    for (path, file) in &inventory.files {
        match joined.files.get(path) {
            Some(there) if there.checksums != file.checksums => {
                conflicts.push(Conflict::Content { path: path.clone() });
            }
            Some(there) if there.executable != file.executable => {
                conflicts.push(Conflict::Mode { path: path.clone() });
            }
            Some(there) if there.owner != file.owner => conflicts.push(Conflict::Owner {
                path: path.clone(),
                first: there.owner.clone(),
                second: file.owner.clone(),
            }),
            Some(_) => {}
            None => drop(joined.files.insert(path.clone(), file.clone())),
        }
    }
    for (reference, text) in &inventory.licence_texts {
        match joined.licence_texts.get(reference) {
            Some(there) if there != text => {
                conflicts.push(Conflict::LicenceText { reference: reference.clone() });
            }
            Some(_) => {}
            None => drop(joined.licence_texts.insert(reference.clone(), text.clone())),
        }
    }
    joined.relationships.extend(inventory.relationships.iter().cloned());
}

/// The fields in which two components differ. Those that make up the identifier are equal.
fn fields(one: &Component, two: &Component) -> Vec<&'static str> {
    let change = crate::difference::Change { before: one.clone(), after: two.clone() };
    let mut fields = change.other_fields();
    if change.is_of_licence() {
        fields.push("licence");
    }
    fields
}

#[cfg(test)]
mod tests;
