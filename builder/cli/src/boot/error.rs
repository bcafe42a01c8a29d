// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why an image could not be judged. What is wrong with an image that was judged is a finding, never an error.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use ashlar_sandbox::SandboxError;

/// A boot could not be tried, or not be watched to its end.
#[derive(Debug)]
pub(crate) enum BootError {
    /// A file that the boot needs is not in the image or in the test tools.
    Missing {
        /// Which one.
        path: PathBuf,
        /// Whose it is.
        part: &'static str,
    },
    /// A file or folder of the host could not be read, written or made.
    File {
        /// What was tried.
        operation: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The machine's console could not be followed.
    Console {
        /// Why.
        source: io::Error,
    },
    /// The machine wrote more to its console than is kept; it was ended.
    Flood {
        /// How many bytes are kept.
        limit: u64,
    },
    /// The sandbox around QEMU could not be set up, or was cancelled.
    Sandbox {
        /// Why.
        source: SandboxError,
    },
    /// A file that says what the image promises is of another form.
    Promise {
        /// Its path.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
    },
    /// The initramfs is not what [`flip_byte`](super::flip_byte) can damage.
    Initramfs {
        /// Its path.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
    },
}

impl BootError {
    /// The next step to take, where one is known.
    pub(crate) fn help(&self) -> Option<String> {
        let text = match self {
            Self::Missing { part: "test tools", .. } => {
                "the seed set that the image names in `boot.tools` must hold qemu-system-x86 and ovmf: see seeds.toml"
            }
            Self::Missing { part: "machine", .. } => "name files that exist",
            Self::Missing { .. } | Self::Promise { .. } => {
                "build the image again: its checkout is not complete"
            }
            Self::File { .. } => "check the free space and the owner of that path",
            Self::Flood { .. } => "the console was kept: see what the machine repeats at its end",
            Self::Sandbox { source } => return source.help(),
            Self::Console { .. } | Self::Initramfs { .. } => return None,
        };
        Some(text.to_owned())
    }
}

impl fmt::Display for BootError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { path, part } => {
                write!(to, "find {}, which is part of the {part}", path.display())
            }
            Self::File { operation, path, .. } => write!(to, "{operation} {}", path.display()),
            Self::Console { .. } => write!(to, "follow the machine's console"),
            Self::Flood { limit } => {
                write!(to, "follow the machine's console, because it wrote more than {limit} bytes")
            }
            Self::Sandbox { .. } => write!(to, "run QEMU in the sandbox"),
            Self::Promise { path, fault } => write!(to, "understand {}: {fault}", path.display()),
            Self::Initramfs { path, fault } => {
                write!(to, "damage the root inside {}, because {fault}", path.display())
            }
        }
    }
}

impl Error for BootError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::File { source, .. } | Self::Console { source } => Some(source),
            Self::Sandbox { source } => Some(source),
            Self::Missing { .. } | Self::Flood { .. } | Self::Promise { .. } | Self::Initramfs { .. } => None,
        }
    }
}
