// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Runs the tests, as the calling user and as an ordinary one.

use std::fs;
use std::io::{Read, Seek};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use ashlar_probe::Report;
use ashlar_sandbox::{Cancel, Console, Outcome, SandboxError, SandboxSpec, remove_scratch, run};
use std::os::unix::process::CommandExt;

use crate::sysroot;

/// The user of the second leg.
const ORDINARY: u32 = 1000;
const LEG: &str = "--ordinary-leg=";

/// One test.
pub(crate) type Test = (&'static str, fn(&Place));

/// A folder of the test run with a sysroot in it.
#[derive(Debug)]
pub(crate) struct Place {
    /// The folder; writable.
    pub(crate) path: PathBuf,
    /// The sysroot: the probe as `/bin/probe` and the libraries it needs.
    pub(crate) sysroot: PathBuf,
}

impl Place {
    /// A specification that runs the probe with these words.
    pub(crate) fn spec(&self, words: &[&str]) -> SandboxSpec {
        let mut command = vec!["/bin/probe".to_owned()];
        command.extend(words.iter().map(|word| (*word).to_owned()));
        let scratch = self.path.join("scratch");
        remove_scratch(&scratch).unwrap();
        let mut spec = SandboxSpec::new(self.sysroot.clone(), scratch, command);
        spec.environment.insert("LD_LIBRARY_PATH".to_owned(), sysroot::LIBRARIES.to_owned());
        spec.working_directory = "/build".into();
        spec
    }

    /// Runs a specification; returns its outcome and its output.
    pub(crate) fn try_run(&self, spec: &SandboxSpec) -> Result<(Outcome, String), SandboxError> {
        let mut log = tempfile::tempfile_in(&self.path).unwrap();
        let outcome = run(spec, &helper(), Console::Log(log.try_clone().unwrap()), &Cancel::new()?)?;
        let mut text = String::new();
        log.rewind().unwrap();
        log.read_to_string(&mut text).unwrap();
        Ok((outcome, text))
    }

    /// Runs a specification that can be run.
    pub(crate) fn run(&self, spec: &SandboxSpec) -> (Outcome, String) {
        self.try_run(spec).unwrap_or_else(|error| {
            panic!("{error}: {:?} {:?}", std::error::Error::source(&error), error.help())
        })
    }

    /// Runs the probe with these words.
    pub(crate) fn probe(&self, words: &[&str]) -> (Outcome, String) {
        self.run(&self.spec(words))
    }

    /// What the probe sees.
    pub(crate) fn report(&self, spec: &SandboxSpec) -> Report {
        let (outcome, text) = self.run(spec);
        assert!(outcome.success(), "{outcome:?} {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// A new empty folder.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let path = self.path.join(name);
        remove_scratch(&path).unwrap();
        fs::create_dir(&path).unwrap();
        path
    }
}

/// This very binary.
pub(crate) fn helper() -> PathBuf {
    PathBuf::from("/proc/self/exe")
}

/// The runner. Arguments: words that a test's name must contain, and those that cargo and nextest pass.
pub(crate) fn main(groups: &[&[Test]]) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let leg = arguments.iter().find_map(|argument| argument.strip_prefix(LEG));
    let exact = arguments.iter().any(|argument| argument == "--exact");
    let words: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| {
        words.is_empty()
            || words.iter().any(|word| if exact { name == *word } else { name.contains(word.as_str()) })
    };
    let tests: Vec<&Test> = groups.iter().copied().flatten().filter(|(name, _)| wanted(name)).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        let ignored = arguments.iter().any(|argument| argument == "--ignored");
        tests.iter().filter(|_| !ignored).for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    if let Some(path) = leg {
        return verdict(run_all(Path::new(path), "ordinary user", &tests));
    }
    let root = rustix::process::geteuid().is_root();
    let place = tempfile::tempdir().unwrap();
    let name = if root { "root" } else { "calling user" };
    let mut failed = run_all(place.path(), name, &tests);
    match root {
        true => failed += usize::from(!run_as_ordinary(&arguments)),
        false => println!("the root leg was not run: the caller is not root"),
    }
    remove_scratch(place.path()).unwrap();
    verdict(failed)
}

fn verdict(failed: usize) -> ExitCode {
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run_all(path: &Path, leg: &str, tests: &[&Test]) -> usize {
    let place = Place { path: path.to_path_buf(), sysroot: path.join("sysroot") };
    sysroot::build(&place.sysroot);
    let mut failed = 0;
    for (name, body) in tests {
        let went_well = catch_unwind(|| body(&place)).is_ok();
        println!("test {name} ({leg}) ... {}", if went_well { "ok" } else { "FAILED" });
        failed += usize::from(!went_well);
    }
    // The form of the usual harness, so that whoever sums up results sees these too.
    let result = if failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {result}. {} passed; {failed} failed; as {leg}", tests.len() - failed);
    failed
}

/// Starts a copy of this binary as an ordinary user: the original may lie in a folder that only root can enter.
fn run_as_ordinary(arguments: &[String]) -> bool {
    use std::os::unix::fs::{PermissionsExt, chown};
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    chown(place.path(), Some(ORDINARY), Some(ORDINARY)).unwrap();
    let binary = place.path().join("test");
    fs::copy(helper(), &binary).unwrap();
    fs::copy(sysroot::PROBE, place.path().join("probe")).unwrap();
    let status = Command::new(&binary)
        .args(arguments)
        .arg(format!("{LEG}{}", place.path().display()))
        .current_dir(place.path())
        .uid(ORDINARY)
        .gid(ORDINARY)
        .status()
        .unwrap();
    remove_scratch(place.path()).unwrap();
    status.success()
}
