// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is built again, and what is not: identities come from the bytes of inputs, not from the text of recipes.

use std::fs;
use std::path::PathBuf;

use ashlar_system_tests::{Ended, Project, nonce, shared_store};

const BASE_STEP: &str = "mkdir -p \"$OUT/usr/share\"";

/// `base` ← `middle` ← `top`, none of which any store has.
struct Chain {
    project: Project,
    store: PathBuf,
    nonce: String,
}

impl Chain {
    fn new() -> Self {
        let chain =
            Self { project: Project::importing_the_checkout(), store: shared_store(), nonce: nonce() };
        chain.base("one", "");
        for (name, input, file) in [("middle", "below", "below"), ("top", "middle", "middle")] {
            chain.project.simple_recipe(
                name,
                &format!("host = [\"{input}:runtime\"]"),
                &format!("{BASE_STEP}\ncat /usr/share/{file} > \"$OUT/usr/share/{name}\""),
            );
        }
        let first = chain.build();
        assert_eq!(first.built(), ["below", "middle", "top"], "{first}");
        chain
    }

    /// The recipe below all, whose output is `content` and whose step begins with `more`.
    fn base(&self, content: &str, more: &str) {
        let step = format!("{more}\n{BASE_STEP}\necho {content} {} > \"$OUT/usr/share/below\"", self.nonce);
        self.project.simple_recipe("below", "", &step);
    }

    fn build(&self) -> Ended {
        self.project.ashlar(&self.store).args(["build", "top"]).run().succeeds()
    }
}

#[test]
fn a_build_with_nothing_to_do_does_nothing_and_says_nothing() {
    let chain = Chain::new();
    let log = |ended: &Ended| (ended.out.clone(), ended.err.clone());
    let first = chain.build();
    assert_eq!(first.err, "", "{first}");
    assert_eq!(log(&chain.build()), log(&first));
}

#[test]
fn a_comment_in_a_recipe_rebuilds_nothing() {
    let chain = Chain::new();
    let before = chain.build();
    for name in ["below", "middle", "top"] {
        let path = chain.project.path().join(format!("recipes/{name}/recipe.toml"));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("# A remark.\n{}", text.replace("[build]", "[build] # and another")))
            .unwrap();
    }
    let after = chain.build();
    assert_eq!((after.out.as_str(), after.err.as_str()), (before.out.as_str(), ""), "{after}");
}

#[test]
fn a_changed_description_rebuilds_nothing() {
    let chain = Chain::new();
    let path = chain.project.path().join("recipes/below/recipe.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("A test", "Another summary").replace("MIT", "Apache-2.0")).unwrap();
    let after = chain.build();
    assert_eq!(after.err, "", "{after}");
}

#[test]
fn a_changed_step_with_an_equal_result_rebuilds_nothing_that_depends_on_it() {
    let chain = Chain::new();
    let before = chain.build();
    chain.base("one", "true another way to the same bytes");
    let after = chain.build();
    assert_eq!(after.built(), ["below"], "{after}");
    assert_eq!(after.out, before.out);
}

#[test]
fn a_changed_result_rebuilds_what_depends_on_it() {
    let chain = Chain::new();
    let before = chain.build();
    chain.base("two", "");
    let after = chain.build();
    assert_eq!(after.built(), ["below", "middle", "top"], "{after}");
    assert_ne!(after.out, before.out);
    // And back: the store has it still.
    chain.base("one", "");
    let back = chain.build();
    assert_eq!((back.out.as_str(), back.err.as_str()), (before.out.as_str(), ""), "{back}");
}

#[test]
fn a_changed_path_source_rebuilds_and_its_times_and_modes_do_not() {
    use std::os::unix::fs::PermissionsExt as _;
    let store = shared_store();
    let project = Project::importing_the_checkout();
    let nonce = nonce();
    project.write("recipes/it/files/text", &nonce);
    project.recipe(
        "it",
        "[[source]]\nname = \"files\"\npath = \"recipes/it/files\"\n[build]\nseeds = [\"base\"]\n[[build.step]]\nrun = 'mkdir -p \"$OUT/usr/share\"; cp /sources/files/text \"$OUT/usr/share/it\"'\n[[output]]\nname = \"runtime\"\npaths = [\"**\"]\n",
    );
    let build = || project.ashlar(&store).args(["build", "it"]).run().succeeds();
    let first = build();
    assert_eq!(first.built(), ["it"], "{first}");
    let path = project.path().join("recipes/it/files/text");
    fs::remove_file(&path).unwrap();
    fs::write(&path, &nonce).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let touched = build();
    assert_eq!((touched.out.as_str(), touched.err.as_str()), (first.out.as_str(), ""), "{touched}");
    fs::write(&path, format!("{nonce}.")).unwrap();
    let changed = build();
    assert_eq!(changed.built(), ["it"], "{changed}");
    assert_ne!(changed.out, first.out);
}
