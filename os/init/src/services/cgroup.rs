// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A cgroup for each service, so that all of its processes can be found and killed, whatever they call themselves.
//!
//! Format: Documentation/admin-guide/cgroup-v2.rst.
//!
//! ```text
//! /sys/fs/cgroup/cgroup.subtree_control             +cpu +io +memory +pids, as far as the kernel has them
//! /sys/fs/cgroup/services/cgroup.subtree_control    the same
//! /sys/fs/cgroup/services/<name>/cgroup.procs       who is written into it belongs to the service
//!                               /cgroup.kill        1: SIGKILL to all of them and of the cgroups below
//!                               /cgroup.events      populated 0: none is left, nor below
//! ```

use crate::error::{InitError, Malformed};
use crate::mounts::create_directory;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;

const CONTROLLERS: [&str; 4] = ["cpu", "io", "memory", "pids"];

/// The cgroup above those of the services.
#[derive(Debug)]
pub(crate) struct Cgroups {
    top: String,
}

impl Cgroups {
    /// Below `top`, where a cgroup2 file system is mounted.
    pub(crate) fn below(top: &str) -> Self {
        Self { top: top.to_owned() }
    }

    fn folder(&self) -> String {
        format!("{}/services", self.top)
    }

    /// Makes the folder and lets the controllers through to the services. Gives what failed.
    pub(crate) fn prepare(&self) -> Vec<InitError> {
        let folder = self.folder();
        let steps = [enable_controllers(&self.top), create_directory(&folder), enable_controllers(&folder)];
        steps.into_iter().filter_map(Result::err).collect()
    }

    pub(crate) fn of(&self, name: &str) -> Cgroup {
        Cgroup { folder: format!("{}/{name}", self.folder()) }
    }
}

fn enable_controllers(folder: &str) -> Result<(), InitError> {
    let available = read(format!("{folder}/cgroup.controllers"))?;
    let available: Vec<&str> = available.split_whitespace().collect();
    let wanted: Vec<String> = CONTROLLERS
        .iter()
        .filter(|wanted| available.contains(wanted))
        .map(|controller| format!("+{controller}"))
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    write(format!("{folder}/cgroup.subtree_control"), &wanted.join(" "))
}

/// The cgroup of one service.
#[derive(Debug)]
pub(crate) struct Cgroup {
    folder: String,
}

impl Cgroup {
    fn file(&self, name: &str) -> String {
        format!("{}/{name}", self.folder)
    }

    /// Makes it, and gives the file that a process joins it by.
    ///
    /// # Errors
    /// Also if a process of an earlier life is in it.
    pub(crate) fn enter(&self) -> Result<File, InitError> {
        create_directory(&self.folder)?;
        if !self.is_empty()? {
            let source = Malformed::new("processes of its last life are in it");
            return Err(InitError::Understand { path: self.folder.clone(), source });
        }
        let path = self.file("cgroup.procs");
        OpenOptions::new().write(true).open(&path).map_err(|source| InitError::Open { path, source })
    }

    /// SIGKILL to every process in it and below.
    pub(crate) fn kill(&self) -> Result<(), InitError> {
        write(self.file("cgroup.kill"), "1")
    }

    /// Whether no process is in it or below.
    pub(crate) fn is_empty(&self) -> Result<bool, InitError> {
        let path = self.file("cgroup.events");
        let text = read(path.clone())?;
        match text.lines().find_map(|line| line.strip_prefix("populated ")) {
            Some("0") => Ok(true),
            Some("1") => Ok(false),
            _ => Err(InitError::Understand {
                path,
                source: Malformed::new(format!("{text:?} does not say whether it is populated")),
            }),
        }
    }
}

fn read(path: String) -> Result<String, InitError> {
    fs::read_to_string(&path).map_err(|source| InitError::Read { path, source })
}

/// Without O_CREAT, which a file of the kernel does not know.
fn write(path: String, text: &str) -> Result<(), InitError> {
    OpenOptions::new()
        .write(true)
        .open(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|source| InitError::Write { path, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::trial::Folder;

    #[test]
    fn only_the_controllers_that_the_kernel_has_are_asked_for() {
        let cases = [
            ("cpuset cpu io memory hugetlb pids rdma misc\n", "+cpu +io +memory +pids"),
            ("pids cpu\n", "+cpu +pids"),
            ("cpuset\n", ""),
            ("\n", ""),
        ];
        for (available, expected) in cases {
            let top = Folder::new();
            fs::create_dir(top.join("services")).unwrap();
            for folder in ["", "services/"] {
                fs::write(top.join(&format!("{folder}cgroup.controllers")), available).unwrap();
                fs::write(top.join(&format!("{folder}cgroup.subtree_control")), "").unwrap();
            }
            assert!(Cgroups::below(&top.path()).prepare().is_empty());
            for folder in ["", "services/"] {
                let path = top.join(&format!("{folder}cgroup.subtree_control"));
                assert_eq!(fs::read_to_string(path).unwrap(), expected, "{available:?}");
            }
        }
    }

    #[test]
    fn what_is_no_cgroup_file_system_is_a_failure_and_creates_no_file() {
        let top = Folder::new();
        let failures = Cgroups::below(&top.path()).prepare();
        assert_eq!(failures.len(), 2, "{failures:?}");
        let cgroup = Cgroups::below(&top.path()).of("a");
        assert!(cgroup.enter().is_err() && cgroup.kill().is_err());
        assert_eq!(fs::read_dir(top.join("services/a")).unwrap().count(), 0);
    }

    #[test]
    fn a_cgroup_with_a_process_in_it_is_not_entered() {
        let top = Folder::with_cgroups(&["a"]);
        let cgroup = Cgroups::below(&top.path()).of("a");
        assert!(cgroup.enter().is_ok());
        for (events, expected) in [
            ("populated 1\nfrozen 0\n", "processes of its last life"),
            ("frozen 0\n", "does not say"),
            ("populated 2\n", "does not say"),
        ] {
            fs::write(top.join("services/a/cgroup.events"), events).unwrap();
            let error = cgroup.enter().unwrap_err();
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert!(source.contains(expected), "{source}");
        }
    }
}
