// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Projects on disk: found upward, read whole, with what they import.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ashlar_recipe::{
    Code, OutputRef, RecipeError, RecipeName, RecipeSet, Step, VariantName, find_project, load_project,
};

const RECIPE: &str = r#"
[recipe]
name = "NAME"
version = "1.0"
summary = "A thing"
license = "MIT"
homepage = "https://x.example/"
supplier = "Organization: X"
purl = "pkg:generic/NAME@1.0"

[build]
env = { A = "1", B = "2" }
[[build.step]]
run = "make"

[[output]]
name = "runtime"
paths = ["**"]
"#;

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn project(root: &Path, name: &str, tail: &str) {
    let text = format!("[project]\nname = \"{name}\"\nsupplier = \"Organization: X\"\nepoch = 7\n{tail}");
    write(root, "ashlar.toml", &text);
}

fn recipe(root: &Path, name: &str, tail: &str) {
    let text = format!("{}{tail}", RECIPE.replace("NAME", name));
    write(root, &format!("recipes/{name}/recipe.toml"), &text);
}

fn name(text: &str) -> RecipeName {
    RecipeName::parse(text).unwrap()
}

fn codes(result: Result<RecipeSet, RecipeError>) -> Vec<Code> {
    match result {
        Err(RecipeError::Invalid { diagnostics }) => {
            diagnostics.sorted().iter().map(|fault| fault.code).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_project_of_two_recipes_is_found_from_a_folder_inside_it() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path(), "two", "");
    recipe(folder.path(), "a", "");
    recipe(folder.path(), "b", "runtime = [\"a:runtime\"]\n");
    write(folder.path(), "recipes/.hidden/recipe.toml", "no TOML");
    write(folder.path(), "recipes/README.md", "a file among folders");
    let root = find_project(&folder.path().join("recipes/a")).unwrap();
    assert_eq!(root, folder.path());
    let set = load_project(&root).unwrap();
    let names: Vec<&str> = set.recipes().map(|recipe| recipe.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    let b = OutputRef::parse("b:runtime").unwrap();
    let closure: Vec<String> = set.runtime_closure([&b]).iter().map(ToString::to_string).collect();
    assert_eq!(closure, ["a:runtime", "b:runtime"]);
    assert_eq!(set.propagated([&b]), BTreeSet::from([b]));
}

#[test]
fn imported_recipes_are_used_as_if_they_were_here() {
    let folder = tempfile::tempdir().unwrap();
    let (base, own) = (folder.path().join("base"), folder.path().join("own"));
    project(&base, "base", "");
    recipe(&base, "a", "\n[[source]]\nname = \"files\"\npath = \"recipes/a/files\"\n");
    write(&base, "recipes/a/files/x", "");
    project(&own, "own", "[import.base]\npath = \"../base\"\n");
    recipe(&own, "b", "runtime = [\"a:runtime\"]\n");
    let set = load_project(&own).unwrap();
    let origin = set.origin(&name("a")).unwrap();
    assert_eq!((origin.project.as_str(), origin.folder.as_str(), origin.epoch), ("base", "../base", 7));
    assert_eq!(set.origin(&name("b")).unwrap().folder, "");

    // The paths of an imported recipe are those of its own project.
    fs::remove_dir_all(base.join("recipes/a/files")).unwrap();
    write(&own, "recipes/a/files/x", "");
    assert_eq!(codes(load_project(&own)), [Code::MissingFile]);
}

#[test]
fn imports_in_a_circle_end() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    project(&a, "a", "[import.b]\npath = \"../b\"\n");
    project(&b, "b", "[import.a]\npath = \"../a\"\n");
    assert_eq!(codes(load_project(&a)), [Code::Import]);
}

#[test]
fn a_recipe_that_cannot_be_read_does_not_make_references_to_it_wrong() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path(), "two", "");
    recipe(folder.path(), "a", "zzz = 1\n");
    recipe(folder.path(), "b", "runtime = [\"a:runtime\"]\n");
    assert_eq!(codes(load_project(folder.path())), [Code::UnknownKey]);
}

#[test]
fn faults_of_all_files_are_reported_at_once() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path(), "two", "zzz = 1\n");
    recipe(folder.path(), "a", "");
    assert_eq!(codes(load_project(folder.path())), [Code::UnknownKey]);
    project(folder.path(), "two", "");
    recipe(folder.path(), "a", "zzz = 1\n");
    recipe(folder.path(), "b", "runtime = [\"c:runtime\"]\n");
    write(folder.path(), "seeds.toml", "[set.x]\npackages = [\"A\"]\n");
    write(folder.path(), "images/definitions/i.toml", "[image]\n");
    let expected = [Code::MissingKey, Code::MissingKey, Code::UnknownKey, Code::UnknownRecipe, Code::Name];
    assert_eq!(codes(load_project(folder.path())), expected);
}

#[test]
fn what_is_no_project_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let error = find_project(folder.path()).unwrap_err();
    assert!(matches!(error, RecipeError::NoProject { .. }));
    assert!(error.help().unwrap().contains("ashlar.toml"));
    assert_eq!(codes(load_project(folder.path())), [Code::MissingFile]);
}

#[test]
fn a_file_that_is_not_utf8_is_named() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path(), "x", "");
    fs::create_dir_all(folder.path().join("recipes/a")).unwrap();
    fs::write(folder.path().join("recipes/a/recipe.toml"), b"\xff").unwrap();
    let error = load_project(folder.path()).unwrap_err();
    assert!(matches!(&error, RecipeError::NotUtf8 { path } if path.ends_with("recipes/a/recipe.toml")));
}

#[test]
fn a_variant_replaces_what_it_states_and_adds_to_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path(), "x", "");
    recipe(
        folder.path(),
        "a",
        "\n[variant.debug]\nenv = { B = \"3\", C = \"4\" }\n[[variant.debug.step]]\nrun = \"x\"\n",
    );
    let set = load_project(folder.path()).unwrap();
    let plain = set.find_recipe("a").unwrap();
    let debug = plain.with_variant(&VariantName::parse("debug").unwrap()).unwrap();
    let env: Vec<String> = debug.build.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(env, ["A=1", "B=3", "C=4"]);
    assert_eq!(debug.build.steps, [Step::Run("x".to_owned())]);
    assert_eq!(plain.build.steps, [Step::Run("make".to_owned())]);
    assert_eq!(plain.with_variant(&VariantName::parse("fips").unwrap()), None);
}

#[test]
fn a_mistyped_name_gets_a_suggestion() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path(), "x", "");
    recipe(folder.path(), "libmnl", "");
    let set = load_project(folder.path()).unwrap();
    assert_eq!(set.find_recipe("libmln").unwrap_err().help.unwrap(), "did you mean `libmnl`?");
    assert_eq!(set.find_image("qmeu").unwrap_err().help.unwrap(), "there are no images");
}

#[test]
fn a_file_of_a_project_behind_a_link_is_refused() {
    type Attack = dyn Fn(&Path);
    let attacks: [(&str, &Attack); 3] = [
        ("recipes/x/recipe.toml", &|root| {
            fs::rename(root.join("recipes/x/recipe.toml"), root.join("elsewhere")).unwrap();
            std::os::unix::fs::symlink("../../elsewhere", root.join("recipes/x/recipe.toml")).unwrap();
        }),
        ("recipes/x/recipe.toml", &|root| {
            fs::rename(root.join("recipes/x"), root.join("elsewhere")).unwrap();
            std::os::unix::fs::symlink("../elsewhere", root.join("recipes/x")).unwrap();
        }),
        ("ashlar.toml", &|root| {
            fs::rename(root.join("ashlar.toml"), root.join("elsewhere")).unwrap();
            std::os::unix::fs::symlink("elsewhere", root.join("ashlar.toml")).unwrap();
        }),
    ];
    for (path, attack) in attacks {
        let folder = tempfile::tempdir().unwrap();
        project(folder.path(), "main", "");
        recipe(folder.path(), "x", "");
        load_project(folder.path()).unwrap();
        attack(folder.path());
        let error = load_project(folder.path()).unwrap_err();
        assert!(matches!(&error, RecipeError::Linked { path: found } if found.ends_with(path)), "{error}");
        assert!(error.help().is_some());
    }
}
