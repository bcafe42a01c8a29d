// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One recipe that takes something from everywhere.

use ashlar_recipe::{ProjectFiles, RecipeName, VariantName};

use super::*;

const HEAD: &str = "version = \"1\"\nsummary = \"A test\"\nlicense = \"MIT\"\nhomepage = \"https://example.org/\"\nsupplier = \"Organization: Example\"\n";

fn recipes() -> RecipeSet {
    let mut files = ProjectFiles::default();
    let mut add = |path: &str, text: String| drop(files.texts.insert(path.to_owned(), text));
    add(
        "ashlar.toml",
        "[project]\nname = \"example\"\nsupplier = \"Organization: Example\"\nepoch = 7\nmirrors = [\"https://mirror.example/src/\"]\n".into(),
    );
    add(
        "seeds.toml",
        "[archive]\nkeyrings = [\"04B54C3CDCA79751B16BC6B5225629DF75B188BD\"]\nsuites = [{ name = \"trixie\", archive = \"debian\" }]\n[set.base]\npackages = [\"make\"]\n[set.toolchain]\ninclude = [\"base\"]\n".into(),
    );
    for (name, propagates) in
        [("libc", ""), ("lib", "propagates = [\"libc:dev\"]\nruntime = [\"libc:dev\"]\n")]
    {
        add(
            &format!("recipes/{name}/recipe.toml"),
            format!(
                "[recipe]\nname = \"{name}\"\n{HEAD}purl = \"pkg:generic/{name}@1\"\n[build]\n[[build.step]]\nrun = \"true\"\n[[output]]\nname = \"dev\"\npaths = [\"**\"]\n{propagates}"
            ),
        );
    }
    add(
        "recipes/it/recipe.toml",
        format!(
            "[recipe]\nname = \"it\"\n{HEAD}purl = \"pkg:generic/it@1\"\n\
             [[source]]\nname = \"it\"\nurl = \"https://example.org/it-1.tar.gz\"\nsha256 = \"{}\"\n\
             [build]\nseeds = [\"toolchain\"]\ntarget = [\"lib:dev\"]\n[build.env]\nCFLAGS = \"-O2\"\nLDFLAGS = \"-s\"\n\
             [[build.step]]\nunpack = \"it\"\n[[build.step]]\nautotools = {{ in = \"it\" }}\n\
             [[output]]\nname = \"runtime\"\npaths = [\"**\"]\nruntime = [\"lib:dev\"]\n\
             [variant.debug]\nenv = {{ CFLAGS = \"-O0\" }}\n[[variant.debug.step]]\nrun = \"true\"\n",
            "0".repeat(64)
        ),
    );
    RecipeSet::parse(&files).unwrap_or_else(|faults| panic!("{faults}"))
}

fn lines(variant: Option<&str>) -> Vec<String> {
    let recipes = recipes();
    let text = "version = 1\n[set]\nbase = []\ntoolchain = []\n[epoch]\nit = 1234\n";
    let locked = Locked::parse(text).unwrap();
    let variant = variant.map(|variant| VariantName::parse(variant).unwrap());
    let recipe = recipes.recipe(&RecipeName::parse("it").unwrap()).unwrap();
    let sheet = explain_recipe(&recipes, &locked, recipe, variant.as_ref(), 3);
    sheet.lines(None).iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[track_caller]
fn holds(lines: &[String], expected: &[&str]) {
    for line in expected {
        assert!(lines.iter().any(|found| found == line), "{line:?} is not in {lines:#?}");
    }
}

#[test]
fn each_value_is_told_with_the_line_that_says_so() {
    let lines = lines(None);
    holds(
        &lines,
        &[
            "recipe.version = \"1\" # recipes/it/recipe.toml:3",
            "project = \"example\" # ashlar.toml:2",
            "epoch = 1234 # ashlar.lock:6, newest date in its sources",
            "source[it].url = \"https://example.org/it-1.tar.gz\" # recipes/it/recipe.toml:11",
            "source[it].mirrors+ = \"https://mirror.example/src/it-1.tar.gz\" # ashlar.toml:5, mirror of the project",
            "build.seeds[0] = \"toolchain\" # recipes/it/recipe.toml:14",
            "build.seeds+ = \"base\" # seeds.toml:7, included by toolchain",
            "build.target+ = \"libc:dev\" # recipes/lib/recipe.toml:15, propagated by lib:dev",
            "build.env.CFLAGS = \"-O2\" # recipes/it/recipe.toml:17",
            "build.env.SOURCE_DATE_EPOCH = \"1234\" # set by the sandbox",
            "build.env.JOBS = \"3\" # set by the sandbox",
            "build.step[1].autotools.install = [\"install\"] # default",
            "platform.target = \"x86_64-linux\" # default",
            "variant+ = \"debug\" # recipes/it/recipe.toml:27, there is this variant",
            "output[runtime].runtime+ = \"libc:dev\" # recipes/lib/recipe.toml:16, needed by lib:dev",
        ],
    );
    assert!(!lines.iter().any(|line| line.contains("-O0")), "{lines:#?}");
}

#[test]
fn a_variant_takes_the_place_of_what_it_restates_and_of_nothing_else() {
    let lines = lines(Some("debug"));
    holds(
        &lines,
        &[
            "build.env.CFLAGS = \"-O0\" # recipes/it/recipe.toml:28, variant debug",
            "build.env.LDFLAGS = \"-s\" # recipes/it/recipe.toml:18",
            "build.step[0].run = \"true\" # recipes/it/recipe.toml:30, variant debug",
            "build.seeds[0] = \"toolchain\" # recipes/it/recipe.toml:14",
        ],
    );
    assert!(!lines.iter().any(|line| line.contains("-O2") || line.contains("autotools")), "{lines:#?}");
}
