// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A small project, drawn.

use std::collections::BTreeSet;

use ashlar_digest::TreeDigest;
use ashlar_plan::{CrateFile, GoModuleFile, Lockfile, PlanInput, Planner, ProjectSources};
use ashlar_recipe::{Platform, ProjectFiles, ProjectPath, RecipeName, RecipeSet, System};
use ashlar_tree::Pattern;

use super::*;
use crate::picture::{dot, svg};

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

/// `slow` and `quick` are both needed by `top`.
fn graph() -> (Graph, Vec<NodeId>) {
    let mut files = ProjectFiles::default();
    let project = "[project]\nname = \"example\"\nsupplier = \"Organization: Example\"\nepoch = 7\n";
    files.texts.insert("ashlar.toml".into(), project.into());
    for (name, host) in [("quick", ""), ("slow", ""), ("top", "host = [\"quick:out\", \"slow:out\"]")] {
        let text = format!(
            "[recipe]\nname = \"{name}\"\nversion = \"1\"\nsummary = \"A test\"\nlicense = \"MIT\"\nhomepage = \"https://example.org/\"\n\
             supplier = \"Organization: Example\"\npurl = \"pkg:generic/{name}@1\"\n[build]\n{host}\n[[build.step]]\nrun = \"true\"\n\
             [[output]]\nname = \"out\"\npaths = [\"**\"]\n"
        );
        files.texts.insert(format!("recipes/{name}/recipe.toml"), text);
    }
    let recipes = RecipeSet::parse(&files).unwrap();
    let lock = Lockfile::default();
    let platform = Platform::native(System::X86_64Linux);
    let input = PlanInput {
        recipes: &recipes,
        lock: &lock,
        platform,
        epoch: 7,
        sources: &NoSources,
        snapshot: "https://snapshot.example/",
    };
    let mut planner = Planner::new(input);
    let goals = planner.recipe(&RecipeName::parse("top").unwrap()).unwrap();
    (planner.finish().0, goals)
}

fn picture(times: &[(&str, u64)], folding: Folding) -> Picture {
    let (graph, goals) = graph();
    let times = times.iter().map(|(key, took)| ((*key).to_owned(), Duration::from_secs(*took))).collect();
    let outlook = Outlook {
        stored: graph.find("recipe quick").into_iter().collect::<BTreeSet<_>>(),
        ..Outlook::default()
    };
    Picture::of(&graph, &goals, &outlook, &times, folding)
}

#[test]
fn the_chain_with_the_longest_times_is_marked() {
    let times = [("recipe quick", 3), ("recipe slow", 100), ("recipe top", 5)];
    let found = picture(&times, Folding::People);
    let marked: Vec<&str> =
        found.dots.iter().filter(|dot| dot.critical).map(|dot| dot.key.as_str()).collect();
    assert_eq!(marked, ["recipe slow", "recipe top"]);
    assert!(found.title.starts_with("critical path, 1 min 45 s ("), "{}", found.title);
    assert!(found.title.ends_with(": recipe slow → recipe top"), "{}", found.title);
    let critical: Vec<_> = found.arrows.iter().filter(|arrow| arrow.critical).collect();
    assert_eq!(critical.len(), 1);
    assert_eq!(found.dots[critical[0].from].key, "recipe slow");
}

#[test]
fn without_times_the_picture_says_that_it_estimates() {
    let found = picture(&[], Folding::People);
    assert!(
        found.title.starts_with("critical path by estimated work, for no times are recorded: "),
        "{}",
        found.title
    );
    assert!(found.dots.iter().all(|dot| dot.took.is_none()));
    assert!(found.dots.iter().any(|dot| dot.critical));
}

#[test]
fn what_merely_merges_is_passed_through_unless_all_is_asked_for() {
    let keys = |picture: &Picture| picture.dots.iter().map(|dot| dot.key.clone()).collect::<Vec<_>>();
    let folded = picture(&[], Folding::People);
    assert_eq!(keys(&folded), ["recipe quick", "recipe slow", "recipe top"]);
    let pairs: Vec<_> = folded.arrows.iter().map(|arrow| (arrow.from, arrow.to)).collect();
    assert_eq!(pairs, [(0, 2), (1, 2)]);
    let all = picture(&[], Folding::Nothing);
    assert!(keys(&all).iter().any(|key| key.starts_with("sysroot of recipe quick:out")), "{:?}", keys(&all));
    for judged in ["lint of recipe top:out", "gate of recipe top:out"] {
        assert!(keys(&all).iter().any(|key| key == judged), "{:?}", keys(&all));
    }
}

#[test]
fn both_forms_name_every_node_and_every_arrow() {
    let found = picture(&[("recipe slow", 100)], Folding::People);
    let text = dot(&found);
    assert!(text.starts_with("digraph ashlar {\n") && text.ends_with("\n}"), "{text}");
    assert!(text.contains("  n1 [label=\"recipe slow\\n1 min 40 s\", fillcolor=\"#fff3c4\", color=\"#c0392b\", penwidth=2];\n"), "{text}");
    assert!(text.contains("  n0 -> n2;\n  n1 -> n2 [color=\"#c0392b\", penwidth=2];\n"), "{text}");
    let drawn = svg(&found);
    assert_eq!(drawn.matches("<g><title>").count(), 3, "{drawn}");
    assert_eq!(drawn.matches("<path class=\"way").count(), 2, "{drawn}");
    assert_eq!(drawn.matches("<rect class=\"recipe new critical\"").count(), 2, "{drawn}");
    for foreign in ["<script", "href", "url(", "@import"] {
        assert!(!drawn.contains(foreign), "{foreign}: {drawn}");
    }
}

#[test]
fn a_name_with_marks_in_it_breaks_no_picture() {
    let mut found = picture(&[], Folding::People);
    found.dots[0].key = "recipe <a&\"b\">\\".to_owned();
    assert!(dot(&found).contains("[label=\"recipe <a&\\\"b\\\">\\\\\""), "{}", dot(&found));
    assert!(svg(&found).contains("<title>recipe &lt;a&amp;&quot;b&quot;&gt;\\</title>"), "{}", svg(&found));
}
