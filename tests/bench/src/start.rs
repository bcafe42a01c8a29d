// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bar: start and end of our sandbox take at most 1.5 times as long as bubblewrap's with equal isolation.
//!
//! Equal is what bubblewrap can do of it: every namespace, an overlay as root, private `/tmp` and `/dev`, no capability,
//! and a `/proc` where the same files are covered. What it cannot do counts against us: the filter that reports
//! attempts to reach the network, Landlock, limits, the kernel's name. Without the covers it is shown for comparison.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ashlar_sandbox::{Bind, Console, SandboxSpec, remove_scratch};
use serde_json::json;

use crate::bubblewrap::Bubblewrap;
use crate::error::{BenchError, tail};
use crate::inputs::Tools;
use crate::report::{Finished, milliseconds, percent};
use crate::say;
use crate::series::{Series, Statistic};
use crate::verdict::Comparison;

const BAR: f64 = 1.5;
/// Elapsed time of some milliseconds is restless anywhere; this much does not turn 1.5 around.
const TOLERANCE: f64 = 0.10;
const ROUNDS: usize = 30;
const WARM_UP: usize = 3;

pub(crate) fn measure(tools: &Tools<'_>, rounds: usize) -> Result<Finished, BenchError> {
    say("bench: start: starting and ending sandboxes");
    let scratch = tools.inputs.store.scratch("bench-start").map_err(BenchError::store)?;
    let room = Room::make(tools, scratch.path())?;
    let covers = room.covers()?;
    let mut measured: [Vec<Duration>; 4] = Default::default();
    for round in 0..WARM_UP + rounds {
        for turn in 0..measured.len() {
            let which = (round + turn) % measured.len();
            let took = match which {
                0 => room.ours()?,
                1 | 2 => room.peer(&covers)?,
                _ => room.peer(&[])?,
            };
            if round >= WARM_UP {
                measured[which].push(took);
            }
        }
    }
    scratch.remove().map_err(BenchError::store)?;
    let [ours, peer, peer_again, bare] = measured.map(|series| Series::new(&series));
    let comparison = Comparison { ours, peer, peer_again, statistic: Statistic::Median };
    let bare_ratio = comparison.ours.median() / bare.median();
    let json =
        json!({"bar": BAR, "compared": comparison.json(), "bare": bare.json(), "covers": covers.len()});
    Ok(Finished {
        name: "start and end",
        found: format!("{:.2} × bubblewrap", comparison.ratio()),
        bar: format!("≤ {BAR}"),
        verdict: comparison.judge(BAR, TOLERANCE, ROUNDS),
        notes: vec![
            format!(
                "start and end: medians of elapsed time; bubblewrap differs from itself by {} (tolerance {})",
                percent(comparison.unrest()),
                percent(TOLERANCE)
            ),
            format!(
                "start and end: {bare_ratio:.2} × a bubblewrap that covers nothing of /proc, where we cover {}",
                covers.len()
            ),
        ],
        unit: milliseconds,
        rows: vec![
            ("our sandbox, start and end".to_owned(), comparison.ours),
            ("bubblewrap, equal isolation".to_owned(), comparison.peer),
            ("bubblewrap, equal isolation, again".to_owned(), comparison.peer_again),
            ("bubblewrap, nothing of /proc covered".to_owned(), bare),
        ],
        json,
    })
}

/// A file or folder of `/proc` that our sandbox shows empty or constant.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cover {
    path: PathBuf,
    folder: bool,
}

/// What both run in.
#[derive(Debug)]
struct Room<'a> {
    tools: &'a Tools<'a>,
    base: PathBuf,
    environment: BTreeMap<String, String>,
}

impl<'a> Room<'a> {
    fn make(tools: &'a Tools<'a>, base: &Path) -> Result<Self, BenchError> {
        let room = Self {
            tools,
            base: base.to_path_buf(),
            environment: [("PATH", "/usr/bin"), ("LC_ALL", "C.UTF-8")]
                .map(|(a, b)| (a.into(), b.into()))
                .into(),
        };
        for folder in ["build", "empty-folder"] {
            make_folder(&base.join(folder))?;
        }
        let empty = base.join("empty-file");
        fs::write(&empty, "").map_err(BenchError::file("write", &empty))?;
        Ok(room)
    }

    fn spec(&self, command: &[&str]) -> SandboxSpec {
        let command = command.iter().map(|word| (*word).to_owned()).collect();
        let mut spec = SandboxSpec::new(self.tools.test_tools.clone(), self.base.join("scratch"), command);
        let build = Bind { source: self.base.join("build"), destination: "/build".into(), read_only: false };
        spec.binds.push(build);
        spec.working_directory = "/build".into();
        spec.environment.clone_from(&self.environment);
        spec
    }

    /// Runs a command in our sandbox; gives what it printed.
    fn run(&self, command: &[&str]) -> Result<Vec<u8>, BenchError> {
        let path = self.base.join("log");
        let log = File::create(&path).map_err(BenchError::file("make", &path))?;
        let outcome = ashlar_sandbox::run(
            &self.spec(command),
            &self.tools.inputs.ashlar,
            Console::Log(log),
            &self.tools.inputs.cancel,
        )
        .map_err(BenchError::sandbox)?;
        let output = fs::read(&path).map_err(BenchError::file("read", &path))?;
        if outcome.success() {
            return Ok(output);
        }
        let operation = format!("run {} in the sandbox", command.join(" "));
        Err(BenchError::Failed { operation, status: format!("{:?}", outcome.end), tail: tail(&output) })
    }

    /// What our sandbox covers below `/proc`, as its own mount table says.
    fn covers(&self) -> Result<Vec<Cover>, BenchError> {
        let table = self.run(&["/usr/bin/cat", "/proc/self/mountinfo"])?;
        self.clear()?;
        let covers = covered(&String::from_utf8_lossy(&table));
        if covers.is_empty() {
            return Err(BenchError::Content {
                path: "/proc/self/mountinfo".into(),
                reason: "the sandbox covers nothing of /proc".to_owned(),
            });
        }
        Ok(covers.into_iter().map(|path| Cover { folder: path.is_dir(), path }).collect())
    }

    fn ours(&self) -> Result<Duration, BenchError> {
        let start = Instant::now();
        self.run(&["/usr/bin/true"])?;
        self.clear()?;
        Ok(start.elapsed())
    }

    fn peer(&self, covers: &[Cover]) -> Result<Duration, BenchError> {
        let start = Instant::now();
        let scratch = self.base.join("scratch");
        for folder in ["upper", "work", "tmp"] {
            make_folder(&scratch.join(folder))?;
        }
        let mut command = self.bubblewrap(&scratch, covers);
        let output = command
            .stdin(Stdio::null())
            .output()
            .map_err(|source| BenchError::Program { program: command.get_program().into(), source })?;
        if !output.status.success() {
            return Err(BenchError::failed("run bubblewrap", output.status, &output.stderr));
        }
        self.clear()?;
        Ok(start.elapsed())
    }

    fn bubblewrap(&self, scratch: &Path, covers: &[Cover]) -> Command {
        let mut call = Bubblewrap::new(&self.tools.test_tools)
            .words(["--unshare-all", "--hostname", "ashlar", "--cap-drop", "ALL", "--new-session"])
            .surroundings(&self.environment)
            .overlay(&self.tools.test_tools, &scratch.join("upper"), &scratch.join("work"))
            .words(["--proc", "/proc", "--dev", "/dev"])
            .place("--bind", scratch.join("tmp"), "/tmp")
            .place("--bind", self.base.join("build"), "/build");
        for cover in covers {
            let empty = if cover.folder { "empty-folder" } else { "empty-file" };
            call = call.place("--ro-bind", self.base.join(empty), &cover.path);
        }
        call.words(["--remount-ro", "/proc", "--remount-ro", "/dev", "--chdir", "/build"])
            .program(&["/usr/bin/true".to_owned()])
    }

    /// Part of the end: overlayfs leaves a folder that nobody may enter.
    fn clear(&self) -> Result<(), BenchError> {
        remove_scratch(&self.base.join("scratch")).map_err(BenchError::sandbox)
    }
}

/// Mount points below `/proc` (proc_pid_mountinfo(5), field 5).
fn covered(mountinfo: &str) -> Vec<PathBuf> {
    let points = mountinfo.lines().filter_map(|line| line.split(' ').nth(4));
    points.filter(|point| point.starts_with("/proc/")).map(PathBuf::from).collect()
}

fn make_folder(path: &Path) -> Result<(), BenchError> {
    fs::create_dir_all(path).map_err(BenchError::file("make", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_below_proc_is_a_cover() {
        let table = "30 29 0:5 / /proc ro,nosuid - proc proc ro\n\
                     31 30 0:6 /empty//deleted /proc/keys ro - tmpfs tmpfs rw\n\
                     32 29 0:7 / /dev ro - tmpfs tmpfs rw\n\
                     33 30 0:6 /x /proc/sys/kernel/osrelease ro - tmpfs tmpfs rw\n";
        assert_eq!(covered(table), ["/proc/keys", "/proc/sys/kernel/osrelease"].map(PathBuf::from));
    }
}
