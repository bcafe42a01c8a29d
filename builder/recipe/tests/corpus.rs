// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The corpora of valid and invalid files; their format is described in `corpus/README.md`.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use ashlar_recipe::{
    Code, Diagnostics, ImageDefinition, OnDisk, Project, ProjectFiles, Recipe, RecipeName, RecipeSet,
    SchemaKind, SeedSets, SourceFile, schema,
};
use serde_json::Value;

const PROJECT: &str = "[project]\nname = \"p\"\nsupplier = \"Organization: P\"\nepoch = 1700000000\n";
const SEEDS: &str = "[set.tools]\ninclude = [\"base\"]\n\n[set.base]\npackages = [\"make\"]\n";
/// 2027-01-15.
const TODAY: i64 = 1_800_000_000;

fn corpus(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    let stem = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (stem(path), fs::read_to_string(path).unwrap())).collect()
}

fn split(text: &str) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut path = "recipes/x/recipe.toml".to_owned();
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("#= ") {
            Some(next) => path = next.trim_end().to_owned(),
            None => files.entry(path.clone()).or_default().push_str(line),
        }
    }
    files
}

fn project_files(text: &str) -> ProjectFiles {
    let mut files = ProjectFiles::default();
    for (path, text) in split(text) {
        match path.strip_prefix("../").and_then(|rest| rest.split_once('/')) {
            Some((import, rest)) => {
                let imported = files.imports.entry(RecipeName::parse(import).unwrap()).or_default();
                imported.folder = format!("../{import}");
                imported.texts.insert(rest.to_owned(), text);
            }
            None => {
                files.texts.insert(path, text);
            }
        }
    }
    files.texts.entry("ashlar.toml".to_owned()).or_insert_with(|| PROJECT.to_owned());
    files.texts.entry("seeds.toml".to_owned()).or_insert_with(|| SEEDS.to_owned());
    files
}

fn check(text: &str) -> Result<RecipeSet, Diagnostics> {
    let set = RecipeSet::parse(&project_files(text))?;
    let mut faults = set.check_files(&OnDisk {
        exists: &|_, path| !path.contains("missing"),
        names: &|_, path| {
            path.ends_with("patches")
                .then(|| ["one.patch", "two.patch", "README"].map(str::to_owned).to_vec())
        },
    });
    faults.append(set.check_dates(TODAY));
    if faults.is_empty() { Ok(set) } else { Err(faults) }
}

fn code_of(stem: &str) -> &str {
    stem.split("--").next().unwrap()
}

#[test]
fn valid_files_are_accepted() {
    for (stem, text) in corpus("valid") {
        if let Err(faults) = check(&text) {
            panic!("{stem}:\n{faults}");
        }
    }
}

#[test]
fn invalid_files_are_refused_for_their_fault_only_and_shown_well() {
    for (stem, text) in corpus("invalid") {
        let faults = check(&text).expect_err(&stem);
        let codes: BTreeSet<&str> = faults.sorted().iter().map(|fault| fault.code.as_str()).collect();
        assert_eq!(codes, BTreeSet::from([code_of(&stem)]), "{stem}:\n{faults}");
        for fault in faults.to_json().as_array().unwrap() {
            assert!(fault["labels"][0]["line"].is_u64(), "{stem} has no place: {fault}");
        }
        insta::with_settings!({
            snapshot_path => "../corpus/snapshots",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(stem.as_str(), faults.render(false));
        });
    }
}

#[test]
fn every_code_has_an_invalid_file() {
    let files: BTreeSet<String> =
        corpus("invalid").iter().map(|(stem, _)| code_of(stem).to_owned()).collect();
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    assert_eq!(files, codes);
}

#[test]
fn colours_change_no_word() {
    let (_, text) = corpus("invalid").swap_remove(0);
    let faults = check(&text).unwrap_err();
    let coloured = faults.render(true);
    assert!(coloured.contains('\u{1b}'));
    let mut plain = String::new();
    let mut inside = false;
    for character in coloured.chars() {
        match character {
            '\u{1b}' => inside = true,
            'm' if inside => inside = false,
            other if !inside => plain.push(other),
            _ => {}
        }
    }
    assert_eq!(plain, faults.render(false));
}

fn kind_of(path: &str) -> SchemaKind {
    match path.rsplit('/').next().unwrap() {
        "ashlar.toml" => SchemaKind::Project,
        "recipe.toml" => SchemaKind::Recipe,
        "seeds.toml" => SchemaKind::Seeds,
        _ => SchemaKind::Image,
    }
}

/// The JSON that editors check against the schema: dates are texts there.
fn to_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(text.as_str()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(truth) => Value::from(*truth),
        toml::Value::Datetime(date) => Value::from(date.to_string()),
        toml::Value::Array(items) => items.iter().map(to_json).collect(),
        toml::Value::Table(table) => table
            .iter()
            .map(|(key, value)| (key.clone(), to_json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

fn schema_faults(path: &str, text: &str) -> Vec<String> {
    let schema = schema(kind_of(path));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let document = to_json(&toml::Value::Table(text.parse().unwrap()));
    validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn accepted(path: &str, text: &str) -> bool {
    let file = SourceFile::new(path, text);
    match kind_of(path) {
        SchemaKind::Project => Project::parse(file).is_ok(),
        SchemaKind::Recipe => Recipe::parse(file).is_ok(),
        SchemaKind::Seeds => SeedSets::parse(file).is_ok(),
        SchemaKind::Image => ImageDefinition::parse(file).is_ok(),
    }
}

#[test]
fn what_the_readers_accept_fits_the_schemas() {
    for (stem, text) in corpus("valid").into_iter().chain(corpus("invalid")) {
        for (path, text) in split(&text) {
            if accepted(&path, &text) {
                assert_eq!(schema_faults(&path, &text), Vec::<String>::new(), "{stem}, {path}");
            }
        }
    }
}

#[test]
fn what_is_wrongly_shaped_fits_no_schema() {
    // Codes that are a matter of shape; the others need more than a schema can say.
    let shape = [
        "unknown-key",
        "missing-key",
        "wrong-type",
        "because",
        "source-kind",
        "step-kind",
        "variant-override",
    ];
    for (stem, text) in corpus("invalid") {
        // A date in quotes is a text to a schema.
        if !shape.contains(&code_of(&stem)) || stem == "wrong-type--quoted-date" {
            continue;
        }
        for (path, text) in split(&text) {
            assert_ne!(schema_faults(&path, &text), Vec::<String>::new(), "{stem}, {path}");
        }
    }
}

/// Removes one key after the other from each valid file: reader and schema must agree on which ones are needed.
#[test]
fn readers_and_schemas_agree_on_required_and_unknown_keys() {
    for (stem, text) in corpus("valid") {
        for (path, text) in split(&text) {
            for line in text.lines().filter(|line| line.contains(" = ") && !line.starts_with([' ', '#'])) {
                let key = line.split(" = ").next().unwrap();
                for changed in
                    [text.replacen(line, "", 1), text.replacen(line, &line.replacen(key, "zzz", 1), 1)]
                {
                    let Ok(table) = changed.parse::<toml::Table>() else { continue };
                    let document = to_json(&toml::Value::Table(table));
                    let fits = jsonschema::is_valid(&schema(kind_of(&path)), &document);
                    let accepted = accepted(&path, &changed);
                    // The reader knows more than the schema, for example that an `unpack` needs its source.
                    assert!(
                        fits || !accepted,
                        "{stem}, {path}: accepted without `{line}`, unfit by the schema"
                    );
                    if Recipe::parse(SourceFile::new("x", changed.as_str())).is_err_and(|faults| {
                        faults.sorted().iter().any(|fault| {
                            matches!(fault.code, Code::MissingKey | Code::UnknownKey)
                                && kind_of(&path) == SchemaKind::Recipe
                        })
                    }) {
                        assert!(
                            !fits,
                            "{stem}, {path}: the schema accepts it without `{line}`, the reader does not"
                        );
                    }
                }
            }
        }
    }
}
