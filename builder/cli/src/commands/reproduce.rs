// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar reproduce`: builds everything twice from empty stores in surroundings that differ, and compares every artifact.
//!
//! The first leg has a clock after the epoch and is otherwise as usual. The second has a clock before it, another path length, job count,
//! hostname, umask and locale, random addresses, inputs on a tmpfs in permuted order, and, where we are root, another uid. Each leg is a process of its
//! own (`ashlar leg`), with a store of its own; sources are handed to it, so that it works offline. No difference is excluded.

mod details;
mod folder;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ashlar_compare::Comparison;
use ashlar_digest::{BlobDigest, SourceDigest};
use ashlar_store::Store;
use serde_json::json;

use self::folder::{Folder, give, wrong};
use super::build::{Against, goal_digests, judge};
use crate::arguments::{Global, Perturbation};
use crate::expected::{self, Digests};
use crate::failure::{Failure, Kind, Outcome};
use crate::memory_folder::MemoryFolder;
use crate::nondeterminism::Cause;
use crate::session::{Goal, Planned, Session};
use crate::terminal::Terminal;
use crate::{shifted_clock, surroundings};

/// The uid of the second leg, where we may choose: nobody's.
const OTHER_UID: u32 = 65_534;

/// What was asked for on the command line.
pub(crate) struct Asked<'a> {
    pub(crate) what: &'a [String],
    pub(crate) only: &'a [Perturbation],
    pub(crate) against_store: bool,
    pub(crate) against_expected: bool,
    pub(crate) folder: Option<&'a Path>,
}

pub(crate) fn run(global: &Global, terminal: &Terminal, asked: &Asked<'_>) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let goals = asked.what.iter().map(|name| session.goal(name)).collect::<Result<Vec<_>, _>>()?;
    let planned = session.plan(&goals, &[])?;
    let wanted = |kind: Perturbation| asked.only.is_empty() || asked.only.contains(&kind);
    // The tools are many; where no clock is shifted, nobody waits for them.
    let one_leg = asked.against_store || asked.against_expected;
    let clocks = !one_leg || wanted(Perturbation::Clock);
    let library = if clocks { Some(shifted_clock::library(&session)?) } else { None };
    let library = library.as_deref();
    let folder = Folder::make(asked.folder)?;

    let first = if asked.against_expected {
        expected_of(&session, &goals)?
    } else if asked.against_store {
        let built = session.build(&planned)?;
        goal_digests(&session, &goals, &planned, &built)?
    } else {
        let leg = Leg {
            folder: folder.path.join("1"),
            clock: Some("+400d"),
            only: &[],
            perturbed: false,
            uid: None,
        };
        leg.run(&session, asked, &planned, library)?
    };
    let uid = (surroundings::is_root() && asked.only.is_empty()).then_some(OTHER_UID);
    if uid.is_none() && asked.only.is_empty() {
        terminal.note("not run: the leg as another user, which needs root");
    }
    let second = Leg {
        folder: folder.path.join("second-leg-in-a-folder-whose-path-is-longer"),
        clock: wanted(Perturbation::Clock).then_some("-9y"),
        only: asked.only,
        perturbed: true,
        uid,
    };
    let other = second.store();
    let second = second.run(&session, asked, &planned, library)?;
    let legs = Store::open(&other)?;
    let details = if one_leg {
        // What was expected can be looked at where it is in the usual store.
        details::of(&session.store, &legs, &first, &second)?
    } else {
        details::of(&Store::open(&folder.path.join("1/store"))?, &legs, &first, &second)?
    };
    drop(legs);
    let found = compare(&first, &second)?;
    let mut as_expected = true;
    for goal in &goals {
        if let (Goal::Image(image), Some(found)) = (goal, first.get(goal.name())) {
            as_expected &= judge(&session, image, found, Against::All)?;
        }
    }
    let cause = if found.differences.is_empty() {
        None
    } else {
        let names: Vec<String> = found.differences.keys().cloned().collect();
        let clock = match library {
            Some(library) => library.to_owned(),
            None => shifted_clock::library(&session)?,
        };
        Cause::of(&session, &planned, &names, &clock)?
    };
    let outcome = tell(terminal, &found, &details, as_expected, cause.as_ref())?;
    // Last: gigabytes take minutes to remove, and whoever waits wants to know.
    terminal.note("removing what was built");
    folder.remove()?;
    Ok(outcome)
}

/// What `ashlar.expected` says of each image.
fn expected_of(session: &Session<'_>, goals: &[Goal<'_>]) -> Result<BTreeMap<String, Digests>, Failure> {
    let mut all = BTreeMap::new();
    for goal in goals {
        let Goal::Image(image) = goal else {
            return Err(Failure::Usage {
                message: format!("compare {} with ashlar.expected: it is no image", goal.name()),
                help: Some("name images, or take `--against-store`".to_owned()),
            });
        };
        let stated = expected::stated(&session.root, image.name.as_str(), image.platform.as_str())?;
        if stated.is_empty() {
            return Err(Failure::Finding {
                message: format!(
                    "compare image {} with ashlar.expected: that says nothing of it",
                    image.name
                ),
                help: Some(format!("write it with `ashlar build {} --accept`", image.name)),
            });
        }
        all.insert(goal.name().to_owned(), stated);
    }
    Ok(all)
}

/// What two builds gave.
struct Found {
    artifacts: usize,
    /// What is said of each that differs, by its name.
    differences: BTreeMap<String, String>,
}

fn compare(first: &BTreeMap<String, Digests>, second: &BTreeMap<String, Digests>) -> Result<Found, Failure> {
    let mut differences = BTreeMap::new();
    let mut artifacts = 0;
    let goals_of_both: BTreeSet<&String> = first.keys().chain(second.keys()).collect();
    let none = Digests::new();
    for goal in goals_of_both {
        let (one, other) = (first.get(goal).unwrap_or(&none), second.get(goal).unwrap_or(&none));
        let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        artifacts += names.len();
        for name in names {
            let what = match (one.get(name), other.get(name)) {
                (Some(one), Some(other)) if one == other => continue,
                (Some(one), Some(other)) => format!("{one} and {other}"),
                (Some(_), None) => "missing in the second build".to_owned(),
                (None, _) => "missing in the first build".to_owned(),
            };
            differences.insert(name.clone(), what);
        }
    }
    if artifacts == 0 {
        return Err(Failure::Finding {
            message: "compare two builds: neither gave anything".to_owned(),
            help: None,
        });
    }
    Ok(Found { artifacts, differences })
}

fn tell(
    terminal: &Terminal,
    found: &Found,
    details: &BTreeMap<String, Comparison>,
    as_expected: bool,
    cause: Option<&Cause>,
) -> Result<Outcome, Failure> {
    let differences: Vec<String> =
        found.differences.iter().map(|(name, what)| format!("{name}: {what}")).collect();
    if terminal.json() {
        terminal.result_json(&json!({
            "artifacts": found.artifacts,
            "differences": differences,
            "details": details.iter().map(|(name, found)| (name, found.to_json())).collect::<BTreeMap<_, _>>(),
            "cause": cause.map(Cause::json),
            "as_expected": as_expected,
        }))?;
    } else {
        for difference in &differences {
            terminal.result(&format!("differs: {difference}"))?;
        }
        details::lines(details).iter().try_for_each(|line| terminal.result(line))?;
        for line in cause.iter().flat_map(|cause| cause.lines()) {
            terminal.result(&line)?;
        }
        terminal.result(&format!("{} artifacts, {} differences", found.artifacts, differences.len()))?;
    }
    Ok(if differences.is_empty() && as_expected { Outcome::DONE } else { Outcome(Kind::Unexpected) })
}

/// One build of everything, as a process of its own.
struct Leg<'a> {
    folder: PathBuf,
    clock: Option<&'static str>,
    only: &'a [Perturbation],
    perturbed: bool,
    uid: Option<u32>,
}

impl Leg<'_> {
    fn run(
        &self,
        session: &Session<'_>,
        asked: &Asked<'_>,
        planned: &Planned,
        library: Option<&Path>,
    ) -> Result<BTreeMap<String, Digests>, Failure> {
        let store_path = self.store();
        fs::create_dir_all(&self.folder).map_err(wrong("make", &self.folder))?;
        hand_over_sources(session, planned, &store_path)?;
        let program = self.folder.join("ashlar");
        fs::copy("/proc/self/exe", &program).map_err(wrong("copy this program to", &program))?;
        let mut command = Command::new(&program);
        command
            .arg("--project")
            .arg(&session.root)
            .arg("--store")
            .arg(&store_path)
            .args(["--offline", "--json"]);
        if self.applies(Perturbation::Jobs) {
            command.arg("--jobs").arg((session.jobs + 1).to_string());
        } else {
            command.arg("--jobs").arg(session.jobs.to_string());
        }
        command.arg("leg").args(asked.what);
        if let (Some(setting), Some(library)) = (self.clock, library) {
            let clock = self.folder.join("libfaketime.so.1");
            fs::copy(library, &clock).map_err(wrong("copy the clock to", &clock))?;
            command.arg(format!("--clock={setting}")).arg("--clock-library").arg(&clock);
        }
        if self.applies(Perturbation::Hostname) {
            command.args(["--hostname", "elsewhere"]);
        }
        if self.applies(Perturbation::Umask) {
            command.args(["--umask", "077"]);
        }
        if self.applies(Perturbation::Locale) {
            command.args(["--locale", "POSIX"]);
        }
        if self.applies(Perturbation::Addresses) {
            command.arg("--random-addresses");
        }
        let order =
            self.applies(Perturbation::Order).then(|| MemoryFolder::make(|text| session.terminal.note(text)));
        let order = order.transpose()?;
        if let Some(order) = &order {
            command.arg("--order").arg(order.path());
        }
        if let Some(uid) = self.uid {
            give(&self.folder, uid)?;
            if let Some(order) = &order {
                give(order.path(), uid)?;
            }
            command.uid(uid).gid(uid).env("HOME", &self.folder);
        }
        session.terminal.note(&format!("building in {}", self.folder.display()));
        let output =
            command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().map_err(wrong("run", &program))?;
        order.map(MemoryFolder::remove).transpose()?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            return Err(Failure::Finding {
                message: format!("build a second time: {} ({})", text.trim(), output.status),
                help: Some(format!("its store is {}", store_path.display())),
            });
        }
        serde_json::from_str(&text)
            .map_err(|cause| Failure::surroundings(format!("read what the second build gave: {cause}")))
    }

    fn store(&self) -> PathBuf {
        self.folder.join("store")
    }

    fn applies(&self, kind: Perturbation) -> bool {
        self.perturbed && (self.only.is_empty() || self.only.contains(&kind))
    }
}

/// Puts every source of the graph into a new store at `path`, after bringing what is missing.
fn hand_over_sources(session: &Session<'_>, planned: &Planned, path: &Path) -> Result<(), Failure> {
    session.fetch(planned)?;
    let store = Store::open(path)?;
    let needed = planned.graph.needed(&planned.goals);
    let sources: Vec<SourceDigest> =
        needed.iter().flat_map(|id| planned.graph.node(*id).sources().collect::<Vec<_>>()).collect();
    for digest in sources {
        let file = session.store.blob_path(BlobDigest::new(digest.sha256()), false)?;
        store.add_file(&file)?;
    }
    Ok(())
}
