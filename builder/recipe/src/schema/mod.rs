// SPDX-License-Identifier: Apache-2.0 OR MIT
//! JSON schemas (draft 2020-12) of the project's files, for completion and marks in editors.
//!
//! The types below exist for their schemas only; what counts is what the readers of this crate accept.
//! Tests hold the two together: every valid file of the corpus fits its schema, every wrongly shaped one does not.

mod image;
mod project;
mod recipe;
mod seeds;
mod step;

use std::fmt;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The kinds of files that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SchemaKind {
    /// `ashlar.toml`.
    Project,
    /// `recipe.toml`.
    Recipe,
    /// `seeds.toml`.
    Seeds,
    /// An image definition.
    Image,
}

impl SchemaKind {
    /// All kinds.
    pub const ALL: &'static [Self] = &[Self::Project, Self::Recipe, Self::Seeds, Self::Image];

    /// The name, as the command line takes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Recipe => "recipe",
            Self::Seeds => "seeds",
            Self::Image => "image",
        }
    }
}

impl fmt::Display for SchemaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The schema of one kind of file.
#[must_use]
pub fn schema(kind: SchemaKind) -> Value {
    let generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let schema = match kind {
        SchemaKind::Project => generator.into_root_schema_for::<project::ProjectFile>(),
        SchemaKind::Recipe => generator.into_root_schema_for::<recipe::RecipeFile>(),
        SchemaKind::Seeds => generator.into_root_schema_for::<seeds::SeedsFile>(),
        SchemaKind::Image => generator.into_root_schema_for::<image::ImageFile>(),
    };
    schema.to_value()
}
