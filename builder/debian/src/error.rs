// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What can be wrong with an archive's metadata or with a package, and where.

use std::fmt;

use crate::Relation;

/// A failed operation of this crate.
#[derive(Debug, thiserror::Error)]
pub enum DebianError {
    /// Control data (an index, a Release file, a package's control file) breaks a rule.
    #[error("parse {origin}, line {line}")]
    Control {
        /// The file that was parsed, as its reader named it.
        origin: String,
        /// The line, counted from 1.
        line: usize,
        /// The rule.
        #[source]
        problem: ControlProblem,
    },
    /// A Release file that is not valid at the time of use.
    #[error("use {origin}: {} {date} (unix seconds), and it is now {now}", if *.too_old { "it expired at" } else { "it is dated" })]
    ReleaseDate {
        /// The file.
        origin: String,
        /// Its `Valid-Until` or, where it lies in the future, its `Date`.
        date: u64,
        /// The time of use.
        now: u64,
        /// Whether it has expired, rather than being from the future.
        too_old: bool,
    },
    /// A root or a dependency that no admitted package satisfies.
    #[error("resolve {requirement}: {}", chain_text(.chain, .requirement))]
    Unsatisfiable {
        /// From the root to the package that has the requirement; empty when the requirement is the root.
        chain: Vec<String>,
        /// What is missing.
        requirement: Requirement,
        /// The versions that exist and were not admitted or do not fit: `version (suite)`.
        found: Vec<String>,
    },
    /// A package that is both wanted and excluded.
    #[error("resolve {name}: it is a root and excluded")]
    ExcludedRoot {
        /// The package.
        name: String,
    },
    /// Two packages that need versions of a third which exclude each other.
    #[error("resolve {name}: {}; no version satisfies all", .demands.join("; "))]
    Conflict {
        /// The package.
        name: String,
        /// Who demands what.
        demands: Vec<String>,
    },
    /// A package archive or a source archive that is not what it must be.
    #[error("read {archive}{}", member_text(.member.as_deref()))]
    Archive {
        /// The archive, as its reader named it.
        archive: String,
        /// The member or the path inside it.
        member: Option<String>,
        /// The rule.
        #[source]
        problem: ArchiveProblem,
    },
}

impl DebianError {
    pub(crate) fn control(origin: &str, line: usize, problem: ControlProblem) -> Self {
        Self::Control { origin: origin.to_owned(), line, problem }
    }

    pub(crate) fn archive(archive: &str, member: Option<&str>, problem: ArchiveProblem) -> Self {
        Self::Archive { archive: archive.to_owned(), member: member.map(str::to_owned), problem }
    }

    /// The next step to take, where there is one.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Control { .. } => None,
            Self::ReleaseDate { too_old: true, .. } => Some(
                "the mirror is behind or the machine's clock is ahead: check the clock, then try another mirror".into(),
            ),
            Self::ReleaseDate { too_old: false, .. } => Some("check the machine's clock".into()),
            Self::Unsatisfiable { found, requirement, .. } => Some(if found.is_empty() {
                format!("no suite has `{}`: check its spelling, and the suites in seeds.toml", requirement.name())
            } else {
                format!(
                    "there is {}: name the package under `backports`, or choose another root, in seeds.toml",
                    found.join(", ")
                )
            }),
            Self::ExcludedRoot { .. } => Some("take it out of `packages` or out of `exclude`, in seeds.toml".into()),
            Self::Conflict { .. } => {
                Some("take these roots from one suite, or put them into different seed sets, in seeds.toml".into())
            }
            Self::Archive { problem, .. } => match problem {
                ArchiveProblem::Identity { .. } => {
                    Some("the bytes are not what the index named: fetch again, from another mirror".into())
                }
                _ => None,
            },
        }
    }
}

fn chain_text(chain: &[String], requirement: &Requirement) -> String {
    let mut text = chain.join(" → ");
    if !text.is_empty() {
        text.push_str(" → ");
    }
    text.push_str(&requirement.to_string());
    text.push_str(" cannot be satisfied");
    text
}

fn member_text(member: Option<&str>) -> String {
    member.map_or_else(String::new, |member| format!(", {member:?}"))
}

/// What a resolution asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// A root by its name.
    Root(String),
    /// A dependency: one of these.
    Dependency(Vec<Relation>),
}

impl Requirement {
    fn name(&self) -> &str {
        match self {
            Self::Root(name) => name,
            Self::Dependency(alternatives) => alternatives.first().map_or("", |first| &first.name),
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) => formatter.write_str(name),
            Self::Dependency(alternatives) => {
                for (index, relation) in alternatives.iter().enumerate() {
                    if index > 0 {
                        formatter.write_str(" | ")?;
                    }
                    write!(formatter, "{relation}")?;
                }
                Ok(())
            }
        }
    }
}

/// A rule of control data, broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlProblem {
    /// Bytes that are not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// A carriage return, NUL or another control character.
    #[error("the control character {0:#04x} is not allowed")]
    ControlCharacter(u8),
    /// A continuation line at the start of a stanza.
    #[error("a continuation line has no field before it")]
    Continuation,
    /// A line of blanks: readers disagree whether it ends a stanza.
    #[error("a line of blanks neither continues a field nor ends a stanza")]
    BlankLine,
    /// A line that does not start with a field name and a colon.
    #[error("the line is not `Field: value`")]
    NotAField,
    /// A field twice in one stanza.
    #[error("the field {0:?} is there twice")]
    DuplicateField(String),
    /// More fields in one stanza than any real one has.
    #[error("a stanza has more than {0} fields")]
    TooManyFields(usize),
    /// A mandatory field that is missing.
    #[error("the field {0:?} is missing")]
    MissingField(&'static str),
    /// Not exactly one stanza where one is required.
    #[error("there is not exactly one stanza")]
    NotOneStanza,
    /// A value that does not have the form of its field.
    #[error("{value:?} is not {expected}")]
    Value {
        /// The value.
        value: String,
        /// What its place requires.
        expected: &'static str,
    },
    /// One name with two contents.
    #[error("{0:?} is listed twice")]
    DuplicateName(String),
}

/// A rule of archives, broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveProblem {
    /// The input ends too early.
    #[error("it is truncated")]
    Truncated,
    /// The reader under the archive failed.
    #[error("the input could not be read: {0}")]
    Input(String),
    /// Compressed bytes that do not decompress.
    #[error("its {format} data is corrupt: {cause}")]
    Compression {
        /// The compression format.
        format: &'static str,
        /// What the decompressor said.
        cause: String,
    },
    /// Bytes after the end.
    #[error("there are bytes after its end")]
    TrailingJunk,
    /// The `ar` frame or its members are not those of a binary package (deb(5)).
    #[error("it is not a binary package: {0}")]
    NotADeb(&'static str),
    /// A tar header that cannot be understood.
    #[error("a tar header is corrupt: {0}")]
    TarHeader(String),
    /// A tar member of a kind that has no place in a tree.
    #[error("it is {0}, which is not allowed")]
    Kind(&'static str),
    /// A path that is absolute, leaves the root, or is ambiguous.
    #[error("the path {0}")]
    Path(&'static str),
    /// A link target that cannot be.
    #[error("the link target {target:?} {reason}")]
    LinkTarget {
        /// The target.
        target: String,
        /// Why.
        reason: &'static str,
    },
    /// A path below something that is no directory, a symbolic link above all.
    #[error("its path leads through {0:?}, which is not a directory")]
    ThroughNonDirectory(String),
    /// A path twice.
    #[error("the path is there twice")]
    Duplicate,
    /// A number that is out of range.
    #[error("its {0} is out of range")]
    OutOfRange(&'static str),
    /// More than the limits allow: a decompression bomb, or limits that are too low.
    #[error("it has more than {limit} {what}")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A package that is not the one that was asked for.
    #[error("it holds {found}, expected {expected}")]
    Identity {
        /// `name version architecture` in the archive.
        found: String,
        /// `name version architecture` in the index.
        expected: String,
    },
    /// An archive without a single file.
    #[error("it is empty")]
    Empty,
}
