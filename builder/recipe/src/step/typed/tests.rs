// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Typed steps as recipes state them.

use super::*;
use crate::file::SourceFile;
use crate::recipe::Recipe;
use crate::step::Step;

fn recipe(step: &str) -> Result<Recipe, String> {
    let text = format!(
        r#"
[recipe]
name = "x"
version = "1"
summary = "A thing"
license = "MIT"
homepage = "https://x.example/"
supplier = "Organization: X"
purl = "pkg:generic/x@1"

[[source]]
name = "x"
path = "recipes/x/files"
[[source.patch]]
file = "x.patch"
upstream = "backport"

[build]
[[build.step]]
{step}

[[output]]
name = "runtime"
paths = ["**"]
"#
    );
    Recipe::parse(SourceFile::new("recipe.toml", text)).map_err(|faults| faults.to_string())
}

fn typed(step: &str) -> TypedStep {
    match recipe(step).unwrap().build.steps.remove(0) {
        Step::Typed(step) => step,
        other => panic!("{other:?}"),
    }
}

#[test]
fn absent_parameters_have_their_defaults_and_folders_are_absolute() {
    let step = typed(r#"autotools = { in = "x/src", configure = ["--a b", "$(c)"] }"#);
    let wanted: [(&str, &[&str]); 4] = [
        ("configure", &["--a b", "$(c)"]),
        ("in", &["/build/x/src"]),
        ("install", &["install"]),
        ("make", &[]),
    ];
    let wanted =
        wanted.map(|(name, values)| (name, values.iter().map(|value| (*value).to_owned()).collect()));
    assert_eq!((step.kind, step.parameters), (StepKind::Autotools, BTreeMap::from(wanted)));
    let step = typed(r#"patch = { in = "x", sources = ["x"], strip = 0 }"#);
    assert_eq!(step.parameters["strip"], ["0"]);
    let step = typed(r#"cargo = { in = "/sources/x/a", crates = "x", package = "p", programs = ["p"] }"#);
    assert_eq!(
        (&step.parameters["in"], &step.parameters["default-features"]),
        (&vec!["/sources/x/a".to_owned()], &vec!["true".to_owned()])
    );
}

#[test]
fn whatever_a_parameter_cannot_be_is_a_fault_with_its_code() {
    for (step, code) in [
        (r#"autotools = { in = "x", configurate = [] }"#, "unknown-key"),
        (r#"autotools = {}"#, "missing-key"),
        (r#"autotools = { in = "../x" }"#, "path"),
        (r#"autotools = { in = "/etc" }"#, "path"),
        (r#"autotools = { in = "/sources/" }"#, "path"),
        (r#"autotools = { in = "/sources/y/a" }"#, "unknown-source"),
        (r#"autotools = { in = "x", make = "all" }"#, "wrong-type"),
        (r#"autotools = { in = "x", make = ["a\nb"] }"#, "out-of-range"),
        (r#"autotools = { in = "x", make = ["a\u0000b"] }"#, "out-of-range"),
        (r#"patch = { in = "x", sources = [] }"#, "out-of-range"),
        (r#"patch = { in = "x", sources = ["y"] }"#, "unknown-source"),
        (r#"patch = { in = "x", sources = ["x"], strip = 10 }"#, "out-of-range"),
        (r#"cargo = { in = "x", crates = "y", package = "p", programs = ["p"] }"#, "unknown-source"),
        (
            r#"cargo = { in = "x", crates = "x", package = "p", programs = ["p"], default-features = 1 }"#,
            "wrong-type",
        ),
        (r#"install = { in = "x", files = ["a"], to = "/etc" }"#, "path"),
        (r#"install = { in = "x", files = ["a"], to = "etc", mode = "4755" }"#, "mode"),
        ("autotools = { in = \"x\" }\nrun = \"make\"", "step-kind"),
    ] {
        let faults = recipe(step).unwrap_err();
        assert!(faults.contains(&format!("error[{code}]")), "{step}: {faults}");
        assert_eq!(faults.matches("error[").count(), 1, "{step}: {faults}");
    }
}

#[test]
fn every_fault_of_a_step_is_told_at_once() {
    let faults = recipe(r#"patch = { sources = ["y"], strip = 10, x = 1 }"#).unwrap_err();
    assert_eq!(faults.matches("error[").count(), 3, "{faults}");
}
