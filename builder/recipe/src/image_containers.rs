// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `[container.<name>]` of an image definition: a container that is built with the image and comes into its root.
//! Syntax: docs/recipe-format.md, "containers".

use std::collections::BTreeMap;

use crate::code::Code;
use crate::error::Invalid;
use crate::image_services::environment;
use crate::read::{Scope, line, list, text};
use crate::reference::OutputRef;

/// Whom a container runs as where nothing is said: the user that images without root have by custom.
const NOBODY: ContainerUser = ContainerUser { uid: 65532, gid: 65532 };

/// One container, as an OCI image of one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its version, which is also the tag of its name.
    pub version: String,
    /// What it is, in one line.
    pub summary: Option<String>,
    /// Outputs; their closures come along.
    pub include: Vec<OutputRef>,
    /// The program and its first arguments.
    pub entrypoint: Vec<String>,
    /// Its environment.
    pub env: BTreeMap<String, String>,
    /// Whom it runs as.
    pub user: ContainerUser,
}

/// A user of a container, by numbers: no container of ours holds /etc/passwd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContainerUser {
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

impl Container {
    pub(crate) fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let version = scope.required("version", text(tag));
        let summary = scope.optional("summary", text(line));
        let include = scope.array_of("include", OutputRef::parse);
        let entrypoint = scope.required("entrypoint", list(text(line)));
        let env = scope.optional("env", environment).unwrap_or_default();
        let user = scope.optional("user", text(ContainerUser::parse)).unwrap_or(NOBODY);
        let entrypoint = entrypoint?;
        if entrypoint.is_empty() {
            scope.report("entrypoint", Invalid::new(Code::OutOfRange, "a container needs a program to run"));
            return None;
        }
        Some(Self { version: version?, summary, include: include?, entrypoint, env, user })
    }
}

impl ContainerUser {
    fn parse(found: &str) -> Result<Self, Invalid> {
        let number = |text: &str| text.parse::<u32>().ok().filter(|number| number.to_string() == text);
        let parts = found.split_once(':').and_then(|(uid, gid)| Some((number(uid)?, number(gid)?)));
        parts.map(|(uid, gid)| Self { uid, gid }).ok_or_else(|| {
            Invalid::new(Code::OutOfRange, format!("{found:?} is no user of a container"))
                .help("write two numbers, such as \"65532:65532\"")
        })
    }
}

/// A tag, as OCI's distribution specification has it (spec.md, "Pulling manifests"), without capitals.
fn tag(found: &str) -> Result<String, Invalid> {
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    let first = found.chars().next().is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if first && found.len() <= 128 && found.chars().all(rest) {
        return Ok(found.to_owned());
    }
    Err(Invalid::new(Code::Name, format!("{found:?} can be no tag of a container's name"))
        .help("use lowercase letters, digits, `.`, `_` and `-`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_two_numbers_in_their_only_form() {
        assert_eq!(ContainerUser::parse("0:10").unwrap(), ContainerUser { uid: 0, gid: 10 });
        for bad in ["", "1", "1:", "01:1", "+1:1", "a:b", "1:2:3", "4294967296:0"] {
            assert!(ContainerUser::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_tag_has_its_alphabet() {
        assert!(tag("0.1.0").is_ok() && tag("v1_a-b").is_ok());
        for bad in ["", ".1", "-1", "A", "a+b", "a/b", "a:b", &"a".repeat(129)] {
            assert!(tag(bad).is_err(), "{bad}");
        }
    }
}
