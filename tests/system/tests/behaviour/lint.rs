// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a recipe installs is judged before it ships: a build refuses what breaks a rule, and `ashlar lint` shows all that
//! was found.

use ashlar_system_tests::{Ended, Project, nonce, shared_store};

/// Installs a text that breaks an error's rule, and one that breaks a warning's.
const STEP: &str = r#"
mkdir -p "$OUT/usr/share"
echo "by root@ashlar" >"$OUT/usr/share/by"
echo "from /build/it" >"$OUT/usr/share/from"
"#;

/// A project with the recipe `it`, whose one output ends with `output`.
fn project(build: &str, step: &str, output: &str) -> Project {
    let project = Project::importing_the_checkout();
    project.recipe(
        "it",
        &format!(
            "[build]\nseeds = [\"base\"]\n{build}\n[[build.step]]\nrun = '''\n# {}\n{step}\n'''\n[[output]]\nname = \"runtime\"\npaths = [\"**\"]\n{output}",
            nonce()
        ),
    );
    project
}

fn exception(paths: &str, more: &str) -> String {
    format!(
        "[[output.exception]]\nrule = \"no-build-host\"\npaths = {paths}\nbecause = \"it has to say so\"\n{more}"
    )
}

fn ashlar(project: &Project, arguments: &[&str]) -> Ended {
    project.ashlar(&shared_store()).args(arguments).run()
}

#[test]
fn what_breaks_a_rule_does_not_ship_and_is_shown_with_the_ways_out() {
    let project = project("", STEP, "");
    ashlar(&project, &["build", "it"]).ends_with(1).tells(&[
        "error: failed to accept what it:runtime installs:\n",
        "[no-build-host] usr/share/by: at byte 0x3 stands \"by root@ashlar\"\n",
        "no-build-host: Look for the option or variable that sets it",
        "rule = \"no-build-host\"\n",
        "paths = [\"usr/share/by\"]\n",
    ]);
    let lint = ashlar(&project, &["lint", "it"]).ends_with(1);
    assert_eq!(
        lint.out,
        "error[no-build-host] it:runtime usr/share/by: at byte 0x3 stands \"by root@ashlar\"\n\
         warning[no-build-path-in-text] it:runtime usr/share/from: at byte 0x5 stands \"from /build/it\"\n\
         warning[license-text] it:runtime usr/share/licenses/it: no output of the recipe has a file there\n"
    );
    lint.tells(&["1 outputs: 1 errors, 2 warnings, 0 excepted\n"]);
}

#[test]
fn an_exception_lets_pass_what_it_names_and_is_refused_where_it_names_nothing() {
    let excepted = project("", STEP, &exception("[\"usr/share/by\"]", "until = 2099-12-31\n"));
    ashlar(&excepted, &["build", "it"])
        .succeeds()
        .tells(&["2 warnings about what is installed; `ashlar lint it` shows them"]);
    ashlar(&excepted, &["lint", "it"]).succeeds().tells(&["1 outputs: 0 errors, 2 warnings, 1 excepted\n"]);
    ashlar(&excepted, &["lint", "it", "--strict"]).ends_with(1);
    let dead = project("", STEP, &exception("[\"usr/share/by\", \"usr/share/gone\"]", ""));
    ashlar(&dead, &["build", "it"]).ends_with(1).tells(&[
        "[exception-used] usr/share/gone: the exception from \"no-build-host\" takes nothing here\n",
    ]);
}

#[test]
fn an_exception_ends_by_the_source_epoch_for_builds_and_by_today_for_lint() {
    // The project's epoch is 2023-11-14.
    let over = project("", STEP, &exception("[\"usr/share/by\"]", "until = 2023-11-13\n"));
    ashlar(&over, &["build", "it"]).ends_with(1).tells(&[
        "error: failed to plan recipe it: the exception of output runtime from `no-build-host` held until 2023-11-13",
        "help: remove what needs it, or look at it again and set a later day\n",
    ]);
    let today = project("", STEP, &exception("[\"usr/share/by\"]", "until = 2023-11-14\n"));
    ashlar(&today, &["build", "it"]).succeeds();
    ashlar(&today, &["lint", "it"])
        .ends_with(1)
        .tells(&["error[expired]: this exception held until 2023-11-14"]);
}

#[test]
fn an_input_without_effect_is_found_by_building_without_it() {
    let sources =
        "[[source]]\nname = \"used\"\npath = \"used\"\n[[source]]\nname = \"idle\"\npath = \"idle\"\n";
    let project = Project::importing_the_checkout();
    for folder in ["used", "idle"] {
        project.write(&format!("{folder}/text"), &nonce());
    }
    project.recipe(
        "it",
        &format!(
            "{sources}[build]\nseeds = [\"base\"]\n[[build.step]]\nrun = 'mkdir -p \"$OUT/usr/share\"; cp /sources/used/text \"$OUT/usr/share/\"'\n[[output]]\nname = \"runtime\"\npaths = [\"**\"]\n"
        ),
    );
    ashlar(&project, &["lint", "it"]).succeeds();
    let lint = ashlar(&project, &["lint", "--inputs", "it"]).ends_with(1);
    let found: Vec<&str> = lint.out.lines().filter(|line| line.starts_with("error")).collect();
    assert_eq!(
        found,
        [
            "error[inputs-used] it source idle: without it the build and its tests succeed and give the same bytes"
        ]
    );
}

#[test]
fn a_rule_is_explained_and_a_mistyped_one_is_recognised() {
    let project = Project::importing_the_checkout();
    let explained = ashlar(&project, &["lint", "--explain", "relro"]).succeeds();
    assert!(
        explained.out.starts_with("## `relro`\n\n") && explained.out.contains("What to do: Link with"),
        "{explained}"
    );
    ashlar(&project, &["lint", "--explain", "relo"]).ends_with(2).tells(&["did you mean `relro`?"]);
    let page = ashlar(&project, &["lints"]).succeeds();
    assert!(page.out.contains(explained.out.trim_end()), "the page holds each explanation");
}
