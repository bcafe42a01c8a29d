// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What can go wrong between recipes and derivations.

use ashlar_digest::CanonicalError;
use ashlar_recipe::Date;

/// A failed operation of planning.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Something that the recipes name is not in the lock.
    #[error("find {what} in ashlar.lock, which {wanted_by} names")]
    NotLocked {
        /// What is missing.
        what: String,
        /// Who names it.
        wanted_by: String,
    },
    /// A recipe, image or output was asked for that does not exist.
    #[error("find {kind} {name:?}")]
    Unknown {
        /// What kind of thing.
        kind: &'static str,
        /// The name given.
        name: String,
    },
    /// Inputs depend on each other.
    #[error("order the build: {}", cycle.join(" → "))]
    Cycle {
        /// Labels along the cycle; the first is repeated at the end.
        cycle: Vec<String>,
    },
    /// A derivation cannot be encoded.
    #[error("compute the identity of {label}")]
    Identity {
        /// What it makes.
        label: String,
        /// Why.
        #[source]
        cause: CanonicalError,
    },
    /// An exception or attribute that no longer holds at the source epoch.
    #[error("plan {whose}: {what} held until {until}, and the source epoch is {epoch}")]
    Expired {
        /// The recipe or image.
        whose: String,
        /// What has run out.
        what: String,
        /// Its last day.
        until: Date,
        /// The day of the source epoch.
        epoch: Date,
    },
    /// A `path` source or a lock of a language cannot be used.
    #[error("take source {source_name:?} of recipe {recipe:?}: {reason}")]
    Source {
        /// The recipe.
        recipe: String,
        /// The source's name in it.
        source_name: String,
        /// What is wrong.
        reason: String,
    },
}

/// What to do about a lock that does not fit.
pub const LOCK_ANEW: &str = "run `ashlar lock NAME` for a recipe or image (the rest stays as it is), or `ashlar lock` for all, \
                             and commit the file";

impl PlanError {
    /// The next step to take.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NotLocked { .. } => Some(format!("the lock is stale: {LOCK_ANEW}")),
            Self::Unknown { .. } => Some("`ashlar check` lists what there is".to_owned()),
            Self::Cycle { .. } => Some("one of these must do without the next".to_owned()),
            Self::Expired { .. } => {
                Some("remove what needs it, or look at it again and set a later day".to_owned())
            }
            Self::Identity { .. } | Self::Source { .. } => None,
        }
    }
}
