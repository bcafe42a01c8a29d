// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The command line.

use std::ffi::OsString;
use std::num::NonZero;
use std::path::PathBuf;

use crate::error::BenchError;

pub(crate) const USAGE: &str = "\
usage: ashlar-bench [OPTION…]

Measures against the bars of docs/benchmarks.md. Exit code: 0 passed or inconclusive, 1 a bar was missed,
2 wrong command line, 3 something could not be measured.

  --only BAR       compile, idle, release, scale, start or store; may be given again  [default: all]
  --rounds N       rounds of `compile`  [7]
  --builds N       builds of `idle`  [15]
  --releases N     rounds of `release`  [5]
  --plans N        rounds of `scale`  [5]
  --starts N       rounds of `start`  [60]
  --checks N       rounds of `store`  [3]
  --jobs N         compilers at one time  [number of CPUs]
  --ashlar FILE    the binary  [`ashlar` beside this program]
  --project DIR    the project  [nearest folder upward with an ashlar.toml]
  --store DIR      the store  [the user's]
  --json FILE      write every single measurement here
";

/// Something that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bar {
    /// Objects of the kernel.
    Compile,
    /// A build that has nothing to do.
    Idle,
    /// A ceremony, and what is made of its signatures.
    Release,
    /// A project of ten thousand recipes, up to its derivations.
    Scale,
    /// Start and end of a sandbox.
    Start,
    /// A check of a large store.
    Store,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Help,
    Measure(Options),
}

/// What to measure, how often and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) only: Vec<Bar>,
    pub(crate) rounds: usize,
    pub(crate) builds: usize,
    pub(crate) releases: usize,
    pub(crate) plans: usize,
    pub(crate) starts: usize,
    pub(crate) checks: usize,
    pub(crate) jobs: usize,
    pub(crate) ashlar: Option<PathBuf>,
    pub(crate) project: Option<PathBuf>,
    pub(crate) store: Option<PathBuf>,
    pub(crate) json: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            only: Vec::new(),
            rounds: 7,
            builds: 15,
            releases: 5,
            plans: 5,
            starts: 60,
            checks: 3,
            jobs: std::thread::available_parallelism().map_or(1, NonZero::get),
            ashlar: None,
            project: None,
            store: None,
            json: None,
        }
    }
}

impl Options {
    pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Asked, BenchError> {
        let mut options = Self::default();
        let mut arguments = arguments;
        while let Some(name) = arguments.next() {
            let name = name.to_string_lossy().into_owned();
            if name == "--help" || name == "-h" {
                return Ok(Asked::Help);
            }
            let mut value = || {
                arguments.next().ok_or_else(|| BenchError::Usage { message: format!("{name} needs a value") })
            };
            match name.as_str() {
                "--only" => options.only.push(bar(&value()?)?),
                "--rounds" => options.rounds = number(&name, &value()?)?,
                "--builds" => options.builds = number(&name, &value()?)?,
                "--releases" => options.releases = number(&name, &value()?)?,
                "--plans" => options.plans = number(&name, &value()?)?,
                "--checks" => options.checks = number(&name, &value()?)?,
                "--starts" => options.starts = number(&name, &value()?)?,
                "--jobs" => options.jobs = number(&name, &value()?)?,
                "--ashlar" => options.ashlar = Some(path(value()?)?),
                "--project" => options.project = Some(path(value()?)?),
                "--store" => options.store = Some(path(value()?)?),
                "--json" => options.json = Some(path(value()?)?),
                _ => return Err(BenchError::Usage { message: format!("there is no option {name:?}") }),
            }
        }
        Ok(Asked::Measure(options))
    }

    pub(crate) fn wants(&self, bar: Bar) -> bool {
        self.only.is_empty() || self.only.contains(&bar)
    }
}

fn bar(value: &OsString) -> Result<Bar, BenchError> {
    match value.to_str() {
        Some("compile") => Ok(Bar::Compile),
        Some("idle") => Ok(Bar::Idle),
        Some("release") => Ok(Bar::Release),
        Some("scale") => Ok(Bar::Scale),
        Some("start") => Ok(Bar::Start),
        Some("store") => Ok(Bar::Store),
        _ => Err(BenchError::Usage { message: format!("there is no bar {value:?}") }),
    }
}

fn number(name: &str, value: &OsString) -> Result<usize, BenchError> {
    let parsed = value.to_str().and_then(|text| text.parse::<NonZero<usize>>().ok());
    parsed
        .map(NonZero::get)
        .ok_or_else(|| BenchError::Usage { message: format!("{name} needs a number above 0, not {value:?}") })
}

/// Programs are started in other folders than this one.
fn path(value: OsString) -> Result<PathBuf, BenchError> {
    std::path::absolute(&value).map_err(BenchError::file("find", value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Asked, BenchError> {
        Options::parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn everything_is_measured_unless_something_is_named() {
        let Asked::Measure(options) = parse(&[]).unwrap() else { panic!("no options") };
        assert_eq!(options, Options::default());
        assert!(options.wants(Bar::Compile) && options.wants(Bar::Idle) && options.wants(Bar::Start));
        let Asked::Measure(options) = parse(&["--only", "start", "--rounds", "9"]).unwrap() else {
            panic!("no options")
        };
        assert!(options.wants(Bar::Start) && !options.wants(Bar::Compile));
        assert_eq!(options.rounds, 9);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bad in [&["--fast"][..], &["--only", "all"], &["--rounds"], &["--rounds", "0"], &["--jobs", "x"]]
        {
            assert!(matches!(parse(bad), Err(BenchError::Usage { .. })), "{bad:?}");
        }
        assert_eq!(parse(&["--rounds", "7", "-h"]).unwrap(), Asked::Help);
    }
}
