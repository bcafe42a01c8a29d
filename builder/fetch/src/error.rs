// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Everything that can go wrong while bringing bytes.

use std::io;
use std::path::PathBuf;

use crate::{Attempt, Reason};

/// A failed operation of this crate. Messages fit after "failed to".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No HTTP client, usually because the machine has no TLS roots.
    #[error("set up the HTTP client")]
    Client {
        /// The HTTP library's reason.
        #[source]
        source: reqwest::Error,
    },
    /// No runtime for the HTTP client.
    #[error("start the network runtime")]
    Runtime {
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// Nobody had the file, or nobody had the right one.
    #[error("fetch {name}: {}", listed(.attempts))]
    Exhausted {
        /// What was wanted.
        name: String,
        /// Each place with its reason.
        attempts: Vec<Attempt>,
    },
    /// There was no place to ask.
    #[error("fetch {name}: no place to fetch it from is known")]
    NoPlace {
        /// What was wanted.
        name: String,
    },
    /// A partial file could not be handled.
    #[error("{operation} the partial download {}", .path.display())]
    Partial {
        /// What was being done: "open", "lock", "write"…
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// A folder of local sources could not be read.
    #[error("read local sources at {}", .path.display())]
    Folder {
        /// The folder or a file in it.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// An output or a scratch file could not be written.
    #[error("write {}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// A mirrors file with a line that is none.
    #[error("read the mirrors file, line {line}: {problem}")]
    MirrorsFile {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A lock file is no TOML, or not of the shape of a `Cargo.lock`.
    #[error("parse {origin}")]
    CargoLockSyntax {
        /// Where the text comes from.
        origin: String,
        /// The parser's reason, with line and column.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A lock file that parses and cannot be used.
    #[error("read {origin}: {problem}")]
    CargoLock {
        /// Where the text comes from.
        origin: String,
        /// What is wrong.
        problem: String,
    },
    /// `cargo` could not be started.
    #[error("run {}", .program.display())]
    CargoStart {
        /// The program.
        program: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// `cargo fetch` failed.
    #[error("bring crates with {}: {output}", .program.display())]
    CargoFetch {
        /// The program.
        program: PathBuf,
        /// The last lines it printed.
        output: String,
    },
    /// A crate that is nowhere.
    #[error("find {crates} among the downloaded crates below {}", .home.display())]
    CrateMissing {
        /// The crates, as `name version`.
        crates: String,
        /// The folder that cargo keeps them in.
        home: PathBuf,
        /// Whether the network was forbidden.
        offline: bool,
    },
    /// A line of a `go.sum` or `go.mod`.
    #[error("parse {origin}, line {line}: {problem}")]
    GoFile {
        /// Where the text comes from.
        origin: String,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// `GOPROXY` names nothing that can be asked.
    #[error("read the module proxies {text:?}: none is an http, https or file URL")]
    GoProxies {
        /// The list as given.
        text: String,
    },
    /// Nobody says which module proxy to ask.
    #[error("find a module proxy: GOPROXY is not set, and `{} env GOPROXY` gives none: {reason}", .program.display())]
    GoProxyUnknown {
        /// The program that was asked.
        program: PathBuf,
        /// Why it did not say.
        reason: String,
    },
}

impl FetchError {
    /// What to do next, where there is advice better than the message.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Client { .. } => {
                "install the machine's certificate authorities (package ca-certificates), or name a file of them in SSL_CERT_FILE"
            }
            Self::Exhausted { attempts, .. } => return exhausted_help(attempts),
            Self::NoPlace { .. } => {
                "configure a mirror (--mirror FILE), or bring the file in a folder (--sources DIR)"
            }
            Self::MirrorsFile { .. } => "write one http or https URL per line; `#` begins a comment",
            Self::CargoLock { .. } | Self::CargoLockSyntax { .. } => {
                "regenerate it with `cargo generate-lockfile`"
            }
            Self::CargoStart { .. } => "install cargo, or name it (CARGO)",
            Self::CargoFetch { .. } => {
                "if a proxy or a registry mirror is needed, configure it for cargo as usual"
            }
            Self::CrateMissing { offline: true, .. } => {
                "run `ashlar fetch` once with the network, or bring the .crate files in a folder (--sources DIR)"
            }
            Self::CrateMissing { .. } => {
                "cargo said that it has them: check that CARGO_HOME is the folder that this cargo uses"
            }
            Self::GoFile { .. } => "regenerate it with `go mod tidy`",
            Self::GoProxies { .. } => {
                "set GOPROXY to a module proxy; \"direct\" (version control) is not supported, because its bytes are not fixed"
            }
            Self::GoProxyUnknown { .. } => {
                "set GOPROXY to the URL of a module proxy, or bring the files in a folder of that shape (--sources DIR)"
            }
            Self::Partial { source, .. } | Self::Write { source, .. }
                if source.kind() == io::ErrorKind::StorageFull =>
            {
                "free some space, then run the same command again: it goes on where it stopped"
            }
            Self::Runtime { .. } | Self::Partial { .. } | Self::Folder { .. } | Self::Write { .. } => {
                return None;
            }
        };
        Some(text.to_owned())
    }

    /// Whether every place was asked, and answered that it does not have the file.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        let absent = |attempt: &Attempt| match &attempt.reason {
            Reason::NotFound { .. } => true,
            Reason::File { cause } => cause == crate::transfer::NOT_THERE,
            _ => false,
        };
        match self {
            Self::Exhausted { attempts, .. } => attempts.iter().all(absent),
            _ => false,
        }
    }
}

fn listed(attempts: &[Attempt]) -> String {
    let lines: Vec<String> = attempts.iter().map(|attempt| format!("\n  {attempt}")).collect();
    let count = attempts.len();
    let head = if count == 1 { "the only place".to_owned() } else { format!("none of {count} places") };
    let verb = if count == 1 { "does not give it" } else { "gives it" };
    format!("{head} {verb}{}", lines.concat())
}

fn exhausted_help(attempts: &[Attempt]) -> Option<String> {
    let any = |test: fn(&Reason) -> bool| attempts.iter().any(|attempt| test(&attempt.reason));
    let text = if any(|reason| matches!(reason, Reason::Offline)) {
        "run it once without --offline, or bring the file in a folder (--sources DIR)"
    } else if any(|reason| matches!(reason, Reason::Digest { .. } | Reason::GoHash { .. })) {
        "a place gave other bytes than the lock names: the file was replaced upstream, or something on the way \
         changes downloads; bring the right file in a folder (--sources DIR)"
    } else if any(|reason| matches!(reason, Reason::Certificate { .. })) {
        "where a proxy on the way has certificates of its own, name its authority in SSL_CERT_FILE"
    } else if any(Reason::is_transient) {
        "check the connection and the proxy settings, then run the same command again: it goes on where it stopped"
    } else {
        "name another mirror (--mirror FILE), or bring the file in a folder (--sources DIR)"
    };
    Some(text.to_owned())
}
