// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Recipes, projects, seed sets and image definitions: text to checked types.
//!
//! Everything here is *parse, don't validate*: what a [`RecipeSet`] holds has passed every check that needs
//! no network and no build. All problems of all files are reported together, each with file, line, column,
//! excerpt and next step. Syntax: `docs/recipe-format.md`.
//!
//! Only [`load_project`] and [`find_project`] read the disk; all else is a function of texts ([`ProjectFiles`]).
#![forbid(unsafe_code)]

mod assertion;
mod attribute;
mod build;
mod check;
mod closure;
mod code;
mod cpe;
mod cycle;
mod date;
mod declared_input;
mod diagnostic;
mod error;
mod exception;
mod file;
mod image;
mod image_containers;
mod image_modules;
mod image_root;
mod image_services;
mod import;
mod license;
mod load;
mod location;
mod name;
mod output;
mod patch;
mod platform;
mod project;
mod purl;
mod read;
mod reading;
mod recipe;
mod reference;
mod render;
mod rule;
mod schema;
mod seeds;
mod set;
mod source;
mod step;
mod suggest;
mod variant;

pub use assertion::Assertion;
pub use attribute::Attribute;
pub use build::{Build, Root, Winner};
pub use code::Code;
pub use cpe::Cpe;
pub use date::Date;
pub use declared_input::DeclaredInput;
pub use diagnostic::{Diagnostic, Diagnostics, Label};
pub use error::{Invalid, RecipeError};
pub use exception::Exception;
pub use file::{Document, Position, SourceFile};
pub use image::{BootSettings, ErofsSettings, FileOf, ImageDefinition};
pub use image_containers::{Container, ContainerUser};
pub use image_modules::{Extension, Kernel};
pub use image_root::{Content, ImageDirectory, ImageFile, ImageLink, ImageRoot};
pub use image_services::{Service, ServiceKind};
pub use import::Import;
pub use license::License;
pub use load::{find_project, load_project};
pub use location::{Fingerprint, ProjectPath, Url};
pub use name::{
    ContainerName, ExtensionName, ImageName, OutputName, RecipeName, ServiceName, SetName, SourceName,
    VariantName,
};
pub use output::Output;
pub use patch::{Patch, UpstreamStatus};
pub use platform::{Platform, System};
pub use project::Project;
pub use purl::Purl;
pub use recipe::Recipe;
pub use reference::OutputRef;
pub use rule::{Excepted, Rule, Severity, explanation, rules_reference};
pub use schema::{SchemaKind, schema};
pub use seeds::{Archive, Runtime, SeedFile, SeedLink, SeedSet, SeedSets, Suite};
pub use set::{OnDisk, Origin, ProjectFiles, RecipeSet};
pub use source::{DebianFile, OpenPgp, Signature, SignedForm, Source, SourceKind};
pub use step::{Parameter, ParameterKind, Presence, Step, StepKind, TypedStep, steps_reference};
pub use suggest::nearest;
pub use variant::Variant;
