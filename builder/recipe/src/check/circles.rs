// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Recipes and seed sets that need each other in a circle.

use crate::code::Code;
use crate::cycle::{Needs, cycles};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::file::Document;
use crate::name::{RecipeName, SetName};
use crate::set::RecipeSet;

use super::references::output_references;

/// Every circle among recipes and among seed sets.
pub(crate) fn circles(set: &RecipeSet, faults: &mut Diagnostics) {
    recipe_cycles(set, faults);
    set_cycles(set, faults);
}

/// Runtime and propagated outputs count as well: a closure must be built before what is checked against it.
/// Within one recipe they do not, because all its outputs come from one build.
fn recipe_cycles(set: &RecipeSet, faults: &mut Diagnostics) {
    let mut needs: Needs<RecipeName> = Needs::new();
    for recipe in set.recipes() {
        let list = needs.entry(recipe.name.clone()).or_default();
        for (key_path, output) in output_references(recipe) {
            if output.recipe != recipe.name || !key_path.starts_with("output[") {
                list.push((output.recipe.clone(), key_path));
            }
        }
    }
    for cycle in cycles(&needs) {
        let names: Vec<&str> = cycle.iter().map(|(name, _)| name.as_str()).collect();
        let places =
            cycle.iter().map(|(name, key_path)| (&set.recipes[name].parsed.document, key_path.as_str()));
        report_cycle(faults, "recipes", &names, places);
    }
}

fn set_cycles(set: &RecipeSet, faults: &mut Diagnostics) {
    let mut needs: Needs<SetName> = Needs::new();
    for (name, seeds) in &set.seeds.sets {
        let include = seeds.include.iter().enumerate();
        let list =
            include.map(|(index, included)| (included.clone(), format!("set.{name}.include[{index}]")));
        needs.insert(name.clone(), list.collect());
    }
    for cycle in cycles(&needs) {
        let names: Vec<&str> = cycle.iter().map(|(name, _)| name.as_str()).collect();
        let places = cycle.iter().map(|(name, key_path)| (&set.seed_documents[name], key_path.as_str()));
        report_cycle(faults, "seed sets", &names, places);
    }
}

fn report_cycle<'d>(
    faults: &mut Diagnostics,
    what: &str,
    names: &[&str],
    places: impl Iterator<Item = (&'d Document, &'d str)>,
) {
    let around: Vec<&str> = names.iter().chain(names.first()).copied().collect();
    let mut fault =
        Diagnostic::new(Code::Cycle, format!("{what} need each other in a circle: {}", around.join(" → ")))
            .help("one of these references has to go");
    for (index, (document, key_path)) in places.enumerate() {
        faults.add_file(document.file());
        let label = format!("`{}` needs `{}`", around[index], around[index + 1]);
        fault = fault.at(document.file(), document.value(key_path), label);
    }
    faults.push(fault);
}
