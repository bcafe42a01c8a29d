// SPDX-License-Identifier: Apache-2.0 OR MIT
//! SBOMs as the command line finds and shows them: documents behind a name, lines of a table, JSON, owners of files.

mod holder;
mod json;
mod owned_paths;
#[cfg(test)]
pub(crate) mod samples;
mod subject;
mod table;

#[cfg(test)]
pub(crate) use holder::Holder;
pub(crate) use json::{component_json, document_json, notes_json};
pub(crate) use owned_paths::OwnedPaths;
pub(crate) use subject::Subject;
pub(crate) use table::{cell, components, links};
