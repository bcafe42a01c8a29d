// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A recipe: what it states, in the variant that is asked for; what its project, the lock and other recipes add.

use std::collections::BTreeSet;

use ashlar_engine::{Surroundings, fixed_environment};
use ashlar_plan::{EpochOrigin, recipe_epoch};
use ashlar_recipe::{
    Document, Output, OutputRef, Platform, Presence, Recipe, RecipeSet, SourceKind, Step, System, VariantName,
};

use super::locked::Locked;
use super::sheet::{Origin, Sheet, named};

/// Everything about `recipe`, built in `variant` or as it stands.
pub(crate) fn explain_recipe(
    recipes: &RecipeSet,
    locked: &Locked,
    recipe: &Recipe,
    variant: Option<&VariantName>,
    jobs: usize,
) -> Sheet {
    let mut sheet = Sheet::default();
    let Some(document) = recipes.recipe_document(&recipe.name) else { return sheet };
    let effective =
        variant.and_then(|variant| recipe.with_variant(variant)).unwrap_or_else(|| recipe.clone());
    let restated = variant.map(|variant| Restated::of(document, variant));
    sheet.push_stated(document, |key| stated(key, restated.as_ref()));
    let explained = Explained { recipes, locked, recipe: &effective, document, restated: restated.as_ref() };
    explained.project(&mut sheet);
    explained.sources(&mut sheet);
    explained.build(&mut sheet, jobs);
    explained.outputs(&mut sheet);
    sheet
}

/// The keys of `[build]` that a variant restates.
struct Restated<'a> {
    variant: &'a VariantName,
    keys: BTreeSet<String>,
    variables: BTreeSet<String>,
}

impl<'a> Restated<'a> {
    fn of(document: &Document, variant: &'a VariantName) -> Self {
        let prefix = format!("variant.{variant}.");
        let (mut keys, mut variables) = (BTreeSet::new(), BTreeSet::new());
        for (path, _) in document.leaves() {
            let Some(rest) = path.strip_prefix(&prefix) else { continue };
            match rest.strip_prefix("env.") {
                Some(name) => variables.insert(name.to_owned()),
                None => keys.insert(rest.split(['.', '[']).next().unwrap_or(rest).to_owned()),
            };
        }
        Self { variant, keys, variables }
    }

    fn prefix(&self, key: &str) -> String {
        if self.keys.contains(key) {
            format!("variant.{}.{key}", self.variant)
        } else {
            format!("build.{key}")
        }
    }
}

/// How a stated key is shown: those of other variants are not, those of this one as keys of `[build]`.
fn stated(key: &str, restated: Option<&Restated<'_>>) -> Option<(String, Option<String>)> {
    let as_it_is = Some((key.to_owned(), None));
    let Some(restated) = restated else {
        return if key.starts_with("variant.") { None } else { as_it_is };
    };
    if let Some(rest) = key.strip_prefix("variant.") {
        let rest = rest.strip_prefix(restated.variant.as_str())?.strip_prefix('.')?;
        return Some((format!("build.{rest}"), Some(format!("variant {}", restated.variant))));
    }
    let Some(rest) = key.strip_prefix("build.") else { return as_it_is };
    let is_replaced = match rest.strip_prefix("env.") {
        Some(name) => restated.variables.contains(name),
        None => restated.keys.contains(rest.split(['.', '[']).next().unwrap_or(rest)),
    };
    if is_replaced { None } else { as_it_is }
}

struct Explained<'a> {
    recipes: &'a RecipeSet,
    locked: &'a Locked,
    recipe: &'a Recipe,
    document: &'a Document,
    restated: Option<&'a Restated<'a>>,
}

impl Explained<'_> {
    /// What the project says of all its recipes, and the platform.
    fn project(&self, sheet: &mut Sheet) {
        let name = &self.recipe.name;
        if let Some(origin) = self.recipes.origin(name)
            && let Some(document) = self.recipes.project_document(&origin.folder)
        {
            let mut place = Origin::of(document, "project.name");
            if !origin.folder.is_empty() {
                place = place.because(format!("imported from {}", origin.folder));
            }
            sheet.push_text("project", origin.project.as_str(), place);
            if let Some((epoch, said)) = recipe_epoch(self.recipes, &self.locked.lock, self.recipe) {
                let origin = match said {
                    EpochOrigin::Lock => {
                        self.locked.origin(&format!("epoch.{name}")).because("newest date in its sources")
                    }
                    EpochOrigin::Recipe => Origin::of(self.document, "recipe.epoch"),
                    EpochOrigin::Project => Origin::of(document, "project.epoch").because("of the project"),
                };
                sheet.push("epoch", epoch.to_string(), origin);
            }
        }
        let platform = Platform::native(System::X86_64Linux);
        sheet.push_text("platform.host", platform.host.as_str(), Origin::default());
        sheet.push_text("platform.target", platform.target.as_str(), Origin::default());
        if self.restated.is_none() {
            for variant in self.recipe.variants.keys() {
                let origin =
                    Origin::of(self.document, &format!("variant.{variant}")).because("there is this variant");
                sheet.push_text("variant+", variant.as_str(), origin);
            }
        }
    }

    fn sources(&self, sheet: &mut Sheet) {
        for (index, source) in self.recipe.sources.iter().enumerate() {
            let path = format!("source[{index}]");
            let key = named(self.document, &path);
            match &source.kind {
                SourceKind::Url { url, .. } => {
                    let project = self.recipes.project_document("");
                    let name = url.file_name().unwrap_or(source.name.as_str());
                    for (index, mirror) in self.recipes.project().mirrors.iter().enumerate() {
                        let place = project
                            .map(|document| Origin::of(document, &format!("project.mirrors[{index}]")));
                        let value = format!("{}/{name}", mirror.as_str().trim_end_matches('/'));
                        let origin = place.unwrap_or_default().because("mirror of the project");
                        sheet.push_text(format!("{key}.mirrors+"), &value, origin);
                    }
                }
                SourceKind::Debian { file, .. } => match self.locked.file(file) {
                    Some((suite, path, origin)) => {
                        sheet.push_text(format!("{key}.debian.suite"), suite, origin.clone());
                        sheet.push_text(format!("{key}.debian.path"), path, origin);
                    }
                    None => sheet.push_text(
                        format!("{key}.debian.path"),
                        "not locked",
                        Origin::default().because("run `ashlar lock`"),
                    ),
                },
                SourceKind::Path { include, .. } if include.is_empty() => {
                    sheet.push_default(self.document, &format!("{path}.include"), "[\"**\"]");
                }
                _ => {}
            }
            if self.document.exact(&format!("{path}.openpgp")).is_some() {
                sheet.push_default(self.document, &format!("{path}.openpgp.over"), "\"compressed\"");
            }
        }
    }

    fn build(&self, sheet: &mut Sheet, jobs: usize) {
        self.seeds(sheet);
        for (reference, by, origin) in self.propagated() {
            sheet.push_text("build.target+", &reference, origin.because(format!("propagated by {by}")));
        }
        let epoch = recipe_epoch(self.recipes, &self.locked.lock, self.recipe).map_or(0, |(epoch, _)| epoch);
        for (name, value) in fixed_environment(epoch, &Surroundings::usual(jobs)) {
            sheet.push_text(
                format!("build.env.{name}"),
                &value,
                Origin::default().because("set by the sandbox"),
            );
        }
        let steps = self.restated.map_or_else(|| "build.step".to_owned(), |restated| restated.prefix("step"));
        for (index, step) in self.recipe.build.steps.iter().enumerate() {
            let Step::Typed(step) = step else { continue };
            for parameter in step.kind.parameters() {
                let Presence::Default(values) = parameter.presence else { continue };
                let stated = format!("{steps}[{index}].{}.{}", step.kind.name(), parameter.name);
                if self.document.exact(&stated).is_none() {
                    let shown = format!("build.step[{index}].{}.{}", step.kind.name(), parameter.name);
                    sheet.push(shown, format!("{values:?}"), Origin::default());
                }
            }
        }
        let winners =
            self.restated.map_or_else(|| "build.winner".to_owned(), |restated| restated.prefix("winner"));
        for index in 0..self.recipe.build.winners.len() {
            sheet.push_default(self.document, &format!("{winners}[{index}].root"), "\"host\"");
        }
    }

    /// Sets that come along, and how many packages each is.
    fn seeds(&self, sheet: &mut Sheet) {
        let sets = self.recipes.seeds();
        let mut told = BTreeSet::new();
        for seed in &self.recipe.build.seeds {
            for set in sets.closure(seed) {
                if !told.insert(set.name.clone()) {
                    continue;
                }
                let includer = sets.closure(seed).into_iter().find_map(|other| {
                    let index = other.include.iter().position(|included| *included == set.name)?;
                    let document = self.recipes.seed_document(&other.name)?;
                    Some((
                        other.name.clone(),
                        Origin::of(document, &format!("set.{}.include[{index}]", other.name)),
                    ))
                });
                if let Some((by, origin)) = includer.filter(|_| !self.recipe.build.seeds.contains(&set.name))
                {
                    sheet.push_text(
                        "build.seeds+",
                        set.name.as_str(),
                        origin.because(format!("included by {by}")),
                    );
                }
                if let Some(packages) = self.locked.lock.sets.get(set.name.as_str()) {
                    let origin = self.locked.origin(&format!("set.{}", set.name));
                    sheet.push(format!("seed.{}.packages", set.name), packages.len().to_string(), origin);
                }
            }
        }
    }

    /// What comes along with the target inputs: each with who propagates it, and where.
    fn propagated(&self) -> Vec<(String, String, Origin)> {
        along(self.recipes, &self.recipe.build.target, "propagates", |output| &output.propagates)
    }

    fn outputs(&self, sheet: &mut Sheet) {
        for (index, output) in self.recipe.outputs.iter().enumerate() {
            let direct = &output.runtime;
            for (reference, by, origin) in along(self.recipes, direct, "runtime", |output| &output.runtime) {
                let key = format!("output[{}].runtime+", output.name);
                sheet.push_text(key, &reference, origin.because(format!("needed by {by}")));
            }
            for (number, attribute) in output.attributes.iter().enumerate() {
                let path = format!("output[{index}].attribute[{number}]");
                sheet.push_default(self.document, &format!("{path}.uid"), attribute.uid.to_string());
                sheet.push_default(self.document, &format!("{path}.gid"), attribute.gid.to_string());
            }
        }
    }
}

/// What comes along with `direct` outputs, transitively, by the array `key` of each: the output, who names it, and where.
pub(super) fn along(
    recipes: &RecipeSet,
    direct: &[OutputRef],
    key: &str,
    next: impl Fn(&Output) -> &Vec<OutputRef>,
) -> Vec<(String, String, Origin)> {
    let mut found = Vec::new();
    let mut seen: BTreeSet<OutputRef> = direct.iter().cloned().collect();
    let mut open: Vec<OutputRef> = direct.to_vec();
    let mut at = 0;
    while at < open.len() {
        let by = open[at].clone();
        at += 1;
        let Some(recipe) = recipes.recipe(&by.recipe) else { continue };
        let Some(position) = recipe.outputs.iter().position(|output| output.name == by.output) else {
            continue;
        };
        let document = recipes.recipe_document(&by.recipe);
        for (index, more) in next(&recipe.outputs[position]).iter().enumerate() {
            if seen.insert(more.clone()) {
                let path = format!("output[{position}].{key}[{index}]");
                let origin = document.map(|document| Origin::of(document, &path)).unwrap_or_default();
                found.push((more.to_string(), by.to_string(), origin));
                open.push(more.clone());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
