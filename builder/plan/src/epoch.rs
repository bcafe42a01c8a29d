// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The source epoch of a recipe, and who says so.

use ashlar_recipe::{Recipe, RecipeSet};

use crate::Lockfile;

/// Who states the source epoch of a recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochOrigin {
    /// The lock: the newest date inside the recipe's own archives.
    Lock,
    /// The recipe.
    Recipe,
    /// The project that the recipe is of: an imported recipe gives what it gives at home.
    Project,
}

/// The epoch of `recipe` in seconds since 1970; `None` where no project of `recipes` has it.
#[must_use]
pub fn recipe_epoch(recipes: &RecipeSet, lock: &Lockfile, recipe: &Recipe) -> Option<(u64, EpochOrigin)> {
    let seconds = |epoch: i64| u64::try_from(epoch).ok();
    let locked = lock.epochs.get(recipe.name.as_str()).map(|epoch| (*epoch, EpochOrigin::Lock));
    let stated = || recipe.epoch.and_then(seconds).map(|epoch| (epoch, EpochOrigin::Recipe));
    let home = || {
        let origin = recipes.origin(&recipe.name)?;
        seconds(origin.epoch).map(|epoch| (epoch, EpochOrigin::Project))
    };
    locked.or_else(stated).or_else(home)
}
