// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Recipes and lock to a build graph, and graph nodes to derivations.
//!
//! ```text
//! RecipeSet + SeedSets + Lockfile + ImageDefinition ──resolve──▶ Graph of Nodes
//! Node + the trees that its dependencies turned out to be ──lower──▶ Derivation, whose id is its identity
//! ```
//!
//! A node is lowered only when its inputs are known by digest, so an input that was rebuilt to equal bytes changes nothing
//! downstream. This crate is pure: the engine brings it trees, and carries out what it says.
#![forbid(unsafe_code)]

mod catalog;
mod derivation;
mod difference;
mod epoch;
mod error;
mod graph;
mod identity;
mod lockfile;
mod project_sources;
mod resolve;
mod steps;

pub use catalog::{Catalog, Location};
pub use derivation::{
    Action, Builtin, BuiltinAction, Derivation, Input, OutputRule, SANDBOX_POLICY, SandboxedAction,
    SandboxedStep,
};
pub use difference::{Difference, Role, differences, read_encoding};
pub use epoch::{EpochOrigin, recipe_epoch};
pub use error::{LOCK_ANEW, PlanError};
pub use graph::{Graph, Node, NodeId, NodeKey, Port};
pub use identity::{ImageIdentity, Signing, release_id};
pub use lockfile::{
    LOCK_VERSION, LockError, LockedFile, LockedModule, LockedPackage, LockedSuite, Lockfile, ModuleId,
    ModuleKind,
};
pub use project_sources::{CrateFile, GoModuleFile, ProjectSources};
pub use resolve::{PlanInput, Planner, snapshot_moment};
