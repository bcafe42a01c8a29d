// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The command line. The doc comments here are the help texts.

mod questions;
mod sbom;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use questions::{BumpArguments, ExplainArguments, GraphArguments};
pub(crate) use sbom::{SbomCommand, WrittenArguments};

/// Builds Linux OS images from source, bit for bit, and lets anyone check them.
#[derive(Debug, Parser)]
#[command(name = "ashlar", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What all commands take.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// Print machine-readable JSON on standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Where sources and artifacts are kept [default: the user's cache folder]
    #[arg(long, global = true, value_name = "DIR", env = "ASHLAR_STORE")]
    pub(crate) store: Option<PathBuf>,
    /// Use no network; whatever is not in the store is an error
    #[arg(long, global = true)]
    pub(crate) offline: bool,
    /// Derivations and compilers that run at one time [default: the number of CPUs]
    #[arg(long, global = true, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// A file with one archive mirror a line, instead of the machine's apt configuration
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) mirror: Option<PathBuf>,
    /// A folder with sources, found by digest before any network place
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) sources: Vec<PathBuf>,
    /// The project [default: the nearest folder upward with an ashlar.toml]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) project: Option<PathBuf>,
    /// Say more: every derivation that the store had, every place that was asked
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check every recipe, image definition, seed set and the lock, without network
    Check,
    /// Resolve seed sets and source packages into ashlar.lock
    Lock {
        /// Seed sets and recipes to lock again; everything, if nothing is named
        what: Vec<String>,
        /// Only say whether ashlar.lock fits the recipes
        #[arg(long)]
        check: bool,
    },
    /// Bring sources into the store, verified
    Fetch {
        /// Recipes, images and seed sets; everything, if nothing is named
        what: Vec<String>,
    },
    /// Build recipes and images, and print the digests of their artifacts
    Build {
        /// Recipes and images
        #[arg(required = true)]
        what: Vec<String>,
        /// Write what came out into ashlar.expected, and show what changed
        #[arg(long)]
        accept: bool,
    },
    /// Build an image, boot it in QEMU, and judge it by its status line
    Boot(BootArguments),
    /// Build everything again in perturbed surroundings, and compare
    Reproduce {
        /// Recipes and images
        #[arg(required = true)]
        what: Vec<String>,
        /// Only perturb this
        #[arg(long, value_enum)]
        only: Vec<Perturbation>,
        /// Compare with the artifacts that the store has, instead of building both times
        #[arg(long)]
        against_store: bool,
        /// Compare with what ashlar.expected says of images, instead of building both times
        #[arg(long, conflicts_with = "against_store")]
        against_expected: bool,
        /// Where the stores of both builds are made [default: /var/tmp]
        #[arg(long, value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// One build of `reproduce`
    #[command(hide = true)]
    Leg(LegArguments),
    /// Enter the sandbox of a recipe's build
    Shell {
        /// The recipe
        recipe: String,
    },
    /// Say why a recipe or image is built again: which input changed, and what changed that
    Why {
        /// A recipe or an image
        what: String,
    },
    /// Show every value of a recipe or image with the line of the file that sets it
    Explain(ExplainArguments),
    /// Draw what a recipe or image is made of, with the critical path
    Graph(GraphArguments),
    /// Build one recipe again from the same inputs, compare with what the store has, and show what differs
    Rebuild {
        /// The recipe
        recipe: String,
    },
    /// Rewrite a recipe for another version: version, cpe, purl, places and hashes of its sources
    Bump(BumpArguments),
    /// Show the log of a recipe's last build
    Log {
        /// The recipe
        recipe: String,
    },
    /// Build an image, sign its modules with a key that exists for a second, and write the release directory
    Release(ReleaseArguments),
    /// Check everything about a release that needs no rebuild
    Verify {
        /// The release directory
        directory: PathBuf,
        #[command(flatten)]
        trust: TrustArguments,
    },
    /// Rebuild a release from this checkout with an empty store, and compare every byte
    Audit(AuditArguments),
    /// Assemble a release again from its published signatures, into a folder
    #[command(hide = true)]
    Reassemble {
        /// The release directory
        directory: PathBuf,
        /// The folder to write its files to
        #[arg(long, value_name = "DIR")]
        into: PathBuf,
    },
    /// Compare two releases, or two artifacts: what differs, down to the line, the section, the byte
    ///
    /// Of two releases it shows what differs beyond signatures and what follows from them. An artifact is an output of a recipe
    /// (`musl:dev` as it is built now, `musl:dev@DERIVATION` as it was), a tree of the store by its digest, a folder, or a file.
    Diff {
        /// A release directory or an artifact
        first: String,
        /// Another
        second: String,
    },
    /// Read, judge, compare, convert and join lists of components (docs/sbom.md)
    Sbom {
        #[command(subcommand)]
        command: SbomCommand,
    },
    /// Judge what recipes install by the rules of docs/lints.md; what is missing is built
    Lint(LintArguments),
    /// Print the rules for what recipes install (docs/lints.md)
    Lints,
    /// Boot a kernel with a program that tries to load each module of a disk
    #[command(hide = true)]
    Trial {
        /// The kernel
        #[arg(long, value_name = "FILE")]
        kernel: PathBuf,
        /// The folder whose files are the disk
        #[arg(long, value_name = "DIR")]
        modules: PathBuf,
    },
    /// Show what a build did and took as one HTML page: who worked on what when, and the critical path
    Timeline {
        /// A build record: a file, or its name in the store's folder `records`
        record: Option<PathBuf>,
        /// The newest record of the store, which is meant anyway where none is named
        #[arg(long, conflicts_with = "record")]
        last: bool,
        /// Write the page to this file, and print the critical path
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Look after the store
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// Print the reference of typed steps (docs/steps.md)
    Steps,
    /// Print what a shell needs to complete commands and options
    Completions {
        /// Which
        shell: clap_complete::Shell,
    },
    /// Write the manual pages (docs/man) into a folder
    Man {
        /// The folder, which is made where there is none
        folder: PathBuf,
    },
    /// Print the JSON schema of a file format, for editors
    Schema {
        /// Which
        kind: Schema,
    },
}

/// What is judged.
#[derive(Debug, Args)]
pub(crate) struct LintArguments {
    /// Recipes and images, of which what ships is judged; all recipes, if nothing is named
    pub(crate) what: Vec<String>,
    /// Fail for warnings too
    #[arg(long)]
    pub(crate) strict: bool,
    /// Build each recipe again without each of its inputs, to find those that have no effect: as long as so many builds take
    #[arg(long, requires = "what")]
    pub(crate) inputs: bool,
    /// Say what a rule is for and what to do about what breaks it, and judge nothing
    #[arg(long, value_name = "RULE", conflicts_with_all = ["what", "strict", "inputs"])]
    pub(crate) explain: Option<String>,
}

/// What is booted, and how.
#[derive(Debug, Args)]
pub(crate) struct BootArguments {
    /// The image
    pub(crate) image: String,
    /// Boot the unified kernel image by UEFI firmware, instead of the kernel directly
    #[arg(long)]
    pub(crate) uefi: bool,
    /// Boot this release of the image as it is, and build nothing
    #[arg(long, value_name = "DIR")]
    pub(crate) release: Option<PathBuf>,
    /// Boot by UEFI firmware that starts only what this certificate (PEM) vouches for
    #[arg(long, value_name = "PEM", conflicts_with = "uefi")]
    pub(crate) secure_boot: Option<PathBuf>,
    /// Attach these extensions (FILE.raw) instead of the image's own
    #[arg(long, value_name = "FILE")]
    pub(crate) extension: Vec<PathBuf>,
    /// Damage one byte of the root at this offset first: the boot must report it
    #[arg(long, hide = true, value_name = "OFFSET")]
    pub(crate) flip: Option<u64>,
    /// Keep the console in this file
    #[arg(long, value_name = "FILE")]
    pub(crate) console: Option<PathBuf>,
}

/// How a release is made.
#[derive(Debug, Args)]
pub(crate) struct ReleaseArguments {
    /// The image
    pub(crate) image: String,
    /// The version; one version is signed once
    #[arg(long, value_name = "V")]
    pub(crate) version: String,
    /// The folder that release directories are written to
    #[arg(long, value_name = "DIR", default_value = "releases")]
    pub(crate) output: PathBuf,
    /// Who signs the modules
    #[arg(long, value_enum, default_value_t = SignerKind::P384)]
    pub(crate) signer: SignerKind,
    /// The publisher's private key (P-384, PEM), which signs the manifest; `/dev/stdin` keeps it out of every file
    #[arg(long, value_name = "PEM")]
    pub(crate) publisher_key: Option<PathBuf>,
    /// The private key (RSA, PEM) that signs the unified kernel image for Secure Boot
    #[arg(long, value_name = "PEM", requires = "secure_boot_certificate")]
    pub(crate) secure_boot_key: Option<PathBuf>,
    /// The certificate (PEM) of that key
    #[arg(long, value_name = "PEM", requires = "secure_boot_key")]
    pub(crate) secure_boot_certificate: Option<PathBuf>,
    /// Add every source and seed file, so that an audit needs nothing else
    #[arg(long)]
    pub(crate) with_sources: bool,
    /// Hold the ceremony although this machine may write memory to a swap device
    #[arg(long)]
    pub(crate) allow_swap: bool,
}

/// Who signs modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SignerKind {
    /// An ephemeral ECDSA key on P-384
    P384,
    /// An ephemeral RSA key of 4096 bits, whose signatures are unique
    #[value(name = "rsa-4096")]
    Rsa4096,
    /// Keys derived from the modules, whose private half nobody ever held (experimental)
    Keyless,
}

/// How a release is audited.
#[derive(Debug, Args)]
pub(crate) struct AuditArguments {
    /// The release directory
    pub(crate) directory: PathBuf,
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
    /// Where the store of the rebuild is made [default: /var/tmp]
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// Rebuild in the usual store instead of an empty one: quicker, and it shows less, for what the store has is not built again
    #[arg(long)]
    pub(crate) use_store: bool,
    /// Write a statement that this rebuild, from an empty store, was identical
    #[arg(long, value_name = "FILE", requires = "rebuilder_key", conflicts_with_all = ["use_store", "quorum"])]
    pub(crate) statement: Option<PathBuf>,
    /// The rebuilder's private key (P-384, PEM), which signs that statement
    #[arg(long, value_name = "PEM", requires = "statement")]
    pub(crate) rebuilder_key: Option<PathBuf>,
    /// Take the word of so many different rebuilders instead of rebuilding
    #[arg(long, value_name = "K", requires_all = ["rebuilder", "statements"])]
    pub(crate) quorum: Option<usize>,
    /// A rebuilder's public key (PEM) whose word counts
    #[arg(long, value_name = "PEM")]
    pub(crate) rebuilder: Vec<PathBuf>,
    /// The folder with their statements
    #[arg(long, value_name = "DIR")]
    pub(crate) statements: Option<PathBuf>,
}

/// Whom the caller trusts.
#[derive(Debug, Args)]
pub(crate) struct TrustArguments {
    /// A publisher's public key (PEM) that may have signed it
    #[arg(long, value_name = "PEM")]
    pub(crate) trust: Vec<PathBuf>,
    /// A certificate (PEM) by whose key it must be signed for Secure Boot
    #[arg(long, value_name = "PEM")]
    pub(crate) trust_secure_boot: Vec<PathBuf>,
}

/// The surroundings of one build of `reproduce`.
#[derive(Debug, Args)]
pub(crate) struct LegArguments {
    /// Recipes and images
    #[arg(required = true)]
    pub(crate) what: Vec<String>,
    /// FAKETIME
    #[arg(long, allow_hyphen_values = true, requires = "clock_library")]
    pub(crate) clock: Option<String>,
    /// libfaketime
    #[arg(long)]
    pub(crate) clock_library: Option<PathBuf>,
    /// Host name
    #[arg(long)]
    pub(crate) hostname: Option<String>,
    /// File mode creation mask, octal
    #[arg(long)]
    pub(crate) umask: Option<String>,
    /// Locale
    #[arg(long)]
    pub(crate) locale: Option<String>,
    /// A folder on a tmpfs for inputs in permuted order
    #[arg(long)]
    pub(crate) order: Option<PathBuf>,
    /// Random addresses
    #[arg(long)]
    pub(crate) random_addresses: bool,
}

/// What can be done with the store.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Verify everything in it
    Check {
        /// Do not read the contents of files
        #[arg(long)]
        quick: bool,
        /// Move what is damaged aside, so that it is made again
        #[arg(long)]
        repair: bool,
    },
    /// Remove what no project needs any more
    Gc,
    /// Print where it is
    Path,
}

/// Differences that must not reach any output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Perturbation {
    /// The clock, before and after the epoch
    Clock,
    /// The order of directory entries
    Order,
    /// The number of jobs
    Jobs,
    /// The host name
    Hostname,
    /// The file mode creation mask
    Umask,
    /// The locale
    Locale,
    /// Where programs lie in memory
    Addresses,
}

/// File formats with a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Schema {
    /// ashlar.toml
    Project,
    /// recipe.toml
    Recipe,
    /// seeds.toml
    Seeds,
    /// Image definitions
    Image,
}
