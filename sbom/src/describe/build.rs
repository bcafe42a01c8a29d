// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What an image was made from: sources, patches, tools, and recipes of which nothing ships.

use std::collections::BTreeMap;

use ashlar_recipe::{License, Purl};

use super::component::{digest, patch, source};
use super::fact;
use crate::builder::InventoryBuilder;
use crate::component::{Component, ComponentId, Kind};
use crate::error::SbomError;
use crate::facts::Facts;
use crate::location::Location;
use crate::relationship::Verb;
use crate::supplier::Supplier;

/// Adds all of it; `shipped` are the components of recipes that are in the root.
pub(crate) fn add(
    builder: &mut InventoryBuilder,
    facts: &Facts,
    shipped: &BTreeMap<String, ComponentId>,
) -> Result<(), SbomError> {
    let mut tools = BTreeMap::new();
    for (id, tool) in &facts.tools {
        let mut component = Component::new(Kind::Tool, tool.name.clone());
        component.version = Some(tool.version.clone());
        let purl = format!("pkg:deb/debian/{}@{}?arch={}", tool.name, tool.version, tool.architecture);
        component.purl = Purl::canonicalise(&purl).ok();
        component.checksums = digest(id, &tool.sha256)?;
        tools.insert(id.as_str(), builder.component(component));
    }
    for (name, recipe) in &facts.recipes {
        let id = match shipped.get(name) {
            Some(id) => id.clone(),
            None => builder.component(tool(name, facts)?),
        };
        for of in recipe.sources.iter().chain(&recipe.modules) {
            let source = builder.component(source(of)?);
            builder.relate(&id, Verb::GeneratedFrom, &source);
        }
        for of in &recipe.patches {
            let patch = builder.component(patch(name, &of.name, &of.fixes));
            builder.relate(&id, Verb::PatchedBy, &patch);
        }
        for set in &recipe.seeds {
            let packages = fact(&format!("seed set {set}"), "nothing is said of it", facts.seeds.get(set))?;
            for package in packages {
                let tool = fact(package, "nothing is said of it", tools.get(package.as_str()))?;
                builder.relate(&id, Verb::BuiltWith, tool);
            }
        }
    }
    Ok(())
}

/// A recipe of which nothing ships: others were built with it.
fn tool(name: &str, facts: &Facts) -> Result<Component, SbomError> {
    let of = super::component::facts_of(facts, name)?;
    let mut component = Component::new(Kind::Tool, name);
    component.version = Some(of.version.clone());
    component.purl = Purl::canonicalise(&of.purl).ok();
    component.supplier = Supplier::read(&of.supplier);
    component.declared = License::parse(&of.license).ok();
    component.homepage = Location::parse(&of.homepage);
    component.recipe = Some(name.to_owned());
    Ok(component)
}
