// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is asked about recipes and images.

use clap::Args;

/// What is explained.
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// A recipe or an image
    pub(crate) what: String,
    /// Only values whose keys begin so, in full
    pub(crate) key: Option<String>,
    /// The recipe as this variant builds it
    #[arg(long, value_name = "NAME")]
    pub(crate) variant: Option<String>,
}

/// What is drawn.
#[derive(Debug, Args)]
pub(crate) struct GraphArguments {
    /// A recipe or an image
    pub(crate) what: String,
    /// Draw it as SVG, instead of writing it in the language of Graphviz
    #[arg(long)]
    pub(crate) svg: bool,
    /// Every node, also what merely unpacks, merges and checks
    #[arg(long)]
    pub(crate) all: bool,
}

/// What is moved to which version.
#[derive(Debug, Args)]
pub(crate) struct BumpArguments {
    /// The recipe
    pub(crate) recipe: String,
    /// The new version
    pub(crate) version: String,
    /// Only show what would change
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take the new version although its licence texts say something else, or could not be compared
    #[arg(long)]
    pub(crate) accept_licences: bool,
}
