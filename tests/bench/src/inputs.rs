// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is measured with: the `ashlar` binary, the project, and locked tools and sources out of its store.
//!
//! `ashlar fetch` brings what is missing, so this crate opens no socket; the tools are unpacked by the engine, in
//! process, because no command prints where a seed set lies.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ashlar_digest::{BlobDigest, SourceDigest, TreeDigest};
use ashlar_engine::{Built, Engine, EngineError, Silent, SourceError, SourceProvider, Surroundings};
use ashlar_plan::{CrateFile, GoModuleFile, Lockfile, NodeId, PlanInput, Planner, ProjectSources};
use ashlar_recipe::{
    Platform, ProjectPath, Recipe, RecipeSet, SourceKind, System, find_project, load_project,
};
use ashlar_sandbox::{Cancel, Limits};
use ashlar_store::Store;
use ashlar_tree::Pattern;

use crate::error::BenchError;
use crate::options::Options;
use crate::say;

/// Whether the person who waits sees what `ashlar` says meanwhile: a first build takes half an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Shown,
    /// Kept for the error message.
    Hidden,
}

/// Seed sets and a recipe.
const KERNEL_TOOLS: &str = "kernel-toolchain";
const TEST_TOOLS: &str = "test-tools";
const KERNEL: &str = "linux";

/// Exit codes of `ashlar` (README).
const DONE: i32 = 0;
const UNEXPECTED: i32 = 4;

/// The kernel as its recipe states it.
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    pub(crate) archive: PathBuf,
    pub(crate) fragments: PathBuf,
    pub(crate) environment: BTreeMap<String, String>,
}

/// Everything that measurements start from.
#[derive(Debug)]
pub(crate) struct Inputs {
    pub(crate) ashlar: PathBuf,
    pub(crate) project: PathBuf,
    pub(crate) recipes: RecipeSet,
    pub(crate) store: Store,
    pub(crate) cancel: Cancel,
}

/// Locked tools and sources out of the store, for the measurements that run programs.
#[derive(Debug)]
pub(crate) struct Tools<'a> {
    pub(crate) inputs: &'a Inputs,
    /// Checkout of the seed set that the kernel is compiled with.
    pub(crate) kernel_tools: PathBuf,
    /// Checkout of the seed set with bubblewrap.
    pub(crate) test_tools: PathBuf,
    pub(crate) kernel: Kernel,
}

impl<'a> Tools<'a> {
    pub(crate) fn prepare(inputs: &'a Inputs) -> Result<Self, BenchError> {
        say("bench: fetching what is missing");
        inputs.run_in(&inputs.project, &["fetch", KERNEL_TOOLS, TEST_TOOLS, KERNEL], Progress::Shown)?;
        say("bench: unpacking the tools");
        let [kernel_tools, test_tools] = tools(inputs, [KERNEL_TOOLS, TEST_TOOLS])?;
        let kernel = kernel(&inputs.recipes, &inputs.project, &inputs.store)?;
        Ok(Self { inputs, kernel_tools, test_tools, kernel })
    }
}

impl Inputs {
    pub(crate) fn prepare(options: &Options) -> Result<Self, BenchError> {
        let ashlar = match &options.ashlar {
            Some(path) => path.clone(),
            None => beside_this_program()?,
        };
        let start = match &options.project {
            Some(folder) => folder.clone(),
            None => std::env::current_dir().map_err(BenchError::file("find", "."))?,
        };
        let project = find_project(&start).map_err(project_error)?;
        let store_path = store_path(&ashlar, options.store.as_deref())?;
        let recipes = load_project(&project).map_err(project_error)?;
        let store = Store::open(&store_path).map_err(BenchError::store)?;
        let cancel = Cancel::new().map_err(BenchError::sandbox)?;
        Ok(Self { ashlar, project, recipes, store, cancel })
    }

    /// Builds an image; whether it is as `ashlar.expected` says.
    pub(crate) fn build_image(&self, image: &str, progress: Progress) -> Result<bool, BenchError> {
        run_ashlar(&self.ashlar, &["build", image], self.store.path(), &self.project, progress)
            .map(|(expected, _)| expected)
    }

    /// Runs `ashlar` in another project with the same store: its standard output.
    pub(crate) fn run_in(
        &self,
        project: &Path,
        arguments: &[&str],
        progress: Progress,
    ) -> Result<String, BenchError> {
        run_ashlar(&self.ashlar, arguments, self.store.path(), project, progress).map(|(_, output)| output)
    }
}

fn beside_this_program() -> Result<PathBuf, BenchError> {
    let this = std::env::current_exe().map_err(BenchError::file("find", "this program"))?;
    Ok(this.with_file_name("ashlar"))
}

fn store_path(ashlar: &Path, stated: Option<&Path>) -> Result<PathBuf, BenchError> {
    let mut command = Command::new(ashlar);
    command.args(["store", "path"]).stdin(Stdio::null());
    if let Some(path) = stated {
        command.arg("--store").arg(path);
    }
    let output = command.output().map_err(program_error(ashlar))?;
    if !output.status.success() {
        return Err(BenchError::failed("find the store", output.status, &output.stderr));
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end()))
}

/// Whether the result was the expected one, and standard output.
fn run_ashlar(
    ashlar: &Path,
    arguments: &[&str],
    store: &Path,
    project: &Path,
    progress: Progress,
) -> Result<(bool, String), BenchError> {
    let mut command = Command::new(ashlar);
    command.args(arguments).arg("--store").arg(store).arg("--project").arg(project);
    if progress == Progress::Shown {
        command.stderr(Stdio::inherit());
    }
    let output = command.stdin(Stdio::null()).output().map_err(program_error(ashlar))?;
    if let Some(code @ (DONE | UNEXPECTED)) = output.status.code() {
        return Ok((code == DONE, String::from_utf8_lossy(&output.stdout).into_owned()));
    }
    Err(BenchError::failed(format!("run ashlar {}", arguments.join(" ")), output.status, &output.stderr))
}

fn program_error(program: &Path) -> impl FnOnce(std::io::Error) -> BenchError {
    move |source| BenchError::Program { program: program.to_path_buf(), source }
}

fn project_error(source: ashlar_recipe::RecipeError) -> BenchError {
    BenchError::Project { source: Box::new(source) }
}

/// Checkouts of seed sets.
fn tools<const N: usize>(inputs: &Inputs, sets: [&str; N]) -> Result<[PathBuf; N], BenchError> {
    let Inputs { ashlar, project, recipes, store, cancel } = inputs;
    let path = project.join("ashlar.lock");
    let text = std::fs::read_to_string(&path).map_err(BenchError::file("read", &path))?;
    let lock = Lockfile::parse(&text).map_err(|source| BenchError::Lock { source: Box::new(source) })?;
    let mut planner = Planner::new(PlanInput {
        recipes,
        lock: &lock,
        platform: Platform::native(System::X86_64Linux),
        epoch: 0,
        sources: &SeedsOnly,
        snapshot: "https://snapshot.example/",
    });
    let mut nodes = Vec::new();
    for set in sets {
        nodes.push(planner.tools(&[set]).map_err(|source| BenchError::Plan { source: Box::new(source) })?);
    }
    let (graph, _) = planner.finish();
    let engine = Engine {
        store,
        helper: ashlar.clone(),
        sources: &SeedsOnly,
        events: &Silent,
        workers: 2,
        surroundings: Surroundings::usual(1),
        limits: Limits::default(),
        cancel: cancel.clone(),
        rebuild: false,
        recording: None,
    };
    let built = engine.build(&graph, &nodes).map_err(first_error)?;
    let mut checkouts = Vec::new();
    for node in nodes {
        checkouts.push(store.checkout(tree(&built, node)?).map_err(BenchError::store)?);
    }
    // There are as many checkouts as sets.
    checkouts.try_into().map_err(|_| BenchError::Recipe { what: "the tools" })
}

fn tree(built: &Built, node: NodeId) -> Result<TreeDigest, BenchError> {
    built.tree(node, "out").ok_or(BenchError::Recipe { what: "the tools" })
}

fn first_error(errors: Vec<EngineError>) -> BenchError {
    match errors.into_iter().next() {
        Some(source) => BenchError::Tools { source: Box::new(source) },
        None => BenchError::Recipe { what: "the tools" },
    }
}

fn kernel(recipes: &RecipeSet, project: &Path, store: &Store) -> Result<Kernel, BenchError> {
    let missing = |what| move || BenchError::Recipe { what };
    let recipe = recipes.find_recipe(KERNEL).map_err(|_| missing("itself")())?;
    let archive = source(recipe, "linux").and_then(digest).ok_or_else(missing("the archive `linux`"))?;
    let archive = store.blob_path(BlobDigest::new(archive.sha256()), false).map_err(BenchError::store)?;
    let fragments = match source(recipe, "fragments") {
        Some(SourceKind::Path { path, .. }) => project.join(path.as_str()),
        _ => return Err(missing("the folder `fragments`")()),
    };
    Ok(Kernel { archive, fragments, environment: recipe.build.env.clone() })
}

fn source<'a>(recipe: &'a Recipe, name: &str) -> Option<&'a SourceKind> {
    recipe.sources.iter().find(|source| source.name.as_str() == name).map(|source| &source.kind)
}

fn digest(kind: &SourceKind) -> Option<SourceDigest> {
    match kind {
        SourceKind::Url { digest, .. } | SourceKind::Debian { digest, .. } => Some(*digest),
        SourceKind::Crates { .. } | SourceKind::Go { .. } | SourceKind::Path { .. } => None,
    }
}

/// Seed sets are made of packages alone, and those were fetched.
#[derive(Debug)]
pub(crate) struct SeedsOnly;

impl ProjectSources for SeedsOnly {
    fn path_tree(&self, _: &str, path: &ProjectPath, _: &[Pattern]) -> Result<TreeDigest, String> {
        Err(format!("a seed set names {path}"))
    }

    fn crates(&self, _: &str, lock: &ProjectPath, _: &str) -> Result<Vec<CrateFile>, String> {
        Err(format!("a seed set names {lock}"))
    }

    fn go_modules(&self, _: &str, sum: &ProjectPath, _: &ProjectPath) -> Result<Vec<GoModuleFile>, String> {
        Err(format!("a seed set names {sum}"))
    }
}

impl SourceProvider for SeedsOnly {
    fn bring(&self, wanted: &[SourceDigest]) -> Result<(), SourceError> {
        Err(SourceError {
            message: format!("{} packages vanished from the store", wanted.len()),
            help: Some("run `ashlar fetch`".to_owned()),
            missing: wanted.to_vec(),
        })
    }
}
