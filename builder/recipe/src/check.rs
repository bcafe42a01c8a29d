// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Checks across files: references that lead nowhere, circles, missing files, exceptions that have run out.

use std::collections::BTreeSet;

use crate::code::Code;
use crate::cycle::{Needs, cycles};
use crate::date::Date;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::error::Invalid;
use crate::file::Document;
use crate::image::ImageDefinition;
use crate::location::ProjectPath;
use crate::name::{RecipeName, SetName, VariantName};
use crate::recipe::Recipe;
use crate::reference::OutputRef;
use crate::seeds::unknown_set;
use crate::set::RecipeSet;
use crate::source::{OpenPgp, SourceKind};
use crate::suggest::did_you_mean;
use crate::{Assertion, Attribute};

/// Faults of one file.
struct Reporter<'a> {
    document: &'a Document,
    faults: &'a mut Diagnostics,
}

impl Reporter<'_> {
    fn report(&mut self, key_path: &str, invalid: Invalid) {
        self.faults.add_file(self.document.file());
        let span = self.document.value(key_path);
        let mut fault = Diagnostic::new(invalid.code, invalid.message).at(self.document.file(), span, "");
        fault.help = invalid.help;
        self.faults.push(fault);
    }
}

/// Every reference between files, and circles among them. `known` are recipes whose files exist, read or not.
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
    recipe_cycles(set, faults);
    set_cycles(set, faults);
}

/// Every `recipe:output` in a recipe, with its key path.
fn output_references(recipe: &Recipe) -> Vec<(String, &OutputRef)> {
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

fn numbered<'a, T>(found: &mut Vec<(String, &'a T)>, key: &str, items: &'a [T]) {
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
            crate::Root::Host => &recipe.build.host,
            crate::Root::Target => &recipe.build.target,
        };
        let seeds = recipe.build.seeds.iter().filter(|_| winner.root == crate::Root::Host);
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

/// See [`RecipeSet::check_files`].
pub(crate) fn files(set: &RecipeSet, exists: &dyn Fn(&str, &str) -> bool) -> Diagnostics {
    let mut faults = Diagnostics::new();
    for entry in set.recipes.values() {
        let mut reporter = Reporter { document: &entry.parsed.document, faults: &mut faults };
        for (key_path, path) in recipe_paths(&entry.parsed.value) {
            if !exists(&entry.origin.folder, path.as_str()) {
                reporter.report(&key_path, missing(path));
            }
        }
    }
    for parsed in set.images.values() {
        let mut reporter = Reporter { document: &parsed.document, faults: &mut faults };
        for (index, file) in parsed.value.root.files.iter().enumerate() {
            if let Some(path) = file.content.project_path()
                && !exists("", path.as_str())
            {
                reporter.report(&format!("root.file[{index}]"), missing(path));
            }
        }
    }
    faults
}

fn missing(path: &ProjectPath) -> Invalid {
    Invalid::new(Code::MissingFile, format!("there is no {path} in this project"))
        .help("paths are relative to the folder of ashlar.toml")
}

fn recipe_paths(recipe: &Recipe) -> Vec<(String, &ProjectPath)> {
    let mut found = Vec::new();
    for (index, source) in recipe.sources.iter().enumerate() {
        let key = |rest: &str| format!("source[{index}].{rest}");
        match &source.kind {
            SourceKind::Path { path, .. } => found.push((key("path"), path)),
            SourceKind::Crates { lock, .. } => found.push((key("crates.lock"), lock)),
            SourceKind::Go { sum, module } => {
                found.push((key("go.sum"), sum));
                found.push((key("go.mod"), module));
            }
            SourceKind::Url { openpgp, .. } | SourceKind::Debian { openpgp, .. } => {
                found.extend(openpgp.iter().map(|OpenPgp { keyring, .. }| (key("openpgp.keyring"), keyring)));
            }
        }
    }
    for (index, assertion) in recipe.build.asserts.iter().enumerate() {
        let Assertion::KernelConfig { fragments, .. } = assertion;
        numbered(&mut found, &format!("build.assert[{index}].kernel-config.fragments"), fragments);
    }
    found
}

/// See [`RecipeSet::check_dates`].
pub(crate) fn dates(set: &RecipeSet, now: i64) -> Diagnostics {
    let mut faults = Diagnostics::new();
    for entry in set.recipes.values() {
        let mut reporter = Reporter { document: &entry.parsed.document, faults: &mut faults };
        for (index, output) in entry.parsed.value.outputs.iter().enumerate() {
            let key = format!("output[{index}]");
            for (number, exception) in output.exceptions.iter().enumerate() {
                report_expired(
                    &mut reporter,
                    &format!("{key}.exception[{number}].until"),
                    exception.until,
                    now,
                );
            }
            report_attributes(&mut reporter, &key, &output.attributes, now);
        }
    }
    for parsed in set.images.values() {
        let mut reporter = Reporter { document: &parsed.document, faults: &mut faults };
        report_attributes(&mut reporter, "root", &parsed.value.root.attributes, now);
    }
    faults
}

fn report_attributes(reporter: &mut Reporter<'_>, key: &str, attributes: &[Attribute], now: i64) {
    for (index, attribute) in attributes.iter().enumerate() {
        report_expired(reporter, &format!("{key}.attribute[{index}].until"), attribute.until, now);
    }
}

fn report_expired(reporter: &mut Reporter<'_>, key_path: &str, until: Option<Date>, now: i64) {
    if let Some(until) = until.filter(|until| until.is_over(now)) {
        let invalid = Invalid::new(Code::Expired, format!("this exception held until {until}"))
            .help("remove what needs it, or look at it again and set a later day");
        reporter.report(key_path, invalid);
    }
}
