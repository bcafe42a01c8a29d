// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What an image was made from: sources, patches, tools, and recipes of which nothing ships.

use std::collections::BTreeMap;

use ashlar_recipe::Purl;

use super::component::{digest, patch, recipe_as_tool, source};
use super::fact;
use crate::builder::InventoryBuilder;
use crate::component::{Component, ComponentId, Kind};
use crate::error::SbomError;
use crate::facts::Facts;
use crate::relationship::Verb;

/// Adds all of it; `shipped` are the components of recipes that are in the root or in a container.
pub(crate) fn add(
    builder: &mut InventoryBuilder,
    facts: &Facts,
    shipped: &BTreeMap<&str, Vec<ComponentId>>,
) -> Result<(), SbomError> {
    let mut tools = BTreeMap::new();
    for (id, tool) in &facts.tools {
        let mut component = Component::new(Kind::Tool, tool.name.clone());
        component.version = Some(tool.version.clone());
        let purl = format!("pkg:deb/debian/{}@{}?arch={}", tool.name, tool.version, tool.architecture);
        component.purl = Some(fact(id, &format!("{purl} is no purl"), Purl::canonicalise(&purl).ok())?);
        component.checksums = digest(id, &tool.sha256)?;
        tools.insert(id.as_str(), builder.component(component));
    }
    for (name, recipe) in &facts.recipes {
        let ids = match shipped.get(name.as_str()) {
            Some(ids) => ids.clone(),
            None => vec![builder.component(recipe_as_tool(facts, name)?)],
        };
        let mut made_from = Vec::new();
        for of in recipe.sources.iter().chain(&recipe.modules) {
            made_from.push((Verb::GeneratedFrom, builder.component(source(of)?)));
        }
        for of in &recipe.patches {
            made_from.push((Verb::PatchedBy, builder.component(patch(name, &of.name, &of.fixes))));
        }
        for set in &recipe.seeds {
            let packages = fact(&format!("seed set {set}"), "nothing is said of it", facts.seeds.get(set))?;
            for package in packages {
                let tool = fact(package, "nothing is said of it", tools.get(package.as_str()))?;
                made_from.push((Verb::BuiltWith, tool.clone()));
            }
        }
        for (from, (verb, to)) in ids.iter().flat_map(|id| made_from.iter().map(move |made| (id, made))) {
            builder.relate(from, *verb, to);
        }
    }
    Ok(())
}
