// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Places of the machine where memory of a process may stay: swap, core files, and processes that live on (proc(5), core(5)).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ashlar_system_tests::{Folder, wait_until};

use super::forms::{Form, KnownKey};

/// Devices and files that the kernel swaps to.
pub(crate) fn swaps() -> Vec<PathBuf> {
    listed_swaps(&fs::read_to_string("/proc/swaps").unwrap())
}

fn listed_swaps(text: &str) -> Vec<PathBuf> {
    assert!(text.starts_with("Filename"), "{text}");
    text.lines().skip(1).filter_map(|line| line.split_ascii_whitespace().next()).map(PathBuf::from).collect()
}

/// Core files.
pub(crate) struct CoreFiles {
    /// Those that lie where the kernel, or a program that it hands them to, puts them.
    pub(crate) found: Vec<PathBuf>,
    /// Where another would lie.
    pub(crate) planted: PathBuf,
}

/// Where programs keep what the kernel hands them.
const COLLECTED: [&str; 3] = ["/var/lib/systemd/coredump", "/var/crash", "/var/lib/apport/coredump"];

/// The core files of a release that was made in `working`; its agent works in the root.
pub(crate) fn core_files(working: &Path) -> CoreFiles {
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap();
    let path = Path::new(pattern.trim());
    // What the kernel puts for `%` is not known here: all names that begin as the pattern does.
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = name.split('%').next().unwrap_or_default();
    let beginning = if stem.is_empty() || pattern.starts_with('|') { "core" } else { stem };
    let mut folders = vec![working.to_owned(), PathBuf::from("/")];
    if pattern.starts_with('|') {
        folders.extend(COLLECTED.map(PathBuf::from));
    } else {
        // Relative to nothing: the folder that a process works in, which is listed.
        folders.extend(path.parent().filter(|folder| folder.is_absolute()).map(Path::to_owned));
    }
    let collected = |path: &Path| COLLECTED.iter().any(|folder| path.starts_with(folder));
    let found = folders.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    let found = found.map(|entry| entry.path()).filter(|path| {
        let named = path.file_name().is_some_and(|name| name.as_bytes().starts_with(beginning.as_bytes()));
        // Those of other people cannot be read, and are not of a release that this test made.
        (named || collected(path)) && path.is_file() && fs::File::open(path).is_ok()
    });
    CoreFiles { found: found.collect(), planted: working.join(format!("{beginning}.planted")) }
}

/// Processes, each by its number and the time of its start: numbers are used again.
pub(crate) struct Processes(BTreeSet<(u32, String)>);

impl Processes {
    /// Those that run a program of this name now.
    pub(crate) fn named(name: &str) -> Self {
        Self(ids().into_iter().filter_map(|id| Some((id, started(id, name)?))).collect())
    }

    pub(crate) fn has(&self, id: u32) -> bool {
        self.0.iter().any(|(other, _)| *other == id)
    }

    /// Waits until all have ended: agents of releases that other tests make live for seconds, and one that stays fails this.
    pub(crate) fn end(&self) {
        let is_there = |(id, start): &(u32, String)| started(*id, "signing-agent").as_ref() == Some(start);
        wait_until("no agent lives on", Duration::from_secs(120), || !self.0.iter().any(is_there));
    }
}

fn ids() -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// When a process started, in ticks of the kernel's clock, if it runs and its program has this name.
fn started(id: u32, name: &str) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (head, rest) = text.rsplit_once(") ")?;
    // The first field after the name is the third.
    let fields: Vec<&str> = rest.split(' ').collect();
    let ended = matches!(*fields.first()?, "Z" | "X");
    (head.split_once('(')?.1 == name && !ended)
        .then(|| fields.get(22 - 3).map(|field| (*field).to_owned()))?
}

/// What a search of processes came across.
#[derive(Debug, Default)]
pub(crate) struct ProcessTally {
    /// How many could be read: those of the user who runs this, or all.
    pub(crate) readable: usize,
    /// Those with the key in their environment or arguments.
    pub(crate) holding: BTreeMap<u32, BTreeSet<Form>>,
    /// Those whose environment names the folder of the release.
    pub(crate) of_release: BTreeSet<u32>,
}

/// Searches environment and arguments of all processes that can be read.
pub(crate) fn search_processes(key: &KnownKey, folder: &Path) -> ProcessTally {
    let mut tally = ProcessTally::default();
    let folder = folder.as_os_str().as_bytes();
    for id in ids() {
        let read = |name: &str| fs::read(format!("/proc/{id}/{name}"));
        let (Ok(environment), Ok(arguments)) = (read("environ"), read("cmdline")) else {
            continue;
        };
        tally.readable += 1;
        let forms = &key.forms_in(&environment) | &key.forms_in(&arguments);
        if !forms.is_empty() {
            tally.holding.insert(id, forms);
        }
        if super::contains(&environment, folder) {
            tally.of_release.insert(id);
        }
    }
    tally
}

/// A process that is all that a release must not leave behind: named as the agent, with the key in its environment.
pub(crate) struct Stranger(Child);

impl Stranger {
    pub(crate) fn start(folder: &Folder, key: &KnownKey) -> Self {
        let program = folder.join("signing-agent");
        fs::copy("/bin/sleep", &program).unwrap();
        let hex = String::from_utf8(key.written_as(Form::HexLower)).unwrap();
        let mut command = Command::new(program);
        // One program may be many, and go by this name.
        command
            .arg0("sleep")
            .arg("600")
            .env_clear()
            .env("KEY", hex)
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null());
        Self(command.spawn().unwrap())
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swap_that_is_on_is_seen() {
        let head = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
        assert_eq!(listed_swaps(head), Vec::<PathBuf>::new());
        let text = format!("{head}/dev/vda2                               partition\t1048572\t0\t-2\n");
        assert_eq!(listed_swaps(&text), [PathBuf::from("/dev/vda2")]);
    }
}
