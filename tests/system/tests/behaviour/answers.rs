// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a new user sees who makes a mistake: each answer names the place and the next step, in words that need no knowledge of our code.

use ashlar_system_tests::{Ended, Folder, Project, checkout, nonce, shared_store};

fn build(project: &Project, name: &str) -> Ended {
    let ended = project.ashlar(&shared_store()).args(["build", name]).run();
    assert_eq!(ended.out, "", "a failed build prints no digest: {ended}");
    ended
}

/// A project with one recipe, `it`, and what building it says.
fn answer(build_lines: &str, step: &str) -> Ended {
    let project = Project::importing_the_checkout();
    project.simple_recipe("it", build_lines, &format!("# {}\n{step}", nonce()));
    build(&project, "it")
}

#[test]
fn a_wrong_key_is_shown_with_the_right_one() {
    answer("hosts = [\"musl:dev\"]", "true").ends_with(1).tells(&[
        "error: failed to check the project's files:\nerror[unknown-key]: unknown key `hosts` in `build`\n",
        "--> recipes/it/recipe.toml:12:1\n",
        "12 | hosts = [\"musl:dev\"]\n",
        "= help: did you mean `host`?\n",
    ]);
}

#[test]
fn all_mistakes_of_a_project_are_shown_at_once() {
    let project = Project::importing_the_checkout();
    project.simple_recipe("it", "hosts = []", "true");
    project.simple_recipe("other", "host = [\"nothing:runtime\"]\ntargets = []", "true");
    let check = project.ashlar(&shared_store()).arg("check").run().ends_with(1);
    for text in ["unknown key `hosts`", "unknown key `targets`"] {
        assert!(check.err.contains(text), "{text}: {check}");
    }
}

#[test]
fn a_missing_input_is_shown_where_it_is_named() {
    answer("host = [\"mosl:runtime\"]", "true").ends_with(1).tells(&[
        "error[unknown-recipe]: there is no recipe `mosl`\n",
        "--> recipes/it/recipe.toml:12:9\n",
        "12 | host = [\"mosl:runtime\"]\n",
        "= help: did you mean `musl`?\n",
    ]);
    answer("host = [\"musl:rantime\"]", "true").ends_with(1).tells(&[
        "error[unknown-output]",
        "`rantime`",
        "help: ",
    ]);
    answer("seeds = [\"bass\"]", "true").ends_with(1);
}

#[test]
fn inputs_with_the_same_path_are_both_named() {
    let project = Project::importing_the_checkout();
    for name in ["left", "right"] {
        let step = format!("mkdir -p \"$OUT/usr/share\"; echo {name} {} > \"$OUT/usr/share/same\"", nonce());
        project.simple_recipe(name, "", &step);
    }
    project.simple_recipe("it", "host = [\"left:runtime\", \"right:runtime\"]", "true");
    build(&project, "it").ends_with(1).tells(&[
        "usr/share/same: left:runtime and right:runtime both bring it, and differ\n",
        "`[[build.winner]]`",
    ]);
}

#[test]
fn a_cycle_is_shown_with_all_that_are_in_it() {
    let project = Project::importing_the_checkout();
    for (name, other) in [("hen", "egg"), ("egg", "hen")] {
        project.simple_recipe(name, &format!("host = [\"{other}:runtime\"]"), "true");
    }
    build(&project, "hen").ends_with(1).tells(&[
        "error[cycle]: recipes need each other in a circle: egg → hen → egg\n",
        "recipes/egg/recipe.toml:12:9\n",
        "= help: one of these references has to go\n",
    ]);
}

#[test]
fn a_failing_step_shows_the_end_of_its_log_and_the_way_in() {
    let project = Project::importing_the_checkout();
    let lines = "for i in $(seq 1 100); do echo \"line $i\"; done\ncat /no/such/file\necho not reached";
    project.simple_recipe("it", "", &format!("# {}\n{lines}", nonce()));
    let ended = build(&project, "it").ends_with(1).tells(&[
        "error: failed to build recipe it: its steps ended with status 1\n",
        "  | line 100\n",
        "  | cat: /no/such/file: No such file or directory\n",
        "help: the whole log is ",
        "; `ashlar shell it` enters the same sandbox\n",
    ]);
    let ended = ended.does_not_tell("line 1\n").does_not_tell("not reached");
    let path = ended.err.split("the whole log is ").nth(1).unwrap().split(';').next().unwrap();
    let log = std::fs::read_to_string(path).unwrap();
    assert!(log.contains("\nline 1\nline 2\n") && log.contains("No such file"), "{log}");
    let shown = project.ashlar(&shared_store()).args(["log", "it"]).run().succeeds();
    assert_eq!(shown.out.trim_end(), log.trim_end());
    // Neither is kept as a result: it fails again.
    build(&project, "it").ends_with(1).tells(&["status 1", "line 100"]);
}

#[test]
fn a_wrong_name_on_the_command_line_is_answered_with_the_right_one() {
    let store = shared_store();
    let project = Project::importing_the_checkout();
    project.simple_recipe("it", "", "true");
    let call = |words: &[&str]| project.ashlar(&store).args(words).run();
    call(&["build", "muls"]).ends_with(2).tells(&["\"muls\"", "help: did you mean `musl`?\n"]);
    call(&["boot", "qmeu"]).ends_with(2).tells(&["error: ", "qmeu", "help: there are no images"]);
    for words in [&["build", "qmeu"][..], &["boot", "qmeu"]] {
        let here = checkout();
        project.ashlar(&store).arg("--project").arg(&here).args(words).run().ends_with(2).tells(&[
            "error: ",
            "qmeu",
            "help: did you mean `qemu`?\n",
        ]);
    }
    call(&["biuld", "it"]).ends_with(2).tells(&["unrecognized subcommand 'biuld'", "'build'"]);
    call(&["shell", "ti"]).ends_with(2).tells(&["ti"]);
}

#[test]
fn outside_of_a_project_it_is_told_what_makes_one() {
    let folder = Folder::temporary();
    let project = Project::importing_the_checkout();
    project.ashlar(&shared_store()).working_folder(folder.path()).arg("check").run().ends_with(2).tells(&[
        "error: failed to find a project: no ashlar.toml in ",
        "help: run the command inside a project, or make one: a folder with an ashlar.toml",
    ]);
}

#[test]
fn an_attempt_to_reach_the_network_fails_even_where_the_step_ignores_it() {
    let step =
        "mkdir -p \"$OUT\"\nbash -c 'echo x > /dev/tcp/192.0.2.1/443' || true\necho fine > \"$OUT/it\"";
    answer("", step).ends_with(1).tells(&[
        "error: failed to build recipe it: /usr/bin/bash tried to reach 192.0.2.1:443, and builds have no network",
        "help: the whole log is ",
    ]);
}

#[test]
fn an_installed_file_that_no_output_takes_is_named() {
    let project = Project::importing_the_checkout();
    project.recipe(
        "it",
        &format!(
            "[build]\nseeds = [\"base\"]\n[[build.step]]\nrun = '''\n# {}\nmkdir -p \"$OUT/usr/bin\" \"$OUT/etc\"\necho > \"$OUT/usr/bin/it\"\necho > \"$OUT/etc/it.conf\"\n'''\n[[output]]\nname = \"runtime\"\npaths = [\"usr/bin/*\"]\n",
            nonce()
        ),
    );
    build(&project, "it").ends_with(1).tells(&[
        "error: failed to accept the result of recipe it:\n",
        "etc/it.conf was installed, and no output takes it; add it to an output's `paths`, or do not install it\n",
    ]);
}

#[test]
fn a_library_that_nothing_declares_is_named_with_who_needs_it() {
    answer("", "mkdir -p \"$OUT/usr/bin\"; cp /usr/bin/cat \"$OUT/usr/bin/it\"").ends_with(1).tells(&[
        "[runtime-declared] usr/bin/it: it needs libc.so.6, which nothing in its declared closure brings",
        "runtime-declared: Name the output that brings it under `runtime` of this output.",
        "rule = \"runtime-declared\"",
    ]);
}

#[test]
fn the_caller_s_environment_does_not_reach_a_build() {
    let project = Project::importing_the_checkout();
    let step = "mkdir -p \"$OUT/usr\"; env | sort > \"$OUT/usr/environment\"; id >> \"$OUT/usr/environment\"; pwd >> \"$OUT/usr/environment\"";
    project.simple_recipe("it", "", &format!("# {}\n{step}", nonce()));
    let store = shared_store();
    let digest = |secret: &str| {
        let call = project.ashlar(&store).env("SECRET", secret).env("LANG", secret).env("CFLAGS", secret);
        call.args(["build", "it"]).run().succeeds().out
    };
    let tree = digest("hunter2");
    let text = std::fs::read_to_string(store.join("trees").join(&tree[..2]).join(&tree[..64])).unwrap();
    assert!(text.contains("usr/environment"), "{text}");
    assert_eq!(digest("other"), tree);
}
