// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `[kernel]` and `[extension.<name>]` of an image definition: the kernel, its modules, and add-on trees for one release.
//! Syntax: docs/recipe-format.md, "images".

use ashlar_tree::TreePath;

use crate::code::Code;
use crate::error::Invalid;
use crate::location::tree_path;
use crate::read::{Scope, line, text};
use crate::reference::OutputRef;

/// `[kernel]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// The output that holds the kernel as it was built, without any certificate, and its System.map.
    pub image: OutputRef,
    /// The kernel in it.
    pub file: TreePath,
    /// The output that holds vmlinux and what the boot wrapper is made of; needed where there are modules.
    pub vmlinux: Option<OutputRef>,
    /// Outputs with unsigned modules; they come into the root, signed.
    pub modules: Vec<OutputRef>,
    /// Names of modules that PID 1 loads; what they depend on is loaded before them.
    pub load: Vec<String>,
}

/// One `[extension.<name>]`: a signed add-on tree that is built with the image, for the same release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its version.
    pub version: String,
    /// What it is, in one line.
    pub summary: Option<String>,
    /// Outputs; their closures come along.
    pub include: Vec<OutputRef>,
    /// Outputs with unsigned modules; they come along, signed.
    pub modules: Vec<OutputRef>,
    /// Names of modules that PID 1 loads with the extension.
    pub load: Vec<String>,
}

impl Kernel {
    pub(crate) fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let image = scope.required("image", text(OutputRef::parse));
        let file = scope.required("file", text(tree_path));
        let vmlinux = scope.optional("vmlinux", text(OutputRef::parse));
        let (modules, load) = modules(scope);
        if vmlinux.is_none() && scope.has("modules") && !scope.has("vmlinux") {
            let message = "`modules` need `vmlinux`: their certificate is put into it";
            let help = "name the output that holds vmlinux and the files of the boot wrapper";
            scope.report("", Invalid::new(Code::MissingKey, message).help(help));
            return None;
        }
        Some(Self { image: image?, file: file?, vmlinux, modules: modules?, load: load? })
    }
}

impl Extension {
    pub(crate) fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let version = scope.required("version", text(line));
        let summary = scope.optional("summary", text(line));
        let include = scope.array_of("include", OutputRef::parse);
        let (modules, load) = modules(scope);
        Some(Self { version: version?, summary, include: include?, modules: modules?, load: load? })
    }
}

fn modules(scope: &Scope<'_, '_>) -> (Option<Vec<OutputRef>>, Option<Vec<String>>) {
    (scope.array_of("modules", OutputRef::parse), scope.array_of("load", module_name))
}

/// As `lsmod` shows it: `-` and `_` are one to the kernel, `_` is how it writes them.
fn module_name(found: &str) -> Result<String, Invalid> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !found.is_empty() && found.len() <= 55 && found.chars().all(plain) {
        return Ok(found.to_owned());
    }
    Err(Invalid::new(Code::Name, format!("{found:?} is no name of a kernel module"))
        .help("write it as lsmod shows it: lowercase letters, digits and `_`"))
}
