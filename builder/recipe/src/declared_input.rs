// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The inputs that a recipe declares, one by one, and the recipe without one of them: how it is found out which have an effect.

use std::fmt;

use crate::build::Build;
use crate::name::{SetName, SourceName};
use crate::recipe::Recipe;
use crate::reference::OutputRef;

/// One input that a recipe declares.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeclaredInput {
    /// A seed set, merged at `/`.
    Seeds(SetName),
    /// An output merged at `/`.
    Host(OutputRef),
    /// An output merged at `/target`.
    Target(OutputRef),
    /// A source.
    Source(SourceName),
}

impl fmt::Display for DeclaredInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seeds(set) => write!(f, "seed set {set}"),
            Self::Host(output) => write!(f, "host output {output}"),
            Self::Target(output) => write!(f, "target output {output}"),
            Self::Source(source) => write!(f, "source {source}"),
        }
    }
}

impl DeclaredInput {
    /// The input as `[[build.winner]]` names it.
    fn as_winner(&self) -> Option<String> {
        match self {
            Self::Seeds(set) => Some(set.to_string()),
            Self::Host(output) | Self::Target(output) => Some(output.to_string()),
            Self::Source(_) => None,
        }
    }
}

impl Recipe {
    /// Every input that it declares and that a build could do without: not its only seed set, which brings the shell.
    #[must_use]
    pub fn declared_inputs(&self) -> Vec<DeclaredInput> {
        let Build { seeds, host, target, .. } = &self.build;
        let seeds = seeds.iter().filter(|_| seeds.len() > 1);
        seeds
            .cloned()
            .map(DeclaredInput::Seeds)
            .chain(host.iter().cloned().map(DeclaredInput::Host))
            .chain(target.iter().cloned().map(DeclaredInput::Target))
            .chain(self.sources.iter().map(|source| DeclaredInput::Source(source.name.clone())))
            .collect()
    }

    /// The recipe without `input`, and without the winners that name it. Its steps are the same, and may fail for it.
    #[must_use]
    pub fn without(&self, input: &DeclaredInput) -> Self {
        let mut recipe = self.clone();
        match input {
            DeclaredInput::Seeds(set) => recipe.build.seeds.retain(|other| other != set),
            DeclaredInput::Host(output) => recipe.build.host.retain(|other| other != output),
            DeclaredInput::Target(output) => recipe.build.target.retain(|other| other != output),
            DeclaredInput::Source(name) => recipe.sources.retain(|source| source.name != *name),
        }
        if let Some(winner) = input.as_winner() {
            recipe.build.winners.retain(|other| other.input != winner);
        }
        recipe
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::SourceFile;

    fn recipe() -> Recipe {
        let text = r#"
            [recipe]
            name = "x"
            version = "1"
            summary = "A thing"
            license = "MIT"
            homepage = "https://x.example/"
            supplier = "Organization: X"
            purl = "pkg:generic/x@1"
            [[source]]
            name = "files"
            path = "files"
            [build]
            seeds = ["base", "tools"]
            host = ["a:runtime"]
            target = ["b:dev"]
            winner = [{ path = "usr/bin/cc", input = "tools", because = "it is newer" }]
            step = [{ run = "true" }]
            [[output]]
            name = "runtime"
            paths = ["**"]
        "#;
        Recipe::parse(SourceFile::new("recipe.toml", text)).unwrap()
    }

    #[test]
    fn each_input_is_named_and_can_be_left_out_alone() {
        let recipe = recipe();
        let inputs = recipe.declared_inputs();
        let names: Vec<String> = inputs.iter().map(ToString::to_string).collect();
        assert_eq!(
            names,
            [
                "seed set base",
                "seed set tools",
                "host output a:runtime",
                "target output b:dev",
                "source files"
            ]
        );
        for input in &inputs {
            let left: Vec<String> =
                recipe.without(input).declared_inputs().iter().map(ToString::to_string).collect();
            let others = names.iter().filter(|name| **name != input.to_string());
            // A last seed set is no longer one that could be left out.
            let others: Vec<&String> = others
                .filter(|name| !matches!(input, DeclaredInput::Seeds(_)) || !name.starts_with("seed"))
                .collect();
            assert_eq!(left.iter().collect::<Vec<_>>(), others, "{input}");
        }
        assert_eq!(recipe.without(&inputs[0]).build.winners.len(), 1);
        assert!(recipe.without(&inputs[1]).build.winners.is_empty(), "the winner is no input any more");
    }
}
