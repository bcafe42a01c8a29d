// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a sandbox contains, as a value that can be printed, stored and compared.
//!
//! Everything a build can see comes from here or is fixed by this crate ([`POLICY_VERSION`](crate::POLICY_VERSION)).
//! The reproducibility tests disturb a build by changing these same fields (hostname, umask, environment, order of a
//! bind's source): there is no second mechanism that could differ from the first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::identity::KernelIdentity;

/// One sandbox: its files, its command, its surroundings and its limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SandboxSpec {
    /// The folder that becomes `/`, below a writable layer. Never written to.
    pub sysroot: PathBuf,
    /// A private folder of this run for that layer and `/tmp`; made when it is not there, removed by
    /// [`remove_scratch`](crate::remove_scratch). It must lie on a filesystem that overlayfs can write to.
    pub scratch: PathBuf,
    /// What else is shown, attached in this order.
    pub binds: Vec<Bind>,
    /// The program (absolute, as the sandbox sees it) and its arguments.
    pub command: Vec<String>,
    /// The whole environment.
    pub environment: BTreeMap<String, String>,
    /// Where the command starts, as the sandbox sees it.
    pub working_directory: PathBuf,
    /// What `hostname` says.
    pub hostname: String,
    /// The file mode creation mask of the command.
    pub umask: u32,
    /// Whether addresses are random, as they are outside. Off where nothing is tested, so that no address reaches a result.
    pub random_addresses: bool,
    /// To how many processors the command is held, where that is tested; `None`: to none but the caller's own.
    pub cpus: Option<u32>,
    /// What `uname` says of the kernel.
    pub kernel: KernelIdentity,
    /// What the command may use; no part of what it sees.
    pub limits: Limits,
}

/// One file or folder of the host that the sandbox shows, with all that is mounted below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bind {
    /// Where it is on the host.
    pub source: PathBuf,
    /// Where the sandbox shows it; missing parents are made, a symbolic link on the way is an error.
    pub destination: PathBuf,
    /// Whether writing to it fails.
    pub read_only: bool,
}

/// What a sandbox may use. `None` means: only what the host itself limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of memory: of the whole sandbox where a cgroup can be made, else of each process's own data.
    pub memory_bytes: Option<u64>,
    /// Processes and threads at one time. Where root runs a sandbox without a cgroup, up to 300 more (Linux 6.14 and
    /// newer; older kernels do not limit root at all).
    pub processes: Option<u32>,
    /// Open files of one process. `None` means 4096, so that the host's limit is not visible.
    pub open_files: Option<u64>,
    /// Seconds of CPU time of one process.
    pub cpu_seconds: Option<u64>,
    /// Milliseconds from start to end, after which everything is killed.
    pub wall_milliseconds: Option<u64>,
}

impl Limits {
    /// Whether there is a limit that a cgroup holds for the sandbox as a whole.
    pub(crate) const fn are_for_a_group(&self) -> bool {
        self.memory_bytes.is_some() || self.processes.is_some()
    }
}

/// Why a [`SandboxSpec`] cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecProblem {
    /// The command is empty.
    #[error("it names no command")]
    NoCommand,
    /// A path that must be absolute and free of `.` and `..` is not.
    #[error("the {role} {} is not an absolute path without '.' and '..'", path.display())]
    Path {
        /// Which field.
        role: &'static str,
        /// Its value.
        path: PathBuf,
    },
    /// A bind would hide the whole sandbox or one of the filesystems that this crate provides.
    #[error("the bind destination {} belongs to the sandbox itself", path.display())]
    Reserved {
        /// The destination.
        path: PathBuf,
    },
    /// Two binds name one destination.
    #[error("the bind destination {} is given twice", path.display())]
    Twice {
        /// The destination.
        path: PathBuf,
    },
    /// A string holds a NUL byte, or an environment name is empty or holds `=`.
    #[error("the {role} {value:?} cannot be passed to a program")]
    Text {
        /// Which field.
        role: &'static str,
        /// Its value.
        value: String,
    },
    /// The hostname is empty, too long for the kernel (64 bytes), or not letters, digits, `-` and `.`.
    #[error("{0:?} is not a hostname")]
    Hostname(String),
    /// The umask has bits outside 0777.
    #[error("{0:#o} is not a umask")]
    Umask(u32),
}

/// Filesystems that every sandbox has and no bind may cover.
const RESERVED: [&str; 3] = ["/dev", "/proc", "/tmp"];

impl SandboxSpec {
    /// A specification that shows `sysroot` and runs `command`, with the fixed surroundings of every build:
    /// hostname `ashlar`, umask 022, `/` as working directory, an empty environment, no binds.
    #[must_use]
    pub fn new(sysroot: PathBuf, scratch: PathBuf, command: Vec<String>) -> Self {
        Self {
            sysroot,
            scratch,
            binds: Vec::new(),
            command,
            environment: BTreeMap::new(),
            working_directory: PathBuf::from("/"),
            hostname: "ashlar".to_owned(),
            umask: 0o022,
            random_addresses: false,
            cpus: None,
            kernel: KernelIdentity::default(),
            limits: Limits::default(),
        }
    }

    /// Checks all that can be judged without looking at a file.
    ///
    /// # Errors
    /// The first [`SpecProblem`].
    pub fn check(&self) -> Result<(), SpecProblem> {
        let program = self.command.first().ok_or(SpecProblem::NoCommand)?;
        check_path("command", Path::new(program))?;
        check_path("sysroot", &self.sysroot)?;
        check_path("scratch folder", &self.scratch)?;
        check_path("working directory", &self.working_directory)?;
        self.check_binds()?;
        self.check_text()?;
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
        if self.hostname.is_empty() || self.hostname.len() > 64 || !self.hostname.bytes().all(letters) {
            return Err(SpecProblem::Hostname(self.hostname.clone()));
        }
        if self.umask & !0o777 != 0 {
            return Err(SpecProblem::Umask(self.umask));
        }
        Ok(())
    }

    fn check_binds(&self) -> Result<(), SpecProblem> {
        let mut seen = BTreeSet::new();
        for bind in &self.binds {
            check_path("bind source", &bind.source)?;
            check_path("bind destination", &bind.destination)?;
            let path = &bind.destination;
            if path == Path::new("/") || RESERVED.iter().any(|reserved| path.starts_with(reserved)) {
                return Err(SpecProblem::Reserved { path: path.clone() });
            }
            if !seen.insert(path) {
                return Err(SpecProblem::Twice { path: path.clone() });
            }
        }
        Ok(())
    }

    fn check_text(&self) -> Result<(), SpecProblem> {
        let nul = |role, value: &String| match value.contains('\0') {
            true => Err(SpecProblem::Text { role, value: value.clone() }),
            false => Ok(()),
        };
        self.command.iter().try_for_each(|argument| nul("argument", argument))?;
        for (name, value) in &self.environment {
            nul("environment value", value)?;
            if name.is_empty() || name.contains(['=', '\0']) {
                return Err(SpecProblem::Text { role: "environment name", value: name.clone() });
            }
        }
        Ok(())
    }
}

fn check_path(role: &'static str, path: &Path) -> Result<(), SpecProblem> {
    // Compared by bytes as well: `components` would overlook `/a/./b`, `/a//b` and `/a/`.
    let plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    let rebuilt: PathBuf = path.components().collect();
    let same = rebuilt.as_os_str() == path.as_os_str();
    let nul = path.as_os_str().as_encoded_bytes().contains(&0);
    match path.is_absolute() && plain && same && !nul {
        true => Ok(()),
        false => Err(SpecProblem::Path { role, path: path.to_path_buf() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> SandboxSpec {
        SandboxSpec::new("/sysroot".into(), "/scratch".into(), vec!["/bin/sh".to_owned()])
    }

    fn bound(destination: &str) -> Result<(), SpecProblem> {
        let bind = Bind { source: "/etc".into(), destination: destination.into(), read_only: true };
        SandboxSpec { binds: vec![bind], ..spec() }.check()
    }

    #[test]
    fn a_spec_survives_being_printed_and_read() {
        let text = serde_json::to_string(&spec()).unwrap();
        assert_eq!(serde_json::from_str::<SandboxSpec>(&text).unwrap(), spec());
        assert!(serde_json::from_str::<SandboxSpec>(&text.replacen('{', "{\"network\":true,", 1)).is_err());
    }

    #[test]
    fn destinations_that_leave_the_sandbox_are_refused() {
        for bad in [
            "/build/../../etc",
            "build",
            "/a/./b",
            "/a//b",
            "/a/",
            "/",
            "/proc/self",
            "/dev",
            "/tmp/x",
            "/a\0b",
        ] {
            assert!(bound(bad).is_err(), "{bad:?} was accepted");
        }
        assert_eq!(bound("/sources/libmnl"), Ok(()));
        assert_eq!(bound("/development"), Ok(()));
    }

    #[test]
    fn one_destination_cannot_be_given_twice() {
        let bind = Bind { source: "/etc".into(), destination: "/a".into(), read_only: true };
        let twice = SandboxSpec { binds: vec![bind.clone(), bind], ..spec() };
        assert_eq!(twice.check(), Err(SpecProblem::Twice { path: "/a".into() }));
    }

    #[test]
    fn text_that_no_program_can_be_given_is_refused() {
        let name = SandboxSpec { environment: BTreeMap::from([("A=B".to_owned(), String::new())]), ..spec() };
        assert!(matches!(name.check(), Err(SpecProblem::Text { .. })));
        let command = SandboxSpec { command: vec!["/bin/sh".to_owned(), "a\0b".to_owned()], ..spec() };
        assert!(matches!(command.check(), Err(SpecProblem::Text { .. })));
        assert_eq!(SandboxSpec { command: Vec::new(), ..spec() }.check(), Err(SpecProblem::NoCommand));
        assert!(SandboxSpec { hostname: "a b".to_owned(), ..spec() }.check().is_err());
        assert!(SandboxSpec { umask: 0o1000, ..spec() }.check().is_err());
    }
}
