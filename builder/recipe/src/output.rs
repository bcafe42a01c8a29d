// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Outputs: the named trees that what a build installed is shared out to.
//! Syntax: docs/recipe-format.md, "outputs".

use ashlar_tree::Pattern;

use crate::attribute::Attribute;
use crate::exception::Exception;
use crate::location::pattern;
use crate::name::OutputName;
use crate::read::{Scope, distinct, list, table, text};
use crate::reference::OutputRef;

/// One `[[output]]`. Outputs are tried in order, and the first whose patterns match takes a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name.
    pub name: OutputName,
    /// What it takes of what earlier outputs left.
    pub paths: Vec<Pattern>,
    /// What its files need to run: the declared closure, checked against what they name.
    pub runtime: Vec<OutputRef>,
    /// Development outputs that whoever builds against this one needs too.
    pub propagates: Vec<OutputRef>,
    /// Special modes, owners and extended attributes.
    pub attributes: Vec<Attribute>,
    /// Rules that are not applied to some of its files.
    pub exceptions: Vec<Exception>,
}

impl Output {
    pub(crate) fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let name = scope.required("name", text(OutputName::parse));
        let paths = scope.required("paths", distinct(pattern));
        let runtime = scope.optional("runtime", distinct(OutputRef::parse)).unwrap_or_default();
        let propagates = scope.optional("propagates", distinct(OutputRef::parse)).unwrap_or_default();
        let attributes = scope.optional("attribute", list(table(Attribute::read))).unwrap_or_default();
        let exceptions = scope.optional("exception", list(table(Exception::read))).unwrap_or_default();
        Some(Self { name: name?, paths: paths?, runtime, propagates, attributes, exceptions })
    }

    /// Whether it takes every file that is left, so that no output can come after it.
    pub(crate) fn takes_everything(&self) -> bool {
        self.paths.iter().any(|pattern| pattern.as_str() == "**")
    }
}
