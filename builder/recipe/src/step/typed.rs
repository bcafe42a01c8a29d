// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A typed step as a recipe states it: every parameter read by its kind, absent ones with their defaults.

use std::collections::BTreeMap;

use super::kinds::StepKind;
use super::parameter::{Parameter, ParameterKind, Presence};
use crate::code::Code;
use crate::error::Invalid;
use crate::location::tree_path;
use crate::name::SourceName;
use crate::read::{Scope, Value, boolean, distinct, integer, line, list, text};

/// Where sources appear in a build.
const SOURCES: &str = "/sources/";

/// A typed step with all its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedStep {
    /// What it does.
    pub kind: StepKind,
    /// What each parameter holds: a list where it takes several, else one text. Folders are absolute, flags `true` or `false`.
    pub parameters: BTreeMap<&'static str, Vec<String>>,
}

impl TypedStep {
    pub(crate) fn read(scope: &Scope<'_, '_>, kind: StepKind) -> Option<Self> {
        let parameters = scope.optional(kind.name(), |value| value.table(|inner| parameters(inner, kind)))?;
        Some(Self { kind, parameters })
    }

    /// The sources that it names, each with its key path inside the step.
    pub(crate) fn sources(&self) -> Vec<(String, &str)> {
        let mut found = Vec::new();
        for parameter in self.kind.parameters() {
            let path = format!("{}.{}", self.kind.name(), parameter.name);
            let values = self.parameters.get(parameter.name).map_or(&[][..], Vec::as_slice);
            match parameter.kind {
                ParameterKind::Source => {
                    found.extend(values.iter().map(|name| (path.clone(), name.as_str())));
                }
                ParameterKind::Sources => found.extend(
                    values
                        .iter()
                        .enumerate()
                        .map(|(index, name)| (format!("{path}[{index}]"), name.as_str())),
                ),
                ParameterKind::Folder => found.extend(values.iter().filter_map(|folder| {
                    let name = folder.strip_prefix(SOURCES)?.split('/').next()?;
                    Some((path.clone(), name))
                })),
                _ => {}
            }
        }
        found
    }
}

fn parameters(scope: &Scope<'_, '_>, kind: StepKind) -> Option<BTreeMap<&'static str, Vec<String>>> {
    let mut found = BTreeMap::new();
    let mut whole = true;
    for parameter in kind.parameters() {
        let value = match parameter.presence {
            Presence::Required => scope.required(parameter.name, |value| read(parameter, value)),
            Presence::Default(default) if !scope.has(parameter.name) => {
                Some(default.iter().map(|word| (*word).to_owned()).collect())
            }
            Presence::Default(_) => scope.optional(parameter.name, |value| read(parameter, value)),
        };
        match value {
            Some(value) => drop(found.insert(parameter.name, value)),
            None => whole = false,
        }
    }
    whole.then_some(found)
}

fn read(parameter: &Parameter, value: &Value<'_, '_>) -> Option<Vec<String>> {
    let one = |text: String| vec![text];
    match parameter.kind {
        ParameterKind::Folder => text(folder)(value).map(one),
        ParameterKind::Path => text(tree_path)(value).map(|path| one(path.to_string())),
        ParameterKind::Source => text(SourceName::parse)(value).map(|name| one(name.to_string())),
        ParameterKind::Sources => {
            let names = distinct(SourceName::parse)(value)?;
            some(parameter, value, names.iter().map(ToString::to_string).collect())
        }
        ParameterKind::Word => text(line)(value).map(one),
        ParameterKind::Words => some(parameter, value, list(text(line))(value)?),
        ParameterKind::Number { least, most } => {
            integer(i64::from(least)..=i64::from(most))(value).map(|number| one(number.to_string()))
        }
        ParameterKind::Mode => text(mode)(value).map(one),
        ParameterKind::Flag => boolean(value).map(|flag| one(flag.to_string())),
    }
}

/// A list that has to be there has to hold something.
fn some(parameter: &Parameter, value: &Value<'_, '_>, list: Vec<String>) -> Option<Vec<String>> {
    if list.is_empty() && parameter.presence == Presence::Required {
        value.report(Invalid::new(Code::OutOfRange, format!("`{}` must not be empty", parameter.name)));
        return None;
    }
    Some(list)
}

/// The absolute path of a folder that a step works in.
fn folder(found: &str) -> Result<String, Invalid> {
    match found.strip_prefix(SOURCES) {
        Some(rest) => tree_path(rest).map(|path| format!("{SOURCES}{path}")),
        None => tree_path(found).map(|path| format!("/build/{path}")),
    }
    .map_err(|invalid| {
        invalid.help("name a folder of /build, such as an unpacked source: \"zlib\"; or \"/sources/<name>\"")
    })
}

fn mode(found: &str) -> Result<String, Invalid> {
    let octal = (3..=4).contains(&found.len()) && found.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
    if octal && (found.len() == 3 || found.starts_with('0')) {
        return Ok(found.to_owned());
    }
    Err(Invalid::new(Code::Mode, format!("{found:?} is no plain file mode"))
        .help("write three octal digits, such as \"0644\"; special modes stand in [[output.attribute]]"))
}

#[cfg(test)]
mod tests;
