// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The signing agent: built from a recipe of the project, as every artifact is.

use std::path::PathBuf;

use ashlar_module_signature::Sha256;
use ashlar_recipe::RecipeName;

use super::files::read_file;
use crate::failure::Failure;
use crate::session::{Goal, Planned, Session};

/// Where the program lies in what its recipe gives.
const OUTPUT: &str = "runtime";
const PROGRAM: &str = "usr/bin/signing-agent";

/// The agent, built.
#[derive(Clone, Debug)]
pub(crate) struct Agent {
    /// The program.
    pub(crate) program: PathBuf,
    /// The digest of its bytes.
    pub(crate) sha256: Sha256,
}

impl Agent {
    /// Its recipe.
    pub(crate) const RECIPE: &'static str = "signing-agent";

    /// Builds the agent; gives also the plan, whose sources are inputs of a release.
    pub(crate) fn build(session: &Session<'_>) -> Result<(Self, Planned), Failure> {
        let missing = || Failure::Finding {
            message: format!("hold a ceremony: the project has no recipe `{}`", Self::RECIPE),
            help: Some("import the project that has it, or sign with `--signer keyless`".to_owned()),
        };
        let name = RecipeName::parse(Self::RECIPE).map_err(|_| missing())?;
        let recipe = session.recipes.recipe(&name).ok_or_else(missing)?;
        let planned = session.plan(&[Goal::Recipe(recipe)], &[])?;
        let built = session.build(&planned)?;
        let tree = planned.goals.first().and_then(|node| built.tree(*node, OUTPUT)).ok_or_else(missing)?;
        let program = session.store.checkout(tree)?.join(PROGRAM);
        let sha256 = Sha256::of(&read_file(&program, "the signing agent")?);
        Ok((Self { program, sha256 }, planned))
    }
}
