// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Several builds at once on one store.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use ashlar_system_tests::{Folder, Project, bring_base_seed, nonce, scratch_root, wait_until};
use serde_json::Value;

#[test]
fn two_builds_at_once_on_an_empty_store_give_the_same_and_build_once() {
    let folder = Folder::below(&scratch_root());
    bring_base_seed(&folder.join("sources"));
    let project = Project::importing_the_checkout();
    let nonce = nonce();
    project.simple_recipe("it", "", &format!("mkdir \"$OUT/usr\"; sleep 1; echo {nonce} > \"$OUT/usr/it\""));
    let start = || {
        let call = project.ashlar(&folder.join("store")).args(["--offline", "--sources"]);
        call.arg(folder.join("sources")).args(["build", "it"]).start()
    };
    let running = [start(), start(), start()];
    let ended = running.map(|build| build.wait().succeeds());
    assert!(
        ended.iter().all(|one| one.out == ended[0].out && one.out.contains("recipe it:runtime")),
        "{ended:?}"
    );
    let built: usize = ended.iter().map(|one| one.built().len()).sum();
    assert_eq!(built, 1, "the step ran once: {ended:?}");
    project.ashlar(&folder.join("store")).args(["store", "check"]).run().succeeds();
}

#[test]
fn two_builds_of_different_goals_at_once_share_all_work_and_do_none_of_it_twice() {
    let folder = Folder::below(&scratch_root());
    bring_base_seed(&folder.join("sources"));
    let project = Project::importing_the_checkout();
    let write = |name: &str| format!("mkdir -p \"$OUT/usr\"; echo {} > \"$OUT/usr/{name}\"", nonce());
    project.simple_recipe("shared", "", &write("shared"));
    for name in ["left", "right"] {
        project.simple_recipe(name, "host = [\"shared:runtime\"]", &write(name));
    }
    let store = folder.join("store");
    let start = |goal: &str| {
        let call = project.ashlar(&store).args(["--offline", "--sources"]);
        call.arg(folder.join("sources")).args(["build", goal]).start()
    };
    let running = [start("left"), start("right")];
    for build in running {
        build.wait().succeeds();
    }
    // Each says in its record what it built itself: packages and sysroots as well as recipes.
    let mut built: BTreeMap<String, usize> = BTreeMap::new();
    let mut records = 0;
    for record in fs::read_dir(store.join("records")).unwrap().flatten() {
        records += 1;
        let text = fs::read_to_string(record.path()).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let names: Vec<&str> = lines.iter().filter_map(|line| line["derivation"]["name"].as_str()).collect();
        let made = lines.iter().map(|line| &line["ended"]).filter(|ended| ended["outcome"] == "built");
        for ended in made {
            let index = usize::try_from(ended["derivation"].as_u64().unwrap()).unwrap();
            *built.entry(names[index].to_owned()).or_default() += 1;
        }
    }
    assert_eq!(records, 2);
    assert!(built.len() > 30 && built.contains_key("recipe shared"), "{built:?}");
    let twice: Vec<&String> = built.iter().filter(|(_, count)| **count > 1).map(|(name, _)| name).collect();
    assert!(twice.is_empty(), "built twice: {twice:?}");
    project.ashlar(&store).args(["store", "check"]).run().succeeds();
}

#[test]
fn a_build_goes_on_where_the_one_that_it_waits_for_is_killed() {
    let folder = Folder::below(&scratch_root());
    bring_base_seed(&folder.join("sources"));
    let project = Project::importing_the_checkout();
    project.simple_recipe(
        "it",
        "",
        &format!("mkdir \"$OUT/usr\"; sleep 3; echo {} > \"$OUT/usr/it\"", nonce()),
    );
    let start = || {
        let call = project.ashlar(&folder.join("store")).args(["--offline", "--sources"]);
        call.arg(folder.join("sources")).args(["build", "it"]).start()
    };
    let first = start();
    wait_until("the first one builds", Duration::from_secs(120), || {
        first.err().contains("building recipe it")
    });
    let second = start();
    wait_until("the second one waits", Duration::from_secs(120), || {
        second.err().contains("waiting: another process builds recipe it")
    });
    first.kill();
    let ended = second.wait().succeeds();
    assert_eq!(ended.built(), ["it"], "{ended}");
    project.ashlar(&folder.join("store")).args(["store", "check"]).run().succeeds();
}

#[test]
fn cleaning_waits_for_a_build_and_takes_nothing_from_it() {
    let folder = Folder::below(&scratch_root());
    bring_base_seed(&folder.join("sources"));
    let project = Project::importing_the_checkout();
    project.simple_recipe(
        "it",
        "",
        &format!("mkdir \"$OUT/usr\"; sleep 2; echo {} > \"$OUT/usr/it\"", nonce()),
    );
    let store = folder.join("store");
    let call = project.ashlar(&store).args(["--offline", "--sources"]).arg(folder.join("sources"));
    let build = call.args(["build", "it"]).start();
    wait_until("it builds", Duration::from_secs(120), || build.err().contains("building recipe it"));
    let cleaned = project
        .ashlar(&store)
        .args(["store", "gc"])
        .run()
        .succeeds()
        .tells(&["waiting: another process uses the store"]);
    assert!(cleaned.out.ends_with("removed\n"), "{cleaned}");
    let built = build.wait().succeeds();
    project.ashlar(&store).args(["store", "check"]).run().succeeds();
    // What a project was built from is kept.
    let again = project.ashlar(&store).args(["--offline", "build", "it"]).run().succeeds();
    assert_eq!((again.out.as_str(), again.built()), (built.out.as_str(), vec![]), "{again}");
}
