// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A project of one's own, outside of this repository.

use std::fs;
use std::process::Command;

use ashlar_system_tests::{Call, Folder, Project, ashlar_binary, nonce, shared_store};

/// `first` makes a file, `second` reads it.
fn two_recipes(nonce: &str) -> Project {
    let project = Project::importing_the_checkout();
    project.simple_recipe(
        "first",
        "",
        &format!("mkdir -p \"$OUT/usr/share\"\necho {nonce} > \"$OUT/usr/share/first\""),
    );
    project.simple_recipe(
        "second",
        "host = [\"first:runtime\"]",
        "mkdir -p \"$OUT/usr/share\"\nsed 's/^/second of /' /usr/share/first > \"$OUT/usr/share/second\"",
    );
    project
}

#[test]
fn a_project_of_two_recipes_builds_outside_the_repository() {
    let store = shared_store();
    let nonce = nonce();
    let project = two_recipes(&nonce);
    let built = project.ashlar(&store).args(["build", "second"]).run().succeeds();
    assert_eq!(built.built(), ["first", "second"], "{built}");
    let digest = built.out.strip_suffix("  recipe second:runtime\n").unwrap_or_else(|| panic!("{built}"));
    let checkout = store.join("trees").join(&digest[..2]).join(digest);
    assert!(checkout.is_file(), "the digest that is printed names a tree of the store: {built}");

    // Offline, from another folder, and below the project's own.
    let elsewhere = Folder::temporary();
    for (folder, named) in [(elsewhere.path(), true), (&project.path().join("recipes/first"), false)] {
        let mut call = project.ashlar(&store).arg("--offline").working_folder(folder);
        if named {
            call = call.arg("--project").arg(project.path());
        }
        let again = call.args(["build", "second"]).run().succeeds();
        assert_eq!((again.out.as_str(), again.err.as_str()), (built.out.as_str(), ""), "{again}");
    }
    project.ashlar(&store).args(["--json", "build", "second"]).run().succeeds();
}

#[test]
fn an_imported_recipe_gives_what_it_gives_at_home() {
    let store = shared_store();
    let home = two_recipes(&nonce());
    home.simple_recipe("dated", "", "mkdir \"$OUT/usr\"; echo $SOURCE_DATE_EPOCH > \"$OUT/usr/dated\"");
    let elsewhere = Folder::temporary();
    let import = home.path().file_name().unwrap().to_str().unwrap();
    let settings = format!(
        "[project]\nname = \"other\"\nsupplier = \"Organization: Other\"\nepoch = 1800000000\n[import.example]\npath = \"../{import}\"\n"
    );
    fs::write(elsewhere.join("ashlar.toml"), settings).unwrap();
    fs::copy(home.path().join("ashlar.lock"), elsewhere.join("ashlar.lock")).unwrap();
    for name in ["dated", "second"] {
        let at_home = home.ashlar(&store).args(["build", name]).run().succeeds();
        let call = home.ashlar(&store).working_folder(elsewhere.path());
        let imported = call.args(["build", name]).run().succeeds();
        assert_eq!((imported.out.as_str(), imported.err.as_str()), (at_home.out.as_str(), ""), "{imported}");
    }
}

#[test]
fn machines_read_the_same_digest_as_people() {
    let store = shared_store();
    let project = two_recipes(&nonce());
    let people = project.ashlar(&store).args(["build", "first"]).run().succeeds();
    let machines = project.ashlar(&store).args(["build", "first", "--json"]).run().succeeds();
    let value: serde_json::Value = serde_json::from_str(&machines.out).unwrap();
    let digest = value["first"]["recipe first:runtime"].as_str().unwrap_or_else(|| panic!("{machines}"));
    assert_eq!(people.out, format!("{digest}  recipe first:runtime\n"));
}

#[test]
fn nothing_is_written_into_the_project() {
    let store = shared_store();
    let project = two_recipes(&nonce());
    let files = || {
        let mut names = Command::new("find").arg(project.path()).output().unwrap().stdout;
        names.sort_unstable();
        names
    };
    let before = files();
    for words in [&["check"][..], &["lock", "--check"], &["build", "second"], &["log", "second"]] {
        project.ashlar(&store).args(words).run().succeeds();
    }
    assert_eq!(files(), before);
}

#[test]
fn check_and_lock_check_need_no_network() {
    if !can_unshare() {
        println!("skipped: unshare(1) cannot make namespaces on this machine");
        return;
    }
    let store = shared_store();
    let project = two_recipes(&nonce());
    let cut_off = |words: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net", "--"]).arg(ashlar_binary());
        Call::of(command).arg("--store").arg(&store).working_folder(project.path()).args(words).run()
    };
    let check = cut_off(&["check"]).succeeds();
    assert!(check.out.ends_with("are in order\n"), "{check}");
    cut_off(&["lock", "--check"]).succeeds();

    let recipe = project.path().join("recipes/second/recipe.toml");
    let text = fs::read_to_string(&recipe).unwrap();
    fs::write(
        &recipe,
        text + "\n[[source]]\nname = \"x\"\ndebian = { package = \"x\", version = \"1-1\", file = \"x_1.orig.tar.gz\" }\nsha256 = \"0000000000000000000000000000000000000000000000000000000000000000\"\n",
    )
    .unwrap();
    let stale = cut_off(&["lock", "--check"]).ends_with(1);
    assert!(stale.out.contains("recipe second names x_1.orig.tar.gz, which is not locked\n"), "{stale}");
    cut_off(&["check"]).ends_with(1).tells(&[
        "ashlar.lock is stale",
        "names x_1.orig.tar.gz",
        "help: run `ashlar lock NAME`",
    ]);
    cut_off(&["build", "second"])
        .ends_with(1)
        .tells(&["error: failed to use ashlar.lock, which is stale", "help: run `ashlar lock NAME`"]);
}

/// Whether unshare(1) is there and may make a network namespace.
fn can_unshare() -> bool {
    let done = Command::new("unshare").args(["--user", "--map-root-user", "--net", "true"]).status();
    done.is_ok_and(|status| status.success())
}
