// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `[import.<name>]`: another project whose recipes and seed sets are used as if they were here.
//! Syntax: docs/recipe-format.md, "imports".

use crate::code::Code;
use crate::error::Invalid;
use crate::name::RecipeName;
use crate::read::{Scope, text};

/// Another project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// What it is called here.
    pub name: RecipeName,
    /// Its folder, relative to that of the importing `ashlar.toml`; may begin with `..`.
    pub path: String,
}

impl Import {
    pub(crate) fn read(name: &RecipeName, scope: &Scope<'_, '_>) -> Option<Self> {
        let path = scope.required("path", text(folder))?;
        Some(Self { name: name.clone(), path })
    }
}

/// Relative, so that a checkout with its imports beside it can lie anywhere.
fn folder(found: &str) -> Result<String, Invalid> {
    let segments: Vec<&str> = found.split('/').collect();
    let climb = segments.iter().take_while(|segment| **segment == "..").count();
    let plain = segments[climb..].iter().all(|segment| !matches!(*segment, "" | "." | ".."));
    if plain && !found.contains('\0') {
        return Ok(found.to_owned());
    }
    Err(Invalid::new(Code::Path, format!("{found:?} is no path to a project"))
        .help("write it relative to this ashlar.toml, `..` only at the beginning: \"../base\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_relative() {
        for good in ["../base", "vendor/base", "../../x/y", ".."] {
            assert!(folder(good).is_ok(), "{good:?}");
        }
        for bad in ["", "/srv/base", "./base", "a/../b", "a//b", "a/"] {
            assert!(folder(bad).is_err(), "{bad:?}");
        }
    }
}
