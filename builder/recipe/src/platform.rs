// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Platforms: what builds run on (host) and what their results run on (target). Two values, even while equal.

use std::fmt;
use std::str::FromStr;

use crate::code::Code;
use crate::error::Invalid;

/// One kind of machine and operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    /// 64-bit x86, Linux.
    X86_64Linux,
}

impl System {
    /// All that are known.
    pub const ALL: &'static [Self] = &[Self::X86_64Linux];

    /// The name, as it is written in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X86_64Linux => "x86_64-linux",
        }
    }

    /// Reads a name.
    ///
    /// # Errors
    /// If no system has this name.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL.iter().copied().find(|system| system.as_str() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|system| system.as_str()).collect();
            Invalid::new(Code::Choice, format!("{text:?} is no platform"))
                .help(format!("platforms: {}", names.join(", ")))
        })
    }
}

impl FromStr for System {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a build runs and what it builds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Platform {
    /// What the build runs on: seeds and host inputs are made for it.
    pub host: System,
    /// What the result runs on: target inputs are made for it.
    pub target: System,
}

impl Platform {
    /// Building for the platform that builds.
    #[must_use]
    pub const fn native(system: System) -> Self {
        Self { host: system, target: system }
    }
}
