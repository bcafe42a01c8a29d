// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An image definition: what it states, what it comes to, and whatever comes along.

use std::collections::BTreeSet;

use ashlar_images::Compression;
use ashlar_plan::{EpochOrigin, ImageIdentity, recipe_epoch};
use ashlar_recipe::{Document, ImageDefinition, OutputRef, RecipeName, RecipeSet};

use super::locked::Locked;
use super::recipe::along;
use super::sheet::{Origin, Sheet};

/// Everything about `image` as a development image.
pub(crate) fn explain_image(recipes: &RecipeSet, locked: &Locked, image: &ImageDefinition) -> Sheet {
    let mut sheet = Sheet::default();
    let Some(document) = recipes.image_document(&image.name) else { return sheet };
    sheet.push_stated(document, |key| Some((key.to_owned(), None)));
    let identity = ImageIdentity::development(recipes.project(), image);
    let origin = Origin::default().because("of project, image and version");
    sheet.push_text("release", &identity.release, origin);
    defaults(&mut sheet, document, image);
    let whole = closures(&mut sheet, recipes, image);
    variants(&mut sheet, recipes, document, image, &whole);
    epoch(&mut sheet, recipes, locked, document, image);
    sheet
}

fn defaults(sheet: &mut Sheet, document: &Document, image: &ImageDefinition) {
    let quoted = |text: &str| format!("{text:?}");
    sheet.push_default(document, "image.platform", quoted(image.platform.as_str()));
    sheet.push_default(document, "image.feeds", format!("{:?}", image.feeds));
    let erofs = &image.erofs;
    sheet.push_default(document, "erofs.compressor", quoted(erofs.compressor.as_deref().unwrap_or("none")));
    if erofs.compressor.is_some() {
        sheet.push_default(
            document,
            "erofs.cluster",
            erofs.cluster.unwrap_or(Compression::MEASURED.cluster).to_string(),
        );
        sheet.push_default(document, "erofs.fragments", erofs.fragments.to_string());
        sheet.push_default(document, "erofs.dedupe", erofs.dedupe.to_string());
    }
    sheet.push_default(document, "boot.memory", image.boot.memory.to_string());
    sheet.push_default(document, "boot.cpus", image.boot.cpus.to_string());
    sheet.push_default(document, "boot.timeout", image.boot.timeout.to_string());
    let directories =
        image.root.directories.iter().map(|entry| (entry.mode, entry.uid, entry.gid)).enumerate();
    let files = image.root.files.iter().map(|entry| (entry.mode, entry.uid, entry.gid)).enumerate();
    let all = directories.map(|(index, entry)| (format!("root.directory[{index}]"), entry));
    for (path, (mode, uid, gid)) in
        all.chain(files.map(|(index, entry)| (format!("root.file[{index}]"), entry)))
    {
        sheet.push_default(document, &format!("{path}.mode"), quoted(&mode.to_string()));
        sheet.push_default(document, &format!("{path}.uid"), uid.to_string());
        sheet.push_default(document, &format!("{path}.gid"), gid.to_string());
    }
}

/// What comes along with the root and with each extension; gives the recipes of the image.
fn closures(sheet: &mut Sheet, recipes: &RecipeSet, image: &ImageDefinition) -> BTreeSet<RecipeName> {
    let root: Vec<OutputRef> = image.root.include.iter().chain(&image.kernel.modules).cloned().collect();
    let mut roots = vec![("root.include+".to_owned(), root)];
    for (name, extension) in &image.extensions {
        let direct = extension.include.iter().chain(&extension.modules).cloned().collect();
        roots.push((format!("extension.{name}.include+"), direct));
    }
    let mut whole: BTreeSet<RecipeName> =
        image.references().into_iter().map(|(_, reference)| reference.recipe.clone()).collect();
    for (key, direct) in roots {
        for (reference, by, origin) in along(recipes, &direct, "runtime", |output| &output.runtime) {
            whole.extend(OutputRef::parse(&reference).map(|reference| reference.recipe));
            sheet.push_text(key.clone(), &reference, origin.because(format!("needed by {by}")));
        }
    }
    whole
}

/// Which recipe is built in which variant.
fn variants(
    sheet: &mut Sheet,
    recipes: &RecipeSet,
    document: &Document,
    image: &ImageDefinition,
    whole: &BTreeSet<RecipeName>,
) {
    for recipe in whole.iter().filter_map(|name| recipes.recipe(name)) {
        let Some(variant) = image.variant_of(recipe) else { continue };
        let own = Origin::of(document, &format!("variants.{}", recipe.name));
        let origin = if own.place.is_some() { own } else { Origin::of(document, "image.variant") };
        sheet.push_text(format!("variant of {}", recipe.name), variant.as_str(), origin);
    }
}

/// The stated epoch, or the newest of what the root, kernel, stub and init are made by.
fn epoch(
    sheet: &mut Sheet,
    recipes: &RecipeSet,
    locked: &Locked,
    document: &Document,
    image: &ImageDefinition,
) {
    if let Some(epoch) = image.epoch {
        return sheet.push("epoch", epoch.to_string(), Origin::of(document, "image.epoch"));
    }
    let root = image.root.include.iter().chain(&image.kernel.modules);
    let mut outputs = recipes.runtime_closure(root);
    outputs.extend([&image.kernel.image, &image.stub.from, &image.init.from].map(Clone::clone));
    let newest = outputs
        .iter()
        .filter_map(|output| recipes.recipe(&output.recipe))
        .filter_map(|recipe| Some((recipe_epoch(recipes, &locked.lock, recipe)?, recipe)))
        .max_by_key(|((epoch, _), recipe)| (*epoch, std::cmp::Reverse(&recipe.name)));
    let Some(((epoch, said), recipe)) = newest else { return };
    let origin = match said {
        EpochOrigin::Lock => locked.origin(&format!("epoch.{}", recipe.name)),
        EpochOrigin::Recipe => recipes
            .recipe_document(&recipe.name)
            .map(|document| Origin::of(document, "recipe.epoch"))
            .unwrap_or_default(),
        EpochOrigin::Project => recipes
            .origin(&recipe.name)
            .and_then(|origin| recipes.project_document(&origin.folder))
            .map(|document| Origin::of(document, "project.epoch"))
            .unwrap_or_default(),
    };
    sheet.push(
        "epoch",
        epoch.to_string(),
        origin.because(format!("newest of the closure, of {}", recipe.name)),
    );
}
