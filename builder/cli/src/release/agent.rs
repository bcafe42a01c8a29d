// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The signing agent: built from a recipe of the project, as every artifact is.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ashlar_module_signature::Sha256;
use ashlar_recipe::RecipeName;
use ashlar_store::StoreError;

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
    ///
    /// # Errors
    /// [`Failure::Finding`] if the project has no recipe for it, or one that does not give the program.
    pub(crate) fn build(session: &Session<'_>) -> Result<(Self, Planned), Failure> {
        let missing = || Failure::Finding {
            message: format!("hold a ceremony: the project has no recipe `{}`", Self::RECIPE),
            help: Some("import the project that has it, or sign with `--signer keyless`".to_owned()),
        };
        let name = RecipeName::parse(Self::RECIPE).map_err(|_| missing())?;
        let recipe = session.recipes.recipe(&name).ok_or_else(missing)?;
        let planned = session.plan(&[Goal::Recipe(recipe)], &[])?;
        let built = session.build(&planned)?;
        let tree = planned.goals.first().and_then(|node| built.tree(*node, OUTPUT));
        let tree = tree.ok_or_else(|| lacks(&format!("output `{OUTPUT}`")))?;
        Ok((Self::in_tree(&session.store.checkout(tree)?)?, planned))
    }

    /// The agent in the checked out tree of its recipe's output.
    fn in_tree(tree: &Path) -> Result<Self, Failure> {
        let program = tree.join(PROGRAM);
        match std::fs::read(&program) {
            Ok(bytes) => Ok(Self { program, sha256: Sha256::of(&bytes) }),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(lacks(&format!("{PROGRAM} in its output `{OUTPUT}`")))
            }
            Err(source) => Err(StoreError::Read { path: program, source }.into()),
        }
    }
}

/// The recipe is there, but without `what`.
fn lacks(what: &str) -> Failure {
    Failure::Finding {
        message: format!("hold a ceremony: recipe `{}` has no {what}", Agent::RECIPE),
        help: Some(format!("let its output `{OUTPUT}` have {PROGRAM}, or sign with `--signer keyless`")),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::failure::Kind;

    #[test]
    fn the_agent_is_what_its_recipe_gave() {
        let tree = tempfile::tempdir().unwrap();
        let program = tree.path().join(PROGRAM);
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        fs::write(&program, b"agent").unwrap();
        let agent = Agent::in_tree(tree.path()).unwrap();
        assert_eq!((agent.program, agent.sha256), (program, Sha256::of(b"agent")));
    }

    #[test]
    fn a_recipe_without_the_program_is_not_told_as_a_project_without_the_recipe() {
        let tree = tempfile::tempdir().unwrap();
        let failure = Agent::in_tree(tree.path()).unwrap_err();
        assert_eq!(
            failure.to_string(),
            "hold a ceremony: recipe `signing-agent` has no usr/bin/signing-agent in its output `runtime`"
        );
        assert_eq!(failure.kind(), Kind::Finding);
    }

    #[test]
    fn a_store_that_cannot_be_read_is_no_fault_of_the_command_line() {
        let tree = tempfile::tempdir().unwrap();
        // A folder is there and cannot be read as a file, whoever asks.
        fs::create_dir_all(tree.path().join(PROGRAM)).unwrap();
        let failure = Agent::in_tree(tree.path()).unwrap_err();
        assert_eq!(failure.kind(), Kind::Surroundings, "{failure}");
    }
}
