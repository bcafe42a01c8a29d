// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What most commands begin with: the project, the store, the lock, the network, put together once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ashlar_digest::{BlobDigest, DerivationId, Sha256, SourceDigest, TreeDigest};
use ashlar_engine::{Built, Engine, EngineError, Recording, Surroundings};
use ashlar_fetch::crates::{CargoClient, CrateSet};
use ashlar_fetch::go::GoClient;
use ashlar_fetch::mirrors::Mirrors;
use ashlar_fetch::{Config, Fetcher, LocalFolder};
use ashlar_lock::Locker;
use ashlar_plan::{
    Catalog, Graph, ImageIdentity, LOCK_ANEW, Lockfile, NodeId, PlanError, PlanInput, Planner,
};
use ashlar_recipe::{
    DeclaredInput, ImageDefinition, Platform, Recipe, RecipeName, RecipeSet, SourceKind, System,
    find_project, load_project,
};
use ashlar_sandbox::{Cancel, Limits};
use ashlar_store::{Roots, Store};

use crate::arguments::Global;
use crate::failure::Failure;
use crate::project_sources::{ProjectFolder, crate_set};
use crate::release::Agent;
use crate::source_provider::Provider;
use crate::surroundings;
use crate::terminal::Terminal;

/// The lock's file name.
pub(crate) const LOCK_FILE: &str = "ashlar.lock";

/// A build may not take longer than this; a hung test must end some day.
const LONGEST_BUILD: Duration = Duration::from_secs(6 * 3600);

/// The project and everything around it.
pub(crate) struct Session<'t> {
    pub(crate) root: PathBuf,
    pub(crate) recipes: RecipeSet,
    pub(crate) store: Store,
    pub(crate) fetcher: Fetcher,
    pub(crate) cargo: CargoClient,
    pub(crate) go: GoClient,
    pub(crate) jobs: usize,
    pub(crate) terminal: &'t Terminal,
    pub(crate) cancel: Cancel,
    mirrors: Mirrors,
}

/// What can be built by name.
pub(crate) enum Goal<'s> {
    Recipe(&'s Recipe),
    /// As a development image.
    Image(&'s ImageDefinition),
    /// As a release, or as anything else that it is said to be.
    Identified(&'s ImageDefinition, &'s ImageIdentity),
}

impl Goal<'_> {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Recipe(recipe) => recipe.name.as_str(),
            Self::Image(image) | Self::Identified(image, _) => image.name.as_str(),
        }
    }
}

/// A graph, its sources, and the nodes that were asked for.
pub(crate) struct Planned {
    /// The names that were asked for.
    pub(crate) what: Vec<String>,
    pub(crate) graph: Graph,
    pub(crate) catalog: Catalog,
    pub(crate) goals: Vec<NodeId>,
}

/// The folder of the project that is meant.
pub(crate) fn project_root(global: &Global) -> Result<PathBuf, Failure> {
    let start = match &global.project {
        Some(folder) => std::fs::canonicalize(folder).map_err(|cause| Failure::Usage {
            message: format!("find the project {}: {cause}", folder.display()),
            help: None,
        })?,
        None => surroundings::working_folder()?,
    };
    Ok(find_project(&start)?)
}

/// Opens the store that is meant.
pub(crate) fn open_store(global: &Global, terminal: &Terminal) -> Result<Store, Failure> {
    let path = store_path(global)?;
    Ok(Store::open_or_wait(&path, || terminal.note("waiting: another process cleans the store"))?)
}

pub(crate) fn store_path(global: &Global) -> Result<PathBuf, Failure> {
    match &global.store {
        Some(path) => std::path::absolute(path)
            .map_err(|cause| Failure::surroundings(format!("find {}: {cause}", path.display()))),
        None => surroundings::default_store(),
    }
}

impl<'t> Session<'t> {
    /// Opens everything that `global` names.
    pub(crate) fn open(global: &Global, terminal: &'t Terminal) -> Result<Self, Failure> {
        let root = project_root(global)?;
        let recipes = load_project(&root)?;
        let store = open_store(global, terminal)?;
        let mut folders = Vec::new();
        for folder in &global.sources {
            folders.push(LocalFolder::index(folder)?);
        }
        let fetcher = Fetcher::new(Config { offline: global.offline, folders, ..Config::default() })?;
        let mirrors = surroundings::mirrors(global.mirror.as_deref())?;
        for note in mirrors.notes() {
            terminal.detail(note);
        }
        let cancel = Cancel::new().map_err(Failure::from)?;
        Ok(Self {
            root,
            recipes,
            store,
            fetcher,
            cargo: surroundings::cargo(),
            go: surroundings::go(),
            jobs: global.jobs.unwrap_or_else(surroundings::cpus).max(1),
            terminal,
            cancel,
            mirrors,
        })
    }

    /// Archive mirrors in the order in which they are asked; the snapshot service at `moment` comes last.
    pub(crate) fn mirror_bases(&self, moment: u64) -> Vec<String> {
        let snapshot = Mirrors::default_snapshot(&ashlar_plan::snapshot_moment(moment));
        self.mirrors.list().iter().chain(snapshot.list()).map(|mirror| mirror.base().to_owned()).collect()
    }

    /// Who resolves at the moment `now` (seconds since 1970), with the archive mirrors [`Self::mirror_bases`] of that moment.
    pub(crate) fn locker<'s>(&'s self, mirrors: &'s [String], now: u64) -> Locker<'s> {
        Locker {
            recipes: &self.recipes,
            root: &self.root,
            store: &self.store,
            fetcher: &self.fetcher,
            mirrors,
            cargo: &self.cargo,
            go: &self.go,
            now,
            progress: self.terminal,
        }
    }

    /// The lock as it stands.
    pub(crate) fn lock(&self) -> Result<Lockfile, Failure> {
        match read_lock(&self.root)? {
            Some(lock) => Ok(lock),
            None => Err(Failure::Finding {
                message: "read ashlar.lock: there is none".to_owned(),
                help: Some("run `ashlar lock`, and commit the file".to_owned()),
            }),
        }
    }

    /// The recipe or image called `name`.
    pub(crate) fn goal(&self, name: &str) -> Result<Goal<'_>, Failure> {
        if let Ok(image) = self.recipes.find_image(name) {
            return Ok(Goal::Image(image));
        }
        self.recipes.find_recipe(name).map(Goal::Recipe).map_err(|_| unknown_goal(&self.recipes, name))
    }

    /// The image called `name`.
    pub(crate) fn image(&self, name: &str) -> Result<&ImageDefinition, Failure> {
        Ok(self.recipes.find_image(name)?)
    }

    /// Plans `goals` together with the tool sets called `tools`, whose nodes come last.
    pub(crate) fn plan(&self, goals: &[Goal<'_>], tools: &[&str]) -> Result<Planned, Failure> {
        self.plan_with(goals, tools, None)
    }

    fn plan_with(
        &self,
        goals: &[Goal<'_>],
        tools: &[&str],
        disk: Option<TreeDigest>,
    ) -> Result<Planned, Failure> {
        let what = goals.iter().map(Goal::name).chain(tools.iter().copied()).map(str::to_owned).collect();
        self.planned(what, |planner| {
            let mut nodes = Vec::new();
            for goal in goals {
                match goal {
                    Goal::Recipe(recipe) => nodes.extend(planner.recipe(&recipe.name)?),
                    Goal::Image(image) => {
                        let identity = ImageIdentity::development(self.recipes.project(), image);
                        nodes.push(planner.image(image, &identity)?);
                        // What will hold the key of its releases is expected to be what it is, as all else.
                        if let Some(agent) = self.signing_agent(image) {
                            nodes.extend(planner.recipe(agent)?);
                        }
                    }
                    Goal::Identified(image, identity) => nodes.push(planner.image(image, identity)?),
                }
            }
            for set in tools {
                nodes.push(planner.tools(&[set])?);
            }
            if let Some(tree) = disk {
                nodes.push(planner.disk(tree)?);
            }
            Ok(nodes)
        })
    }

    /// Plans `recipe` without one of its inputs.
    pub(crate) fn plan_without(&self, recipe: &Recipe, input: &DeclaredInput) -> Result<Planned, Failure> {
        let what = vec![format!("{} without {input}", recipe.name)];
        self.planned(what, |planner| Ok(vec![planner.recipe_without(&recipe.name, input)?]))
    }

    /// Plans what `add` asks of a planner, by the lock as it stands.
    fn planned(
        &self,
        what: Vec<String>,
        add: impl FnOnce(&mut Planner<'_>) -> Result<Vec<NodeId>, PlanError>,
    ) -> Result<Planned, Failure> {
        let lock = self.lock()?;
        let stale = ashlar_lock::stale(&self.recipes, &self.root, &lock);
        if !stale.is_empty() {
            return Err(Failure::Finding {
                message: format!("use ashlar.lock, which is stale:\n  {}", stale.join("\n  ")),
                help: Some(LOCK_ANEW.to_owned()),
            });
        }
        let folder = ProjectFolder { root: &self.root, store: &self.store };
        let input = PlanInput {
            recipes: &self.recipes,
            lock: &lock,
            platform: Platform::native(System::X86_64Linux),
            epoch: u64::try_from(self.recipes.project().epoch).unwrap_or(0),
            sources: &folder,
            snapshot: ashlar_fetch::mirrors::SNAPSHOT,
        };
        let mut planner = Planner::new(input);
        let goals = add(&mut planner)?;
        let (graph, catalog) = planner.finish();
        Ok(Planned { what, graph, catalog, goals })
    }

    /// As [`Self::plan`], and a tree of the store as a disk, whose node comes last.
    pub(crate) fn plan_disk(
        &self,
        goals: &[Goal<'_>],
        tools: &[&str],
        disk: TreeDigest,
    ) -> Result<Planned, Failure> {
        self.plan_with(goals, tools, Some(disk))
    }

    /// The recipe of the agent that signs the modules of `image`, where it has any.
    pub(crate) fn signing_agent(&self, image: &ImageDefinition) -> Option<&RecipeName> {
        let extensions = image.extensions.values().map(|extension| &extension.modules);
        let has_modules =
            std::iter::once(&image.kernel.modules).chain(extensions).any(|modules| !modules.is_empty());
        let recipe = self.recipes.find_recipe(Agent::RECIPE).ok()?;
        has_modules.then_some(&recipe.name)
    }

    /// Calls `work` with an engine on this session's store.
    pub(crate) fn with_engine<T>(
        &self,
        catalog: &Catalog,
        surroundings: Surroundings,
        work: impl FnOnce(&mut Engine<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let crates = self.crate_sets()?;
        let lock = self.lock()?;
        let moment = lock.suites.iter().map(|suite| suite.date).max().unwrap_or(0);
        let mirrors = self.mirror_bases(moment);
        let file_mirrors: Vec<String> =
            self.recipes.project().mirrors.iter().map(|url| url.as_str().to_owned()).collect();
        let provider = Provider {
            store: &self.store,
            fetcher: &self.fetcher,
            catalog,
            mirrors: &mirrors,
            file_mirrors: &file_mirrors,
            crates: &crates,
            cargo: &self.cargo,
            go: &self.go,
            terminal: self.terminal,
        };
        let limits =
            Limits { wall_milliseconds: u64::try_from(LONGEST_BUILD.as_millis()).ok(), ..Limits::default() };
        let mut engine = Engine {
            store: &self.store,
            helper: helper(),
            sources: &provider,
            events: self.terminal,
            workers: self.jobs,
            surroundings,
            limits,
            cancel: self.cancel.clone(),
            rebuild: false,
            recording: None,
        };
        work(&mut engine)
    }

    /// Builds what was planned, in the usual surroundings.
    pub(crate) fn build(&self, planned: &Planned) -> Result<Built, Failure> {
        let built = self.build_in(planned, Surroundings::usual(self.jobs))?;
        self.keep(planned, &built)?;
        Ok(built)
    }

    /// Builds what was planned, and keeps nothing but its record.
    pub(crate) fn build_in(&self, planned: &Planned, surroundings: Surroundings) -> Result<Built, Failure> {
        self.with_engine(&planned.catalog, surroundings, |engine| {
            let what = planned.what.clone();
            engine.recording = Some(Recording { what, start_ms: surroundings::now_milliseconds() });
            engine.build(&planned.graph, &planned.goals).map_err(Failure::Build)
        })
    }

    /// Builds the image that `identity` describes: the plan, and what its nodes turned out to be.
    pub(crate) fn build_identified(
        &self,
        image: &ImageDefinition,
        identity: &ImageIdentity,
    ) -> Result<(Planned, Built), Failure> {
        let planned = self.plan(&[Goal::Identified(image, identity)], &[])?;
        let built = self.build(&planned)?;
        Ok((planned, built))
    }

    /// Brings every source of what was planned into the store; gives how many there are and how many were missing.
    pub(crate) fn fetch(&self, planned: &Planned) -> Result<(usize, usize), Failure> {
        let needed = planned.graph.needed(&planned.goals);
        let all = needed.iter().flat_map(|id| planned.graph.node(*id).sources().collect::<Vec<_>>());
        let all: BTreeSet<SourceDigest> = all.collect();
        let missing: Vec<SourceDigest> = all
            .iter()
            .filter(|digest| !self.store.has_blob(BlobDigest::new(digest.sha256())))
            .copied()
            .collect();
        if !missing.is_empty() {
            self.with_engine(&planned.catalog, Surroundings::usual(1), |engine| {
                engine
                    .sources
                    .bring(&missing)
                    .map_err(|cause| Failure::Build(vec![EngineError::Sources { cause }]))
            })?;
        }
        Ok((all.len(), missing.len()))
    }

    /// Has the store keep what this project's goals are made of, until they are built again from something else.
    fn keep(&self, planned: &Planned, built: &Built) -> Result<(), Failure> {
        let needed = planned.graph.needed(&planned.goals);
        let sources = needed.iter().flat_map(|id| planned.graph.node(*id).sources().collect::<Vec<_>>());
        let roots = Roots {
            blobs: sources.map(|digest| BlobDigest::new(digest.sha256())).collect(),
            derivations: built.ids.values().copied().collect(),
            trees: built.trees.values().copied().collect(),
        };
        let goal = planned.goals.first().map_or_else(String::new, |id| planned.graph.node(*id).key.clone());
        Ok(self.store.set_roots(&self.roots_name(&goal), &roots)?)
    }

    /// The name under which the store keeps what the node `goal` of this project is made of. Names of roots are short and plain; the
    /// goal's is neither.
    fn roots_name(&self, goal: &str) -> String {
        Sha256::of(format!("{}\n{goal}", self.recipes.project().name).as_bytes()).to_string()
    }

    /// The derivations that this project's recipes and images were last built from.
    pub(crate) fn kept_derivations(&self) -> Result<BTreeSet<DerivationId>, Failure> {
        let recipes = self.recipes.recipes().map(|recipe| format!("recipe {}", recipe.name));
        let images = self.recipes.images().map(|image| format!("image {}", image.name));
        let mut kept = BTreeSet::new();
        for goal in recipes.chain(images) {
            kept.extend(self.store.roots(&self.roots_name(&goal))?.unwrap_or_default().derivations);
        }
        Ok(kept)
    }

    /// The crate sets of all recipes.
    fn crate_sets(&self) -> Result<Vec<CrateSet>, Failure> {
        let mut sets = Vec::new();
        for recipe in self.recipes.recipes() {
            let folder = self.recipes.origin(&recipe.name).map_or("", |origin| origin.folder.as_str());
            for source in &recipe.sources {
                if let SourceKind::Crates { lock, package } = &source.kind {
                    let set =
                        crate_set(&self.root, folder, lock, package).map_err(|reason| Failure::Finding {
                            message: format!("read the crates of recipe {}: {reason}", recipe.name),
                            help: None,
                        })?;
                    sets.push(set);
                }
            }
        }
        Ok(sets)
    }
}

/// That `name` is neither a recipe nor an image.
pub(crate) fn unknown_goal(recipes: &RecipeSet, name: &str) -> Failure {
    let helps = [
        recipes.find_image(name).err().and_then(|invalid| invalid.help),
        recipes.find_recipe(name).err().and_then(|invalid| invalid.help),
    ];
    // A near miss says more than a list of all names.
    let near = helps.iter().flatten().find(|help| help.starts_with("did you mean"));
    let lists = || helps.iter().flatten().cloned().collect::<Vec<_>>().join("; ");
    let help = Some(near.cloned().unwrap_or_else(lists));
    Failure::Usage { message: format!("find a recipe or image called {name:?}"), help }
}

/// The program that becomes a sandbox: this one.
pub(crate) fn helper() -> PathBuf {
    PathBuf::from("/proc/self/exe")
}

/// The lock of the project in `root`, if it has one.
pub(crate) fn read_lock(root: &Path) -> Result<Option<Lockfile>, Failure> {
    Ok(lock_text(root)?.map(|text| Lockfile::parse(&text)).transpose()?)
}

/// The text of that lock.
pub(crate) fn lock_text(root: &Path) -> Result<Option<String>, Failure> {
    let path = root.join(LOCK_FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Failure::surroundings(format!("read {}: {cause}", path.display()))),
    }
}

/// Writes a file of the project as a whole or not at all. `name` is its path in the project.
pub(crate) fn write_project_file(root: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let wrong = |cause: std::io::Error| Failure::surroundings(format!("write {name}: {cause}"));
    let path = root.join(name);
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{file}.new"));
    std::fs::write(&temporary, text).map_err(wrong)?;
    std::fs::rename(&temporary, path).map_err(wrong)
}
