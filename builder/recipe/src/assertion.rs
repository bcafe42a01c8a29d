// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Builtin checks of what a build installed.
//! Syntax: docs/recipe-format.md, "assertions".

use ashlar_tree::TreePath;

use crate::code::Code;
use crate::location::{ProjectPath, tree_path};
use crate::read::{Scope, distinct, table, text};
use crate::source::one_of;

/// One `[[build.assert]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assertion {
    /// The resolved kernel configuration holds everything that the fragments ask for.
    KernelConfig {
        /// The resolved configuration, as a path of the install root.
        file: TreePath,
        /// The fragments, in the order in which they were merged; later ones win.
        fragments: Vec<ProjectPath>,
    },
}

impl Assertion {
    pub(crate) fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        one_of(scope, &["kernel-config"], Code::StepKind, "an assertion")?;
        scope.optional(
            "kernel-config",
            table(|scope| {
                let file = scope.required("file", text(tree_path));
                let fragments = scope.required("fragments", distinct(ProjectPath::parse));
                Some(Self::KernelConfig { file: file?, fragments: fragments? })
            }),
        )
    }
}
