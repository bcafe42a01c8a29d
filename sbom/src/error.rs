// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What can go wrong when inventories are made, written, read and joined, and when binaries are asked what is in them.

use ashlar_tree::TreePath;

use crate::document::Format;
use crate::merge::Conflict;
use crate::problem::Problem;

/// A failed operation of this crate.
#[derive(Debug, thiserror::Error)]
pub enum SbomError {
    /// An inventory that is not complete or not of one meaning.
    #[error("make the inventory: {}", list(problems))]
    Problems {
        /// Everything that is wrong.
        problems: Vec<Problem>,
    },
    /// Inventories that contradict each other.
    #[error("join the inventories: {}", list(conflicts))]
    Conflicts {
        /// Everything on which they disagree.
        conflicts: Vec<Conflict>,
    },
    /// SPDX 2.3 wants a SHA-1 of every file (§8.4).
    #[error("write SPDX 2.3: /{path} has no SHA-1")]
    NoSha1 {
        /// The file.
        path: TreePath,
    },
    /// A document could not be made JSON.
    #[error("write the document as JSON")]
    Serialise {
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A page that could not be filled in, which is a mistake in its template.
    #[error("write the page: {reason}")]
    Page {
        /// Why.
        reason: String,
    },
    /// A document that is longer than what is read.
    #[error("read the document: it has {size} bytes, more than the {limit} that are read")]
    TooLarge {
        /// Its length.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// A document with more of something than what is read.
    #[error("read the {format} document: it has {count} {what}, more than the {limit} that are read")]
    TooMany {
        /// Its format.
        format: Format,
        /// What there is too much of.
        what: &'static str,
        /// How many.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// Bytes that are no JSON text.
    #[error("read the document as JSON")]
    NotJson {
        /// Why, with line and column.
        #[source]
        source: serde_json::Error,
    },
    /// Bytes that are no text.
    #[error("read the document: byte {at} is no UTF-8")]
    NotUtf8 {
        /// Where, counted from 0.
        at: usize,
    },
    /// JSON in none of the formats.
    #[error(
        "tell the format of the document: it has neither `spdxVersion`, nor an SPDX 3 `@context`, nor `bomFormat`"
    )]
    UnknownFormat,
    /// A version of a format that is not read.
    #[error("read the document: it is {found:?}, which is not read as {format} is")]
    Version {
        /// The format.
        format: Format,
        /// What the document says.
        found: String,
    },
    /// JSON that is not what the format wants.
    #[error("read the {format} document")]
    Malformed {
        /// The format.
        format: Format,
        /// Why, with line and column.
        #[source]
        source: serde_json::Error,
    },
    /// An identifier that two elements of a document have.
    #[error("read the {format} document: two of its elements are {id:?}")]
    DuplicateElement {
        /// The format.
        format: Format,
        /// The identifier.
        id: String,
    },
    /// A document about nothing.
    #[error("read the {format} document: it describes no component")]
    Empty {
        /// The format.
        format: Format,
    },
    /// Something that recipes, lock or image definition say and that no inventory can hold.
    #[error("describe {what}: {reason}")]
    Fact {
        /// Of what it is said.
        what: String,
        /// What is wrong.
        reason: String,
    },
    /// The texts of licences that are built in cannot be read.
    #[error("read the texts of the SPDX licence list: {reason}")]
    KnownTexts {
        /// Why.
        reason: String,
    },
    /// A program of the image that cannot be read.
    #[error("read what /{path} was linked from")]
    Program {
        /// The file.
        path: TreePath,
        /// Why.
        #[source]
        source: Box<Self>,
    },
    /// Bytes that are no ELF file.
    #[error("read the program: it is no ELF file that can be read")]
    Elf {
        /// Why.
        #[source]
        source: object::Error,
    },
    /// Go's build information that cannot be read.
    #[error("read Go's build information: {reason}")]
    GoBuild {
        /// Why.
        reason: &'static str,
    },
    /// A line of Go's build information or of a go.sum that cannot be read.
    #[error("read Go's build information: line {number}: {reason}: {line:?}")]
    GoLine {
        /// Its number, counted from 1.
        number: usize,
        /// What is wrong.
        reason: &'static str,
        /// The line, or its beginning.
        line: String,
    },
    /// A list of crates that cannot be unpacked.
    #[error("unpack the list of crates (.dep-v0): {reason}")]
    CrateListUnpack {
        /// Why.
        reason: String,
    },
    /// A list of crates that is not what it should be.
    #[error("read the list of crates (.dep-v0)")]
    CrateListMalformed {
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A list of crates in which a crate depends on one that is not in it.
    #[error("read the list of crates (.dep-v0): {name} depends on number {index}, of {count}")]
    CrateListIndex {
        /// The crate.
        name: String,
        /// What it depends on.
        index: usize,
        /// How many there are.
        count: usize,
    },
}

impl SbomError {
    /// The next step to take.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Problems { problems } => steps(problems.iter().map(Problem::help)),
            Self::Conflicts { conflicts } => steps(conflicts.iter().map(Conflict::help)),
            Self::NoSha1 { .. } => {
                Some("write it as SPDX 3.0.1 or CycloneDX 1.6, which need none".to_owned())
            }
            Self::TooLarge { .. } | Self::TooMany { .. } => {
                Some("ask whoever made it for a document of the components alone, without files".to_owned())
            }
            Self::Fact { .. } => {
                Some("correct it where the recipe, seeds.toml or the image definition says it".to_owned())
            }
            Self::Program { source, .. } => source.help(),
            Self::KnownTexts { .. } => None,
            Self::NotJson { .. } | Self::NotUtf8 { .. } => {
                Some("give a JSON document in UTF-8; tag-value, XML and RDF are not read".to_owned())
            }
            Self::UnknownFormat | Self::Version { .. } => {
                Some("give SPDX 2.2 or 2.3, SPDX 3.0.x, or CycloneDX 1.2 to 1.7, as JSON".to_owned())
            }
            Self::Malformed { .. } | Self::DuplicateElement { .. } | Self::Empty { .. } => Some(
                "ask a validator of the format what is wrong with it, and whoever made it to mend it"
                    .to_owned(),
            ),
            Self::Elf { .. } | Self::GoBuild { .. } | Self::GoLine { .. } => {
                Some("build the program again; `go version -m` shows what Go reads in it".to_owned())
            }
            Self::CrateListUnpack { .. } | Self::CrateListMalformed { .. } | Self::CrateListIndex { .. } => {
                Some("build the program again with `cargo auditable`".to_owned())
            }
            Self::Serialise { .. } | Self::Page { .. } => None,
        }
    }
}

fn list<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Each step once, in the order in which they are first needed.
fn steps(all: impl Iterator<Item = &'static str>) -> Option<String> {
    let mut steps: Vec<&str> = Vec::new();
    for step in all {
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    (!steps.is_empty()).then(|| steps.join("; "))
}
