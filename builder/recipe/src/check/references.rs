// SPDX-License-Identifier: Apache-2.0 OR MIT
//! References from one file to another: recipes, outputs, seed sets, variants.

use std::collections::BTreeSet;

use super::reporter::Reporter;
use crate::build::Root;
use crate::code::Code;
use crate::diagnostic::Diagnostics;
use crate::error::Invalid;
use crate::image::ImageDefinition;
use crate::name::{SetName, VariantName};
use crate::recipe::Recipe;
use crate::reference::OutputRef;
use crate::seeds::unknown_set;
use crate::set::RecipeSet;
use crate::suggest::did_you_mean;

/// Every reference between files. `known` are recipes whose files exist, read or not.
pub(crate) fn references(set: &RecipeSet, known: &BTreeSet<String>, faults: &mut Diagnostics) {
    for entry in set.recipes.values() {
        let recipe = &entry.parsed.value;
        let mut reporter = Reporter { document: &entry.parsed.document, faults: &mut *faults };
        for (key_path, output) in output_references(recipe) {
            check_output(set, known, &mut reporter, &key_path, output);
        }
        for (key_path, name) in set_references(recipe) {
            if !set.seeds.sets.contains_key(name) {
                reporter.report(&key_path, unknown_set(name, set.seeds.sets.keys()));
            }
        }
        check_winners(recipe, &mut reporter);
    }
    for (name, seeds) in &set.seeds.sets {
        let mut reporter = Reporter { document: &set.seed_documents[name], faults: &mut *faults };
        for (index, included) in seeds.include.iter().enumerate() {
            if !set.seeds.sets.contains_key(included) {
                let key_path = format!("set.{name}.include[{index}]");
                reporter.report(&key_path, unknown_set(included, set.seeds.sets.keys()));
            }
        }
    }
    for parsed in set.images.values() {
        let mut reporter = Reporter { document: &parsed.document, faults: &mut *faults };
        check_image(set, known, &parsed.value, &mut reporter);
    }
}

/// Every `recipe:output` in a recipe, with its key path.
pub(super) fn output_references(recipe: &Recipe) -> Vec<(String, &OutputRef)> {
    let mut found: Vec<(String, &OutputRef)> = Vec::new();
    numbered(&mut found, "build.host", &recipe.build.host);
    numbered(&mut found, "build.target", &recipe.build.target);
    for variant in recipe.variants.values() {
        let name = &variant.name;
        numbered(
            &mut found,
            &format!("variant.{name}.host"),
            variant.change.host.as_deref().unwrap_or_default(),
        );
        numbered(
            &mut found,
            &format!("variant.{name}.target"),
            variant.change.target.as_deref().unwrap_or_default(),
        );
    }
    for (index, output) in recipe.outputs.iter().enumerate() {
        numbered(&mut found, &format!("output[{index}].runtime"), &output.runtime);
        numbered(&mut found, &format!("output[{index}].propagates"), &output.propagates);
    }
    found
}

fn set_references(recipe: &Recipe) -> Vec<(String, &SetName)> {
    let mut found = Vec::new();
    numbered(&mut found, "build.seeds", &recipe.build.seeds);
    for variant in recipe.variants.values() {
        let seeds = variant.change.seeds.as_deref().unwrap_or_default();
        numbered(&mut found, &format!("variant.{}.seeds", variant.name), seeds);
    }
    found
}

pub(super) fn numbered<'a, T>(found: &mut Vec<(String, &'a T)>, key: &str, items: &'a [T]) {
    found.extend(items.iter().enumerate().map(|(index, item)| (format!("{key}[{index}]"), item)));
}

fn check_output(
    set: &RecipeSet,
    known: &BTreeSet<String>,
    reporter: &mut Reporter<'_>,
    key_path: &str,
    output: &OutputRef,
) {
    let Some(recipe) = set.recipe(&output.recipe) else {
        if !known.contains(output.recipe.as_str()) {
            let names = known.iter().map(String::as_str);
            let invalid =
                Invalid::new(Code::UnknownRecipe, format!("there is no recipe `{}`", output.recipe))
                    .help(did_you_mean(output.recipe.as_str(), "recipes", names));
            reporter.report(key_path, invalid);
        }
        return;
    };
    if recipe.output(&output.output).is_none() {
        let names = recipe.outputs.iter().map(|output| output.name.as_str());
        let message = format!("the recipe `{}` has no output `{}`", output.recipe, output.output);
        let what = format!("outputs of `{}`", output.recipe);
        let invalid = Invalid::new(Code::UnknownOutput, message).help(did_you_mean(
            output.output.as_str(),
            &what,
            names,
        ));
        reporter.report(key_path, invalid);
    }
}

/// A winner must be an input, or it can never win.
fn check_winners(recipe: &Recipe, reporter: &mut Reporter<'_>) {
    for (index, winner) in recipe.build.winners.iter().enumerate() {
        let outputs = match winner.root {
            Root::Host => &recipe.build.host,
            Root::Target => &recipe.build.target,
        };
        let seeds = recipe.build.seeds.iter().filter(|_| winner.root == Root::Host);
        let inputs: Vec<String> =
            seeds.map(ToString::to_string).chain(outputs.iter().map(ToString::to_string)).collect();
        if !inputs.contains(&winner.input) {
            let message = format!("`{}` is no input of this build", winner.input);
            let help = did_you_mean(&winner.input, "inputs", inputs.iter().map(String::as_str));
            let code = if winner.input.contains(':') { Code::UnknownOutput } else { Code::UnknownSet };
            reporter.report(&format!("build.winner[{index}].input"), Invalid::new(code, message).help(help));
        }
    }
}

fn check_image(
    set: &RecipeSet,
    known: &BTreeSet<String>,
    image: &ImageDefinition,
    reporter: &mut Reporter<'_>,
) {
    for (key_path, output) in image.references() {
        check_output(set, known, reporter, &key_path, output);
    }
    if !set.seeds.sets.contains_key(&image.boot.tools) {
        reporter.report("boot.tools", unknown_set(&image.boot.tools, set.seeds.sets.keys()));
    }
    if let Some(variant) = &image.variant
        && !set.recipes().any(|recipe| recipe.variants.contains_key(variant))
    {
        let all: BTreeSet<&str> =
            set.recipes().flat_map(|recipe| recipe.variants.keys()).map(VariantName::as_str).collect();
        let invalid = Invalid::new(Code::UnknownVariant, format!("no recipe has a variant `{variant}`"))
            .help(did_you_mean(variant.as_str(), "variants", all));
        reporter.report("image.variant", invalid);
    }
    for (name, variant) in &image.variants {
        let key_path = format!("variants.{name}");
        match set.recipe(name) {
            Some(recipe) if recipe.variants.contains_key(variant) => {}
            Some(recipe) => {
                let variants = recipe.variants.keys().map(VariantName::as_str);
                let message = format!("the recipe `{name}` has no variant `{variant}`");
                let invalid = Invalid::new(Code::UnknownVariant, message).help(did_you_mean(
                    variant.as_str(),
                    "variants of it",
                    variants,
                ));
                reporter.report(&key_path, invalid);
            }
            None if known.contains(name.as_str()) => {}
            None => {
                let names = known.iter().map(String::as_str);
                let invalid = Invalid::new(Code::UnknownRecipe, format!("there is no recipe `{name}`"))
                    .help(did_you_mean(name.as_str(), "recipes", names));
                reporter.report(&key_path, invalid);
            }
        }
    }
}
