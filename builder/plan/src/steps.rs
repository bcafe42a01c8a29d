// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What typed steps do: one shell script a kind, the same for every recipe. A recipe's values never become text of it: they lie in files
//! beside it, one a parameter, a list with one item a line.
//!
//! The script is part of a derivation's identity, so whoever changes one changes what every recipe that uses it is.

use std::collections::BTreeMap;

use ashlar_recipe::{StepKind, TypedStep};

use crate::SandboxedStep;

/// The compiler's prefix for the one target that there is.
const TRIPLE: &str = "x86_64-linux-musl";
/// What Rust calls it.
const RUST_TARGET: &str = "x86_64-unknown-linux-musl";

const fn script(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Patch => include_str!("steps/patch.sh"),
        StepKind::Autotools => include_str!("steps/autotools.sh"),
        StepKind::Make => include_str!("steps/make.sh"),
        StepKind::Meson => include_str!("steps/meson.sh"),
        StepKind::Cmake => include_str!("steps/cmake.sh"),
        StepKind::Cargo => include_str!("steps/cargo.sh"),
        StepKind::Go => include_str!("steps/go.sh"),
        StepKind::Kernel => include_str!("steps/kernel.sh"),
        StepKind::KernelModule => include_str!("steps/kernel-module.sh"),
        StepKind::Install => include_str!("steps/install.sh"),
        StepKind::Split => include_str!("steps/split.sh"),
    }
}

/// The step as the sandbox runs it.
pub(crate) fn typed(step: &TypedStep) -> SandboxedStep {
    let own = step.parameters.iter().map(|(name, values)| ((*name).to_owned(), values.clone()));
    let mut parameters: BTreeMap<String, Vec<String>> = own.collect();
    let target = match step.kind {
        StepKind::Autotools | StepKind::Meson | StepKind::Cmake | StepKind::Go | StepKind::Split => {
            Some(("triple", TRIPLE))
        }
        StepKind::Cargo => Some(("rust-target", RUST_TARGET)),
        _ => None,
    };
    parameters.extend(target.map(|(name, value)| (name.to_owned(), vec![value.to_owned()])));
    SandboxedStep::Typed {
        kind: step.kind.name().to_owned(),
        script: script(step.kind).to_owned(),
        parameters,
    }
}

#[cfg(test)]
mod tests;
