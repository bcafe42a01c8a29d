// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A store in which builds are only recorded: what each node gave is said by the test.

use std::cell::RefCell;

use ashlar_digest::DerivationId;
use ashlar_plan::{CrateFile, GoModuleFile, LockedPackage, Lockfile, PlanInput, Planner, ProjectSources};
use ashlar_recipe::{Platform, ProjectFiles, ProjectPath, System};
use ashlar_store::Realisation;
use ashlar_tree::{Node, Pattern, Tree, TreePath};

use super::*;

const HEAD: &str = "version = \"1\"\nsummary = \"A test\"\nlicense = \"MIT\"\nhomepage = \"https://example.org/\"\n\
                    supplier = \"Organization: Example\"\n";

/// Three recipes in a row, a seed set with one package, a folder with patches.
struct Scene {
    folder: tempfile::TempDir,
    store: Store,
    recipes: BTreeMap<&'static str, String>,
    make: &'static str,
    patches: RefCell<BTreeMap<&'static str, &'static str>>,
}

impl ProjectSources for Scene {
    fn path_tree(&self, _: &str, _: &ProjectPath, _: &[Pattern]) -> Result<TreeDigest, String> {
        Ok(self.tree(&self.patches.borrow()))
    }

    fn crates(&self, _: &str, _: &ProjectPath, _: &str) -> Result<Vec<CrateFile>, String> {
        Err("there are none".to_owned())
    }

    fn go_modules(&self, _: &str, _: &ProjectPath, _: &ProjectPath) -> Result<Vec<GoModuleFile>, String> {
        Err("there are none".to_owned())
    }
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let patches = RefCell::new(BTreeMap::from([("a.patch", "one")]));
        let mut scene = Self { folder, store, recipes: BTreeMap::new(), make: "4.4.1-2", patches };
        scene.recipe(
            "below",
            "[[source]]\nname = \"patches\"\npath = \"recipes/below/patches\"\n",
            "make\n",
            "",
        );
        scene.recipe("middle", "", "true\n", "host = [\"below:out\"]");
        scene.recipe("top", "", "true\n", "target = [\"middle:out\"]");
        scene
    }

    fn recipe(&mut self, name: &'static str, sources: &str, step: &str, build: &str) {
        let text = format!(
            "[recipe]\nname = \"{name}\"\n{HEAD}purl = \"pkg:generic/{name}@1\"\n{sources}[build]\nseeds = [\"base\"]\n{build}\n\
             [[build.step]]\nrun = '''\n{step}'''\n[[output]]\nname = \"out\"\npaths = [\"**\"]\n"
        );
        self.recipes.insert(name, text);
    }

    fn tree(&self, files: &BTreeMap<&str, &str>) -> TreeDigest {
        let mut tree = Tree::new();
        for (path, content) in files {
            let (blob, size) = self.store.add_bytes(content.as_bytes(), false).unwrap();
            tree.insert(TreePath::parse(path).unwrap(), Node::file(blob, size, false)).unwrap();
        }
        self.store.put_tree(&tree).unwrap()
    }

    fn planned(&self) -> (RecipeSet, Graph, Catalog, NodeId) {
        let project = "[project]\nname = \"example\"\nsupplier = \"Organization: Example\"\nepoch = 7\n";
        let seeds = "[archive]\nkeyrings = [\"04B54C3CDCA79751B16BC6B5225629DF75B188BD\"]\n\
                     suites = [{ name = \"trixie\", archive = \"debian\" }]\n[set.base]\npackages = [\"make\"]\n";
        let mut files = ProjectFiles::default();
        files.texts.insert("ashlar.toml".into(), project.into());
        files.texts.insert("seeds.toml".into(), seeds.into());
        for (name, text) in &self.recipes {
            files.texts.insert(format!("recipes/{name}/recipe.toml"), text.clone());
        }
        let recipes = RecipeSet::parse(&files).unwrap();
        let package = LockedPackage {
            name: "make".into(),
            version: self.make.into(),
            architecture: "amd64".into(),
            suite: "trixie".into(),
            because: "set base names it".into(),
            path: "pool/make.deb".into(),
            size: 1,
            digest: SourceDigest::new(Sha256::of(self.make.as_bytes())),
        };
        let lock = Lockfile {
            sets: BTreeMap::from([("base".into(), vec![package.id()])]),
            packages: BTreeMap::from([(package.id(), package)]),
            ..Lockfile::default()
        };
        let platform = Platform::native(System::X86_64Linux);
        let mut planner = Planner::new(PlanInput {
            recipes: &recipes,
            lock: &lock,
            platform,
            epoch: 7,
            sources: self,
            snapshot: "https://snapshot.example/",
        });
        let goal = planner.recipe(&RecipeName::parse("top").unwrap()).unwrap()[0];
        let (graph, catalog) = planner.finish();
        (recipes, graph, catalog, goal)
    }

    /// Records every node that the store lacks, until `stop`. A node gives its own derivation's id, or what `fixed` says.
    fn build(&self, stop: &str, fixed: &[(&str, &str)]) {
        let (_, graph, _, goal) = self.planned();
        for node in graph.needed(&[goal]) {
            let key = graph.node(node).key.clone();
            let outlook = Outlook::of(&self.store, &graph, &[goal]).unwrap();
            let derivation = graph.lower(node, |port| outlook.trees.get(port).copied()).unwrap();
            let id = derivation.id().unwrap();
            let content =
                fixed.iter().find(|(name, _)| *name == key).map(|(_, content)| (*content).to_owned());
            let tree =
                self.tree(&BTreeMap::from([("it", content.unwrap_or_else(|| id.to_string()).as_str())]));
            let realisation = Realisation { name: key.clone(), outputs: [("out".to_owned(), tree)].into() };
            let _recorded =
                self.store.record(id, &realisation, derivation.encode().unwrap().as_bytes()).unwrap();
            if key == stop {
                return;
            }
        }
    }

    fn answer(&self) -> Answer {
        self.answer_with(BTreeSet::new())
    }

    fn answer_with(&self, ours: BTreeSet<DerivationId>) -> Answer {
        let (recipes, graph, catalog, goal) = self.planned();
        let outlook = Outlook::of(&self.store, &graph, &[goal]).unwrap();
        let history = History::of(&self.store, ours).unwrap();
        let question = Question {
            store: &self.store,
            recipes: &recipes,
            graph: &graph,
            catalog: &catalog,
            outlook: &outlook,
            history: &history,
        };
        question.ask(goal).unwrap()
    }
}

#[test]
fn what_was_never_built_and_what_is_there_are_told_apart() {
    let scene = Scene::new();
    assert_eq!(scene.answer().standing, Standing::New);
    scene.build("", &[]);
    let answer = scene.answer();
    assert!(matches!(answer.standing, Standing::Stored { .. }), "{answer:?}");
    assert!(answer.lines()[0].starts_with("top is not built again: the store has it since 2"), "{answer:?}");
}

#[test]
fn a_changed_step_is_found_two_inputs_away() {
    let mut scene = Scene::new();
    scene.build("", &[]);
    let sources = "[[source]]\nname = \"patches\"\npath = \"recipes/below/patches\"\n";
    scene.recipe("below", sources, "make -k\n", "");
    let answer = scene.answer();
    assert!(!answer.is_certain());
    let text = answer.lines().join("\n");
    let (first, rest) = text.split_once('\n').unwrap();
    assert_eq!(
        first,
        "top may be built again, because middle:out is to be built, because below:out is to be built, because step 1 (run) changed"
    );
    let (_, rest) = rest.split_once('\n').unwrap();
    let expected = "  \
  middle:out (target root) is to be built
    below:out (sysroot) is to be built
      step 1 (run) changed:
        @@ -1 +1 @@
        -make
        +make -k
inputs that turn out as they were are no reason: then it is not built";
    assert_eq!(rest, expected);
}

#[test]
fn a_changed_patch_is_named_by_its_path_in_the_project() {
    let scene = Scene::new();
    scene.build("", &[]);
    scene.patches.borrow_mut().insert("b.patch", "two");
    assert_eq!(
        scene.answer().chain(),
        ["middle:out is to be built", "below:out is to be built", "recipes/below/patches/b.patch is new"]
    );
    // With the inputs built, and others than before: it is sure.
    scene.build("recipe middle", &[]);
    let answer = scene.answer();
    assert!(answer.is_certain());
    assert_eq!(
        answer.chain(),
        ["middle:out changed", "below:out changed", "recipes/below/patches/b.patch is new"]
    );
    let text = answer.lines().join("\n");
    assert!(
        text.contains("  middle:out (target root) changed\n    ~ it (content, 64 and 64 bytes)\n"),
        "{text}"
    );
    scene.build("", &[]);
    assert!(matches!(scene.answer().standing, Standing::Stored { .. }));
}

#[test]
fn an_input_that_gave_the_same_bytes_is_no_cause() {
    let scene = Scene::new();
    let fixed = [("recipe below", "the same")];
    scene.build("", &fixed);
    scene.patches.borrow_mut().insert("a.patch", "another");
    assert!(!scene.answer().is_certain());
    scene.build("recipe below", &fixed);
    let answer = scene.answer();
    assert!(matches!(answer.standing, Standing::Stored { .. }), "{answer:?}");
}

#[test]
fn another_version_of_a_seed_package_is_told_by_both_versions() {
    let mut scene = Scene::new();
    scene.build("", &[]);
    scene.make = "4.4.2-1";
    let answer = scene.answer();
    let text = answer.lines().join("\n");
    assert!(text.contains("package make: 4.4.1-2 → 4.4.2-1\n"), "{text}");
    assert!(!text.contains("- package"), "{text}");
    // The set is an input of all three, and told once.
    assert_eq!(
        text.matches("4.4.2-1").count(),
        1 + usize::from(text.lines().next().unwrap().contains("4.4.2-1"))
    );
    assert!(text.contains("as told above"), "{text}");
    let json = answer.to_json();
    assert_eq!(json["standing"], "may-change", "{json}");
}

#[test]
fn what_another_project_built_under_the_same_name_is_not_taken_for_ours() {
    let mut scene = Scene::new();
    scene.build("", &[]);
    let Standing::Stored { id: ours, .. } = scene.answer().standing else { panic!("it is built") };
    scene.recipe("top", "", "other project\n", "target = [\"middle:out\"]");
    scene.build("", &[]);
    scene.recipe("top", "", "new\n", "target = [\"middle:out\"]");
    let before = |answer: &Answer| match &answer.standing {
        Standing::Changed { before, .. } => *before,
        other => panic!("{other:?}"),
    };
    assert_eq!(before(&scene.answer_with(BTreeSet::from([ours]))), ours);
    let answer = scene.answer();
    assert_ne!(before(&answer), ours);
    assert!(answer.lines().join("\n").contains("-other project\n"), "{answer:?}");
}

#[test]
fn an_earlier_build_whose_derivation_is_gone_is_no_reason_to_fail() {
    let scene = Scene::new();
    scene.build("", &[]);
    std::fs::remove_dir_all(scene.folder.path().join("derivations")).unwrap();
    scene.patches.borrow_mut().insert("b.patch", "two");
    let answer = scene.answer();
    assert!(answer.lines()[0].ends_with("what it was made from is not in the store any more"), "{answer:?}");
}

#[test]
fn a_file_whose_name_clears_the_screen_is_only_named() {
    let scene = Scene::new();
    scene.build("", &[]);
    scene.patches.borrow_mut().insert("\u{1b}[2J.patch", "evil");
    let text = scene.answer().lines().join("\n");
    assert!(text.lines().next().unwrap().contains("\\u{1b}[2J.patch"), "{text:?}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}
