// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Variants: the closed list of other ways to build a recipe. No free parameters, no conditionals.
//! Syntax: docs/recipe-format.md, "variants".

use crate::build::BuildOverride;
use crate::code::Code;
use crate::error::Invalid;
use crate::name::VariantName;
use crate::read::Scope;

/// One `[variant.<name>]`: what of `[build]` it restates. Applied by [`crate::Recipe::with_variant`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name.
    pub name: VariantName,
    pub(crate) change: BuildOverride,
}

impl Variant {
    pub(crate) fn read(name: &VariantName, scope: &Scope<'_, '_>) -> Option<Self> {
        for key in ["recipe", "name", "version", "license", "source", "output", "paths", "build", "variant"] {
            if scope.has(key) {
                let message = format!("a variant cannot change `{key}`");
                let help = "variants restate keys of [build] only (seeds, host, target, env, winner, step, test, assert), \
                            directly in [variant.<name>]; anything else is another recipe";
                scope.report(key, Invalid::new(Code::VariantOverride, message).help(help));
            }
        }
        let change = BuildOverride::read(scope)?;
        Some(Self { name: name.clone(), change })
    }
}
