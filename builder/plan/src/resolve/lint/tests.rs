// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A small project with an image, of which every node is lowered: a judgement stands beside what is built, never in it.

use ashlar_digest::{DerivationId, Sha256, TreeDigest};
use ashlar_recipe::{Platform, ProjectFiles, ProjectPath, RecipeSet, System};
use ashlar_tree::Pattern;

use super::*;
use crate::{CrateFile, GoModuleFile, Graph, ImageIdentity, Lockfile, PlanError, PlanInput, ProjectSources};

const ASHLAR_TOML: &str = "[project]\nname = \"p\"\nsupplier = \"Organization: P\"\nepoch = 1700000000\n";
const SEEDS: &str = "[archive]\nkeyrings = [\"4CB50190207B4758A3F73A796ED0E7B82643E131\"]\n\
                     suites = [{ name = \"stable\", archive = \"debian\" }]\n[set.image-tools]\npackages = []\n";
const IMAGE: &str = r#"
[image]
name = "i"
version = "1"
summary = "An image"
platform = "x86_64-linux"
cmdline = "console=ttyS0"
feeds = []
[kernel]
image = "kernel:image"
file = "boot/bzImage"
[stub]
from = "stub:runtime"
file = "stub.efi"
[init]
from = "program:runtime"
file = "usr/bin/init"
[root]
include = ["program:runtime"]
[container.c]
version = "1"
summary = "A container"
include = ["program:other"]
entrypoint = ["/x"]
[erofs]
compressor = "none"
[boot]
memory = 1024
cpus = 1
timeout = 60
tools = "image-tools"
"#;
const EXCEPTION: &str =
    "[[output.exception]]\nrule = \"relro\"\npaths = [\"usr/bin/x\"]\nbecause = \"it is so\"\n";

struct NoSources;

impl ProjectSources for NoSources {
    fn path_tree(&self, _: &str, _: &ProjectPath, _: &[Pattern]) -> Result<TreeDigest, String> {
        Err("there are none".to_owned())
    }

    fn crates(&self, _: &str, _: &ProjectPath, _: &str) -> Result<Vec<CrateFile>, String> {
        Err("there are none".to_owned())
    }

    fn go_modules(&self, _: &str, _: &ProjectPath, _: &ProjectPath) -> Result<Vec<GoModuleFile>, String> {
        Err("there are none".to_owned())
    }
}

/// The graph of the image and of all recipes, where the output `runtime` of recipe `program` ends with `more`.
fn graph(more: &str) -> Result<Graph, PlanError> {
    let mut files = ProjectFiles::default();
    files.texts.insert("ashlar.toml".into(), ASHLAR_TOML.into());
    files.texts.insert("seeds.toml".into(), SEEDS.into());
    files.texts.insert("images/definitions/i.toml".into(), IMAGE.into());
    for (name, outputs, more) in [
        ("kernel", &["image"][..], ""),
        ("stub", &["runtime"], ""),
        ("library", &["runtime"], ""),
        ("program", &["other", "runtime"], more),
        ("user", &["runtime"], ""),
    ] {
        let build = if name == "user" { "host = [\"program:runtime\"]\n" } else { "" };
        let runtime = if name == "program" { "runtime = [\"library:runtime\"]\n" } else { "" };
        let outputs: Vec<String> = outputs
            .iter()
            .map(|output| format!("[[output]]\nname = \"{output}\"\npaths = [\"{output}/**\"]\n"))
            .collect();
        let text = format!(
            "[recipe]\nname = \"{name}\"\nversion = \"1\"\nsummary = \"A thing\"\nlicense = \"MIT\"\n\
             homepage = \"https://x.example/\"\nsupplier = \"Organization: X\"\npurl = \"pkg:generic/{name}@1\"\n\
             [build]\n{build}step = [{{ run = \"true\" }}]\n{}{runtime}",
            outputs.concat()
        );
        files.texts.insert(format!("recipes/{name}/recipe.toml"), text + more);
    }
    let recipes = RecipeSet::parse(&files).unwrap();
    let lock =
        Lockfile { sets: BTreeMap::from([("image-tools".to_owned(), Vec::new())]), ..Lockfile::default() };
    let platform = Platform::native(System::X86_64Linux);
    let mut planner = Planner::new(PlanInput {
        recipes: &recipes,
        lock: &lock,
        platform,
        epoch: 1_700_000_000,
        sources: &NoSources,
        snapshot: "https://snapshot.example/",
    });
    let image = recipes.find_image("i").unwrap();
    planner.image(image, &ImageIdentity::development(recipes.project(), image))?;
    for recipe in recipes.recipes() {
        planner.recipe(&recipe.name)?;
    }
    Ok(planner.finish().0)
}

/// The identity of every node, where each gives a tree of its own that its identity does not change.
fn identities(graph: &Graph) -> BTreeMap<String, DerivationId> {
    let tree_of = |port: &Port| Some(TreeDigest::new(Sha256::of(graph.port_key(port).as_bytes())));
    graph
        .ids()
        .map(|id| (graph.node(id).key.clone(), graph.lower(id, tree_of).unwrap().id().unwrap()))
        .collect()
}

#[test]
fn an_exception_changes_the_judgement_of_its_output_and_the_identity_of_nothing_that_is_built() {
    let (before, after) = (graph("").unwrap(), graph(EXCEPTION).unwrap());
    let (plain, excepted) = (identities(&before), identities(&after));
    assert!(before.nodes().iter().filter(|node| node.is_sandboxed()).count() > 5);
    assert!(plain.keys().eq(excepted.keys()), "an exception adds no node");
    let changed: Vec<&String> =
        plain.iter().filter(|(key, id)| excepted[*key] != **id).map(|(key, _)| key).collect();
    assert_eq!(changed, ["lint of recipe program:runtime"]);
}

#[test]
fn a_day_of_an_exception_is_no_part_of_the_judgement_and_planning_fails_behind_it() {
    let dated = |day: &str| graph(&format!("{EXCEPTION}until = {day}\n"));
    assert_eq!(identities(&dated("2099-12-31").unwrap()), identities(&graph(EXCEPTION).unwrap()));
    let error = dated("2023-11-13").unwrap_err();
    assert_eq!(
        error.to_string(),
        "plan recipe program: the exception of output runtime from `relro` held until 2023-11-13, and the source epoch is \
         2023-11-14"
    );
}

/// Names of the inputs of `key` that are gates.
fn gates<'g>(graph: &'g Graph, key: &str) -> Vec<&'g str> {
    let node = graph.node(graph.find(key).unwrap());
    let gates =
        node.named_inputs().filter(|(_, port)| graph.node(port.node).kind() == Builtin::LintGate.id());
    gates.map(|(name, _)| name).collect()
}

#[test]
fn nothing_ships_past_its_gate() {
    let graph = graph("").unwrap();
    assert_eq!(
        gates(&graph, "image i root"),
        [
            "closure of kernel:image",
            "closure of library:runtime",
            "closure of program:runtime",
            "closure of stub:runtime"
        ]
    );
    assert_eq!(gates(&graph, "image i container c root"), ["closure of program:other"]);
}

#[test]
fn an_output_is_judged_with_its_closure_and_beside_the_others_of_its_recipe() {
    let graph = graph("").unwrap();
    let inputs = |key: &str| -> Vec<String> {
        let node = graph.node(graph.find(key).unwrap());
        node.named_inputs().map(|(name, port)| format!("{name} = {}", graph.port_key(port))).collect()
    };
    assert_eq!(
        inputs("lint of recipe program:runtime"),
        [
            "library:runtime = recipe library:runtime",
            "self = recipe program:runtime",
            "sibling other = recipe program:other"
        ]
    );
    assert_eq!(inputs("gate of recipe program:runtime"), ["lint = lint of recipe program:runtime:out"]);
}

#[test]
fn what_is_asked_for_is_judged_and_so_is_all_that_ships_with_an_image() {
    let graph = graph("").unwrap();
    let keys = |goal: &str| -> Vec<&str> {
        let lints = graph.lints(&[graph.find(goal).unwrap()]);
        lints.into_iter().map(|id| graph.node(id).key.as_str()).collect()
    };
    let mut all = keys("image i");
    all.sort_unstable();
    assert_eq!(
        all,
        [
            "lint of recipe kernel:image",
            "lint of recipe library:runtime",
            "lint of recipe program:other",
            "lint of recipe program:runtime",
            "lint of recipe stub:runtime"
        ]
    );
    assert_eq!(
        keys("gate of recipe user:runtime"),
        ["lint of recipe user:runtime"],
        "its inputs do not ship with it"
    );
}
