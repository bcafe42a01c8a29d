// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar explain`: what a recipe or image comes to, value by value, with the line that says so. Needs no store and no network.

use ashlar_recipe::{VariantName, load_project};

use crate::arguments::{ExplainArguments, Global};
use crate::explain::{Locked, explain_image, explain_recipe};
use crate::failure::{Failure, Outcome};
use crate::session::project_root;
use crate::surroundings;
use crate::terminal::Terminal;

pub(crate) fn run(
    global: &Global,
    terminal: &Terminal,
    asked: &ExplainArguments,
) -> Result<Outcome, Failure> {
    let root = project_root(global)?;
    let recipes = load_project(&root)?;
    let locked = Locked::of_project(&root)?;
    let sheet = match recipes.find_image(&asked.what) {
        Ok(image) if asked.variant.is_none() => explain_image(&recipes, &locked, image),
        Ok(image) => {
            return Err(Failure::Usage {
                message: format!("explain image {} in a variant: only recipes have variants", image.name),
                help: Some(
                    "`image.variant` and `[variants]` say in which an image has its recipes built".to_owned(),
                ),
            });
        }
        Err(_) => {
            let recipe = recipes
                .find_recipe(&asked.what)
                .map_err(|_| crate::session::unknown_goal(&recipes, &asked.what))?;
            let variant = asked.variant.as_deref().map(|text| {
                let named = VariantName::parse(text).ok().filter(|name| recipe.variants.contains_key(name));
                named.ok_or_else(|| {
                    let names: Vec<&str> = recipe.variants.keys().map(VariantName::as_str).collect();
                    let help = if names.is_empty() {
                        "it has no variants".to_owned()
                    } else {
                        format!("it has {}", names.join(", "))
                    };
                    Failure::Usage {
                        message: format!("find the variant {text:?} of recipe {}", recipe.name),
                        help: Some(help),
                    }
                })
            });
            let jobs = global.jobs.unwrap_or_else(surroundings::cpus).max(1);
            explain_recipe(&recipes, &locked, recipe, variant.transpose()?.as_ref(), jobs)
        }
    };
    let key = asked.key.as_deref();
    if terminal.json() {
        terminal.result_json(&sheet.to_json(key))?;
        return Ok(Outcome::DONE);
    }
    let lines = sheet.lines(key);
    if let Some(key) = key.filter(|_| lines.is_empty()) {
        return Err(Failure::Usage {
            message: format!("find a key of {} that begins with {key:?}", asked.what),
            help: Some(format!("`ashlar explain {}` lists all of them", asked.what)),
        });
    }
    lines.iter().try_for_each(|line| terminal.result(line))?;
    Ok(Outcome::DONE)
}
