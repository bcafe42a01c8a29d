// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bar: a project of ten thousand recipes is read, checked, resolved and lowered within a second.
//!
//! Read: from the disk, every fault of every file looked for. Resolved: into one graph, with the checks of all closures. Lowered: each node
//! to a derivation, and that to its identity, as if all before it had been built. The limit beside it is what merely reading and
//! hashing the same texts takes, and the peer is the `toml` crate, which only parses them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ashlar_digest::{DerivationId, Sha256, TreeDigest};
use ashlar_plan::{Lockfile, PlanInput, Planner};
use ashlar_recipe::{Platform, RecipeSet, System, load_project};
use serde_json::json;

use crate::error::BenchError;
use crate::inputs::{Inputs, SeedsOnly};
use crate::report::{Finished, milliseconds};
use crate::say;
use crate::series::Series;
use crate::verdict::Verdict;

const BAR: Duration = Duration::from_secs(1);
const RECIPES: usize = 10_000;
/// Nodes of the graph that each recipe has at least: itself, and the checks of two closures.
const NODES_OF_A_RECIPE: usize = 3;

pub(crate) fn measure(inputs: &Inputs, rounds: usize) -> Result<Finished, BenchError> {
    say("bench: scale: writing ten thousand recipes");
    let scratch = inputs.store.scratch("bench-scale").map_err(BenchError::store)?;
    let project = Project::write(&inputs.project, scratch.path())?;
    let mut ours: [Vec<Duration>; 4] = Default::default();
    let mut peers: [Vec<Duration>; 2] = Default::default();
    let mut nodes = 0;
    // One round more, which warms up.
    for round in 0..=rounds {
        let (took, found) = project.plan()?;
        let floors = project.floors()?;
        nodes = found;
        if round > 0 {
            for (series, took) in ours.iter_mut().zip([took.iter().sum(), took[0], took[1], took[2]]) {
                series.push(took);
            }
            peers.iter_mut().zip(floors).for_each(|(series, took)| series.push(took));
        }
    }
    scratch.remove().map_err(BenchError::store)?;
    let [all, read, resolved, lowered] = ours.map(|series| Series::new(&series));
    let [hashed, parsed] = peers.map(|series| Series::new(&series));
    let verdict = if all.median() <= BAR.as_secs_f64() { Verdict::Pass } else { Verdict::Missed };
    let ratio = all.median() / parsed.median();
    Ok(Finished {
        name: "10,000 recipes",
        found: format!("median {}", milliseconds(all.median())),
        bar: format!("≤ {}", milliseconds(BAR.as_secs_f64())),
        verdict,
        unit: milliseconds,
        json: json!({
            "all": all.json(), "read": read.json(), "resolved": resolved.json(), "lowered": lowered.json(),
            "hashed": hashed.json(), "parsed": parsed.json(), "nodes": nodes, "bar": BAR.as_secs_f64(),
        }),
        rows: vec![
            ("10,000 recipes: all".to_owned(), all),
            ("10,000 recipes: read and checked".to_owned(), read),
            ("10,000 recipes: resolved".to_owned(), resolved),
            ("10,000 recipes: lowered".to_owned(), lowered),
            ("the same texts: read and hashed".to_owned(), hashed),
            ("the same texts: parsed by the crate toml".to_owned(), parsed),
        ],
        notes: vec![format!(
            "10,000 recipes: {nodes} nodes; {ratio:.2} × what the crate toml takes to parse the texts"
        )],
    })
}

/// The synthetic project.
struct Project {
    folder: PathBuf,
    lock: Lockfile,
    texts: Vec<PathBuf>,
}

impl Project {
    /// Writes it below `scratch`, with the seed sets and the lock of `real`.
    fn write(real: &Path, scratch: &Path) -> Result<Self, BenchError> {
        let folder = scratch.join("project");
        let write = |path: &Path, text: &str| {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(BenchError::file("make", parent))?;
            }
            fs::write(path, text).map_err(BenchError::file("write", path))
        };
        write(
            &folder.join("ashlar.toml"),
            "[project]\nname = \"scale\"\nsupplier = \"Organization: Example\"\nepoch = 1700000000\n",
        )?;
        for name in ["seeds.toml", "seeds/keyring.pgp"] {
            let from = real.join(name);
            let bytes = fs::read(&from).map_err(BenchError::file("read", &from))?;
            let to = folder.join(name);
            fs::create_dir_all(to.parent().unwrap_or(&folder)).map_err(BenchError::file("make", &to))?;
            fs::write(&to, bytes).map_err(BenchError::file("write", &to))?;
        }
        let mut texts = Vec::with_capacity(RECIPES);
        for number in 0..RECIPES {
            let path = folder.join(format!("recipes/{}/recipe.toml", name(number)));
            write(&path, &recipe(number))?;
            texts.push(path);
        }
        let path = real.join("ashlar.lock");
        let text = fs::read_to_string(&path).map_err(BenchError::file("read", &path))?;
        let lock = Lockfile::parse(&text).map_err(|source| BenchError::Lock { source: Box::new(source) })?;
        Ok(Self { folder, lock, texts })
    }

    /// What reading, resolving and lowering take, and how many nodes there were.
    fn plan(&self) -> Result<([Duration; 3], usize), BenchError> {
        let start = Instant::now();
        let recipes =
            load_project(&self.folder).map_err(|source| BenchError::Project { source: Box::new(source) })?;
        let read = start.elapsed();
        let (nodes, resolved, lowered) = self.resolve(&recipes)?;
        if nodes < RECIPES * NODES_OF_A_RECIPE {
            return Err(BenchError::Unlikely { reason: format!("{RECIPES} recipes have {nodes} nodes") });
        }
        Ok(([read, resolved, lowered], nodes))
    }

    fn resolve(&self, recipes: &RecipeSet) -> Result<(usize, Duration, Duration), BenchError> {
        let start = Instant::now();
        let mut planner = Planner::new(PlanInput {
            recipes,
            lock: &self.lock,
            platform: Platform::native(System::X86_64Linux),
            epoch: 0,
            sources: &SeedsOnly,
            snapshot: "https://snapshot.example/",
        });
        for recipe in recipes.recipes() {
            planner.recipe(&recipe.name).map_err(|source| BenchError::Plan { source: Box::new(source) })?;
        }
        let (graph, _) = planner.finish();
        let resolved = start.elapsed();
        let start = Instant::now();
        let tree = TreeDigest::new(Sha256::of(b"anything"));
        // One after the other, as the engine looks them up before it builds.
        let identities: Option<Vec<DerivationId>> =
            graph.ids().map(|id| graph.lower(id, |_| Some(tree))?.id().ok()).collect();
        let lowered = start.elapsed();
        let identities: BTreeSet<DerivationId> = identities
            .ok_or_else(|| BenchError::Unlikely { reason: "a node has no identity".to_owned() })?
            .into_iter()
            .collect();
        if identities.len() < RECIPES {
            let reason = format!("{RECIPES} recipes have {} identities", identities.len());
            return Err(BenchError::Unlikely { reason });
        }
        Ok((graph.nodes().len(), resolved, lowered))
    }

    /// What it takes to read and hash all texts, and what to read and parse them.
    fn floors(&self) -> Result<[Duration; 2], BenchError> {
        let start = Instant::now();
        for path in &self.texts {
            let bytes = fs::read(path).map_err(BenchError::file("read", path))?;
            std::hint::black_box(Sha256::of(&bytes));
        }
        let hashed = start.elapsed();
        let start = Instant::now();
        for path in &self.texts {
            let text = fs::read_to_string(path).map_err(BenchError::file("read", path))?;
            let table: toml::Table = text.parse().map_err(|_| BenchError::Content {
                path: path.clone(),
                reason: "it is no TOML".to_owned(),
            })?;
            std::hint::black_box(table);
        }
        Ok([hashed, start.elapsed()])
    }
}

fn name(number: usize) -> String {
    format!("synthetic-{number:05}")
}

/// Recipes need what lies a layer lower: ten layers are as deep as projects are, and a chain of ten thousand none.
const LAYER: usize = 1000;

/// A recipe as they usually are: one upstream file, three inputs, typed and shell steps, two outputs, one of them with a closure.
fn recipe(number: usize) -> String {
    let name = name(number);
    let digest = Sha256::of(name.as_bytes());
    // Three of the thousand below, spread by primes.
    let below = (number / LAYER).checked_sub(1).map(|layer| layer * LAYER);
    let needs: BTreeSet<String> = below
        .into_iter()
        .flat_map(|below| [7919, 104_729, 1_299_709].map(|prime| below + number * prime % LAYER))
        .map(self::name)
        .collect();
    let dev: Vec<String> = needs.iter().map(|name| format!("\"{name}:dev\"")).collect();
    // At run time one of them, and what everything needs, as all needs a C library.
    let runtime = needs.iter().next().cloned().into_iter().chain((number > 0).then(|| self::name(0)));
    let runtime: BTreeSet<String> = runtime.map(|name| format!("\"{name}:runtime\"")).collect();
    let runtime: Vec<String> = runtime.into_iter().collect();
    let (dev, runtime) = (dev.join(", "), runtime.join(", "));
    format!(
        r#"[recipe]
name = "{name}"
version = "1.{number}"
summary = "One of ten thousand"
license = "MIT OR Apache-2.0"
homepage = "https://example.org/{name}"
supplier = "Organization: Example"
cpe = "cpe:2.3:a:example:{name}:1.{number}:*:*:*:*:*:*:*"
purl = "pkg:generic/{name}@1.{number}"

[[source]]
name = "{name}"
url = "https://example.org/{name}-1.{number}.tar.xz"
sha256 = "{digest}"

[build]
seeds = ["toolchain"]
target = [{dev}]

[build.env]
CFLAGS = "-O2"

[[build.step]]
unpack = "{name}"

[[build.step]]
autotools.in = "{name}"
autotools.configure = ["--disable-static", "--disable-nls", "--sbindir=/usr/bin"]

[[build.step]]
run = '''
cd "$OUT/usr"
rm -r share
ln -s {name} bin/{name}-link
'''

[[output]]
name = "dev"
paths = ["usr/include/**", "usr/lib/*.a", "usr/lib/pkgconfig/**"]

[[output]]
name = "runtime"
paths = ["**"]
runtime = [{runtime}]
"#
    )
}
