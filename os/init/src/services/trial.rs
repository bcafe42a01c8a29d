// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What tests run services with: folders, cgroups, and the test program itself in the roles of services.

use super::file::{Kind, Service};
use super::running::Voice;
use crate::error::InitError;
use ashlar_kernel_state::Failure;
use rustix::process::{getpid, getsid};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio, exit};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;

/// A test that waits for any child would take those of another.
static CHILDREN: Mutex<()> = Mutex::new(());
static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// To be held by every test that has children.
pub(crate) fn children() -> MutexGuard<'static, ()> {
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unique() -> String {
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    format!("ashlar-init-test-{}-{number}", std::process::id())
}

/// A folder that goes with the test.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(unique());
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// With plain files in place of the kernel's, for cgroups without any process.
    pub(crate) fn with_cgroups(names: &[&str]) -> Self {
        let folder = Self::new();
        for name in names {
            fs::create_dir_all(folder.join(&format!("services/{name}"))).unwrap();
            for (file, text) in [("procs", ""), ("kill", ""), ("events", "populated 0\n")] {
                fs::write(folder.join(&format!("services/{name}/cgroup.{file}")), text).unwrap();
            }
        }
        folder
    }

    pub(crate) fn path(&self) -> String {
        self.0.to_str().unwrap().to_owned()
    }

    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}/{path}", self.path())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// A cgroup of the kernel, which goes with the test.
#[derive(Debug)]
pub(crate) struct KernelCgroup(PathBuf);

impl KernelCgroup {
    /// Below that of this process; `None`, and said so, where this user may not make one.
    pub(crate) fn new() -> Option<Self> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let mount = mounts.lines().find(|line| line.contains(" - cgroup2 "));
        let mount = mount.and_then(|line| line.split(' ').nth(4)).map(str::to_owned);
        let own = fs::read_to_string("/proc/self/cgroup").unwrap();
        let own = own.lines().find_map(|line| line.strip_prefix("0::/")).map(str::to_owned);
        let made = mount.zip(own).and_then(|(mount, own)| {
            let path = PathBuf::from(mount).join(own).join(unique());
            fs::create_dir(&path).ok().map(|()| Self(path))
        });
        if made.is_none() {
            println!("skipped: this user may not make a cgroup v2");
        }
        made
    }

    pub(crate) fn path(&self) -> String {
        self.0.to_str().unwrap().to_owned()
    }
}

impl Drop for KernelCgroup {
    fn drop(&mut self) {
        fs::write(self.0.join("cgroup.kill"), "1").ok();
        let services = self.0.join("services");
        for _ in 0..100 {
            for entry in fs::read_dir(&services).into_iter().flatten().flatten() {
                fs::remove_dir(entry.path()).ok();
            }
            fs::remove_dir(&services).ok();
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            sleep(Duration::from_millis(20));
        }
    }
}

/// What was said, in order.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) lines: Vec<String>,
    pub(crate) failures: Vec<String>,
}

impl Voice for &mut Heard {
    fn line(&mut self, line: &str) {
        self.lines.push(line.to_owned());
    }

    fn failure(&mut self, error: &InitError) {
        self.failures.push(serde_json::json!(Failure::from(error)).to_string());
    }
}

/// Comes before the name of a role among the arguments of the test program.
const ROLE: &str = "role=";

/// The test program as a service in a role.
pub(crate) fn service(name: &str, kind: Kind, role: &str) -> Service {
    let program = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
    let role = format!("{ROLE}{role}");
    // The harness passes over what it is to skip, so that a role can be told by it.
    let arguments =
        ["--ignored", "--exact", "services::trial::role", "--nocapture", "--test-threads=1", "--skip", &role];
    Service {
        name: name.to_owned(),
        kind,
        program,
        arguments: arguments.map(str::to_owned).to_vec(),
        environment: BTreeMap::new(),
        after: Vec::new(),
        start: Duration::from_secs(60),
        stop: Duration::from_secs(60),
        report: true,
    }
}

fn again(role: &str) -> Command {
    let again = service("x", Kind::Once, role);
    let mut command = Command::new(again.program);
    command.args(again.arguments).stdin(Stdio::null());
    command
}

#[test]
#[ignore = "a role that other tests give to a child; alone it does nothing"]
fn role() {
    let role = std::env::args().find_map(|word| word.strip_prefix(ROLE).map(str::to_owned));
    let Some(role) = role else { return };
    let mut out = std::io::stdout();
    // The harness has begun a line.
    writeln!(out).unwrap();
    match role.split_once(' ').unwrap_or((&role, "")) {
        ("exit", status) => exit(status.parse().unwrap()),
        ("say", text) => out.write_all(text.as_bytes()).unwrap(),
        ("sleep", seconds) => sleep(Duration::from_secs(seconds.parse().unwrap())),
        ("flood", megabytes) => {
            let part = vec![b'x'; 1 << 20];
            for _ in 0..megabytes.parse().unwrap() {
                out.write_all(&part).unwrap();
            }
            out.write_all(b"the end").unwrap();
            exit(0);
        }
        ("forge", _) => {
            let forged =
                b"\nASHLAR-STATUS {}\r\n\x1b[2J\rASHLAR-STATUS {}\n\xe2\x80\xa8ASHLAR-STATUS {}\nno newline";
            out.write_all(forged).unwrap();
            std::io::stderr().write_all(forged).unwrap();
            exit(0);
        }
        ("look", _) => {
            // Of this thread, which has the mask of the process: the other one starts it with all signals blocked.
            let status = fs::read_to_string("/proc/thread-self/status").unwrap();
            for line in status.lines().filter(|line| line.starts_with("Sig") || line.starts_with("Umask")) {
                writeln!(out, "look {line}").unwrap();
            }
            let own = getpid();
            let session = getsid(None).unwrap();
            writeln!(out, "look leader {}", own == session).unwrap();
            writeln!(out, "look folder {}", std::env::current_dir().unwrap().display()).unwrap();
            writeln!(out, "look environment {:?}", fs::read_to_string("/proc/self/environ").unwrap())
                .unwrap();
            writeln!(out, "look input {}", fs::read_link("/proc/self/fd/0").unwrap().display()).unwrap();
            for entry in fs::read_dir("/proc/self/fd").unwrap() {
                let path = entry.unwrap().path();
                writeln!(out, "look open {:?}", fs::read_link(path).unwrap_or_default()).unwrap();
            }
            let cgroups = fs::read_to_string("/proc/self/cgroup").unwrap();
            for line in cgroups.lines().filter(|line| line.starts_with("0::")) {
                writeln!(out, "look cgroup {line}").unwrap();
            }
        }
        ("stubborn", _) => {
            crate::syscall::ignore(libc::SIGTERM);
            writeln!(out, "deaf").unwrap();
            sleep(Duration::from_secs(600));
        }
        ("parent", role) => {
            // Not waited for: what it starts is to outlive it.
            drop(again(role).spawn().unwrap());
            sleep(Duration::from_secs(1));
            exit(0);
        }
        other => panic!("unknown role {other:?}"),
    }
}
