// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Calls of the binary: in a cleared environment, with everything kept that it says.

#![expect(clippy::disallowed_methods, reason = "how to reach the network is configuration of the machine")]

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::{Folder, ashlar_binary};

/// What a machine says about its network and its cargo. All else of the environment is not handed on.
const HANDED_ON: &[&str] = &[
    "PATH",
    "HOME",
    "CARGO",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
];

/// A call that is being put together.
#[derive(Debug)]
pub struct Call {
    command: Command,
}

impl Call {
    /// The binary without arguments.
    #[must_use]
    pub fn ashlar() -> Self {
        Self::of(Command::new(ashlar_binary()))
    }

    /// A call of something that calls the binary.
    #[must_use]
    pub fn of(mut command: Command) -> Self {
        command.env_clear().env("LC_ALL", "C");
        for name in HANDED_ON {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.stdin(Stdio::null());
        Self { command }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets the folder it starts in.
    #[must_use]
    pub fn working_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Takes the machine's apt configuration and proxies away: what is not given by arguments cannot be had.
    /// A proxy that does not answer stands for a network that is down.
    #[must_use]
    pub fn without_mirrors(self, empty: &Path) -> Self {
        let dead = "http://127.0.0.1:9";
        let mut call = self.env("ASHLAR_APT", empty).env("https_proxy", dead).env("HTTPS_PROXY", dead);
        for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            call.command.env_remove(name);
        }
        call
    }

    /// Starts it.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn start(mut self) -> Running {
        let folder = Folder::temporary();
        let (out, err) = (folder.join("out"), folder.join("err"));
        let file = |path: &Path| File::create(path).expect("make a file for output");
        let words = format!("{:?}", self.command);
        let child = self.command.stdout(file(&out)).stderr(file(&err)).spawn().expect("start the binary");
        Running { child, words, out, err, _folder: folder }
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// If it cannot be run.
    #[must_use]
    pub fn run(self) -> Ended {
        self.start().wait()
    }
}

/// A call that runs. It is killed when it is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    words: String,
    out: PathBuf,
    err: PathBuf,
    _folder: Folder,
}

impl Running {
    /// What it has written to its standard error so far.
    #[must_use]
    pub fn err(&self) -> String {
        read(&self.err)
    }

    /// Whether it runs no more.
    ///
    /// # Panics
    /// If the operating system does not know.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("ask for the state of a process").is_some()
    }

    /// Kills it as the kernel does when memory runs out, without a chance to clean up.
    ///
    /// # Panics
    /// If the operating system refuses.
    pub fn kill(mut self) {
        self.child.kill().expect("kill a process");
        self.child.wait().expect("wait for a killed process");
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// If that fails.
    #[must_use]
    pub fn wait(mut self) -> Ended {
        let status = self.child.wait().expect("wait for a process");
        Ended { words: self.words.clone(), status, out: read(&self.out), err: read(&self.err) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail where it has ended, which is as well.
        self.child.kill().unwrap_or_default();
        self.child.wait().map(drop).unwrap_or_default();
    }
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}

/// A call that came to its end.
#[derive(Clone, Debug)]
pub struct Ended {
    words: String,
    status: ExitStatus,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ended {
    /// Asserts the exit code (README.md has their table).
    ///
    /// # Panics
    /// If it is another.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert!(self.status.code() == Some(code), "not {code}: {self}");
        self
    }

    /// The exit code; none where a signal ended it.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Asserts that it succeeded.
    ///
    /// # Panics
    /// If it did not.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.ends_with(0)
    }

    /// Asserts that its standard error holds these texts, in this order.
    ///
    /// # Panics
    /// If one is missing.
    #[track_caller]
    pub fn tells(self, texts: &[&str]) -> Self {
        let mut rest = self.err.as_str();
        for text in texts {
            let Some(at) = rest.find(text) else {
                panic!("it does not tell {text:?} (in this order): {self}")
            };
            rest = &rest[at + text.len()..];
        }
        self
    }

    /// Asserts that its standard error does not hold a text.
    ///
    /// # Panics
    /// If it does.
    #[track_caller]
    pub fn does_not_tell(self, text: &str) -> Self {
        assert!(!self.err.contains(text), "it tells {text:?}: {self}");
        self
    }

    /// The recipes that it built: not those that the store had.
    #[must_use]
    pub fn built(&self) -> Vec<&str> {
        let line = |line: &'_ str| line.split_once("] built recipe ").map(|(_, rest)| rest.to_owned());
        let mut names: Vec<&str> = self
            .err
            .lines()
            .filter(|text| line(text).is_some())
            .filter_map(|text| text.split("] built recipe ").nth(1)?.split(' ').next())
            .collect();
        names.sort_unstable();
        names
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let signal = self.status.signal().map_or_else(String::new, |signal| format!(", signal {signal}"));
        write!(
            formatter,
            "{}\nended with {:?}{signal}\n--- stdout\n{}--- stderr\n{}---",
            self.words,
            self.status.code(),
            self.out,
            self.err
        )
    }
}

/// Waits until something is so.
///
/// # Panics
/// If it is not so in time.
#[track_caller]
pub fn wait_until(what: &str, longest: Duration, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < longest, "waited {longest:?} in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
