// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is asked about SBOMs.

use std::path::PathBuf;

use ashlar_sbom::{Format, Supplier};
use clap::{Args, Subcommand, ValueEnum};

/// The verbs. WHAT is the same for all of them.
#[derive(Debug, Subcommand)]
pub(crate) enum SbomCommand {
    /// Show the components: versions, licences, suppliers, and what is linked into what
    ///
    /// WHAT is a document (SPDX 2.3, SPDX 3.0.1, CycloneDX 1.6), a folder that holds one (a release, a mounted root), the image
    /// of a root, or an image of this project that is built: `qemu`, or `qemu:build` for its `build.spdx.json`.
    Show {
        /// A document, a release, a mounted root, or an image
        what: String,
        /// Write it to this file as one page for a browser
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
    /// Say which component brings a file
    WhoOwns {
        /// The file's path in the image
        path: String,
        /// A document that lists files, a release, a mounted root, or an image
        what: String,
    },
    /// Say which component no scanner could match, or would match wrongly, and what an auditor would miss
    Lint {
        /// A document, a release, a mounted root, or an image
        what: String,
        /// Fail for what an auditor would miss too
        #[arg(long)]
        strict: bool,
    },
    /// Tell what changed, as release notes do
    Diff {
        /// A document, a release, a mounted root, or an image
        old: String,
        /// Another
        new: String,
    },
    /// Write it in a format, and say what that cannot hold
    Export {
        /// A document, a release, a mounted root, or an image
        what: String,
        /// The format
        #[arg(long, value_enum)]
        format: SbomFormat,
        #[command(flatten)]
        written: WrittenArguments,
    },
    /// Put the components of others into the first, such as those of extensions into that of the OS
    Merge {
        /// Documents, releases, mounted roots, or images
        #[arg(required = true, num_args = 2..)]
        what: Vec<String>,
        /// The format
        #[arg(long, value_enum, default_value_t = SbomFormat::Spdx23)]
        format: SbomFormat,
        #[command(flatten)]
        written: WrittenArguments,
    },
}

/// How a document is written.
#[derive(Debug, Args)]
pub(crate) struct WrittenArguments {
    /// The file [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Who is responsible for the new document: `Organization: NAME` or `Person: NAME` [default: the author of the first]
    #[arg(long, value_name = "WHO", value_parser = author)]
    pub(crate) author: Option<Supplier>,
}

fn author(text: &str) -> Result<Supplier, String> {
    Supplier::read(text).ok_or_else(|| "write `Organization: NAME` or `Person: NAME`".to_owned())
}

/// Formats that are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SbomFormat {
    /// SPDX 2.3 in JSON
    #[value(name = "spdx-2.3")]
    Spdx23,
    /// SPDX 3.0.1 in JSON-LD
    #[value(name = "spdx-3.0.1")]
    Spdx301,
    /// CycloneDX 1.6 in JSON
    #[value(name = "cyclonedx-1.6")]
    CycloneDx16,
}

impl SbomFormat {
    pub(crate) const fn format(self) -> Format {
        match self {
            Self::Spdx23 => Format::Spdx23,
            Self::Spdx301 => Format::Spdx301,
            Self::CycloneDx16 => Format::CycloneDx16,
        }
    }
}
