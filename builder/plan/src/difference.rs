// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What differs between two derivations of one thing, from their canonical encodings: why something is built again.
//!
//! It works on encodings, not on [`crate::Derivation`], because one of the two may have been written by an earlier version of
//! this code: a key that nobody knows any more is a difference like others.

mod texts;

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

use crate::Input;
use texts::{listed, output_texts, pretty, step_texts};

/// What an input is to the derivation that reads it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// What stands at `/`.
    Sysroot,
    /// What stands at `/target`.
    TargetRoot,
    /// What stands in `/sources`, by name.
    Source(String),
    /// What one of our own steps reads, by name.
    Input(String),
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sysroot => f.write_str("sysroot"),
            Self::TargetRoot => f.write_str("target root"),
            Self::Source(name) => write!(f, "source {name}"),
            Self::Input(name) => write!(f, "input {name}"),
        }
    }
}

/// One thing in which two derivations differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// A text, such as a step. Empty where there is none.
    Text {
        /// Which.
        what: String,
        /// In the first.
        before: String,
        /// In the second.
        after: String,
    },
    /// A value, such as a variable. `None` where there is none.
    Value {
        /// Which.
        what: String,
        /// In the first.
        before: Option<String>,
        /// In the second.
        after: Option<String>,
    },
    /// Something that is read. `None` where it is not.
    Input {
        /// What it is to the derivation.
        role: Role,
        /// In the first.
        before: Option<Input>,
        /// In the second.
        after: Option<Input>,
    },
}

impl Difference {
    /// Whether it says one thing of the first and another of the second.
    fn is_one(&self) -> bool {
        match self {
            Self::Text { before, after, .. } => before != after,
            Self::Value { before, after, .. } => before != after,
            Self::Input { before, after, .. } => before != after,
        }
    }
}

/// Reads the text of [`crate::Derivation::encode`].
///
/// # Errors
/// If it is no such text, with the reason.
pub fn read_encoding(text: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(text).map_err(|_| "it is no text".to_owned())?;
    let (header, body) = text.split_once('\n').unwrap_or((text, ""));
    if header != "ashlar-derivation 1" {
        return Err(format!("it begins with {header:?}, not with \"ashlar-derivation 1\""));
    }
    match serde_json::from_str(body).map_err(|cause| cause.to_string())? {
        value @ Value::Object(_) => Ok(value),
        _ => Err("behind its first line there is no object".to_owned()),
    }
}

/// Where two encodings differ, as [`read_encoding`] gives them; never nothing where they do. What a recipe says itself comes first,
/// what is read after it, and what belongs to the tool last.
#[must_use]
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found: Vec<(usize, Difference)> = Vec::new();
    for (key, one, two) in changed(before, after) {
        let mut parts = of_key(&key, &one, &two);
        parts.retain(Difference::is_one);
        if parts.is_empty() {
            // It is in something that this version does not look at.
            parts.push(value(key.clone(), &one, &two));
        }
        found.extend(parts.into_iter().map(|difference| (rank(&key), difference)));
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, difference)| difference).collect()
}

fn rank(key: &str) -> usize {
    let order = [
        "sources",
        "steps",
        "arguments",
        "environment",
        "inputs",
        "target_root",
        "sysroot",
        "outputs",
        "tests",
    ];
    order.iter().position(|other| *other == key).unwrap_or(order.len())
}

fn of_key(key: &str, before: &Value, after: &Value) -> Vec<Difference> {
    match key {
        "sysroot" => roots(Role::Sysroot, before, after),
        "target_root" => roots(Role::TargetRoot, before, after),
        "sources" => inputs(Role::Source, before, after),
        "inputs" => inputs(Role::Input, before, after),
        "environment" => by_key(before, after, |name| format!("variable {name}")),
        "arguments" => by_key(before, after, |name| format!("argument {name}")),
        "steps" => listed("step", &step_texts(before), &step_texts(after)),
        "tests" => listed("test", &step_texts(before), &step_texts(after)),
        "asserts" => listed("assertion", &step_texts(before), &step_texts(after)),
        "outputs" => output_texts(before, after),
        "sandbox" => vec![value("sandbox policy".to_owned(), before, after)],
        "epoch" => vec![value("source epoch".to_owned(), before, after)],
        "host" => vec![value("host platform".to_owned(), before, after)],
        "target" => vec![value("target platform".to_owned(), before, after)],
        other => vec![value(other.to_owned(), before, after)],
    }
}

fn tree(value: &Value) -> Option<Input> {
    Some(Input::Tree(value.as_str()?.parse().ok()?))
}

fn input(value: &Value) -> Option<Input> {
    match value.get("source") {
        Some(source) => Some(Input::Source(source.as_str()?.parse().ok()?)),
        None => tree(value.get("tree")?),
    }
}

fn roots(role: Role, before: &Value, after: &Value) -> Vec<Difference> {
    vec![Difference::Input { role, before: tree(before), after: tree(after) }]
}

fn inputs(role: fn(String) -> Role, before: &Value, after: &Value) -> Vec<Difference> {
    let changed = changed(before, after).map(|(name, before, after)| Difference::Input {
        role: role(name),
        before: input(&before),
        after: input(&after),
    });
    changed.collect()
}

fn by_key(before: &Value, after: &Value, what: impl Fn(&str) -> String) -> Vec<Difference> {
    changed(before, after).map(|(name, before, after)| value(what(&name), &before, &after)).collect()
}

/// The keys under which two objects hold different things, with these; nothing counts as null.
fn changed(before: &Value, after: &Value) -> impl Iterator<Item = (String, Value, Value)> {
    let none = Map::new();
    let (before, after) = (before.as_object().unwrap_or(&none), after.as_object().unwrap_or(&none));
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let of = |object: &Map<String, Value>, key: &String| object.get(key).cloned().unwrap_or(Value::Null);
    let all: Vec<_> = keys.into_iter().map(|key| (key.clone(), of(before, key), of(after, key))).collect();
    all.into_iter().filter(|(_, before, after)| before != after)
}

/// Scalars as values, everything else as text, line by line; as JSON where both would look the same, as the number 1 and the text "1".
fn value(what: String, before: &Value, after: &Value) -> Difference {
    let is_short = |value: &Value| match value {
        Value::String(text) => !text.contains('\n'),
        Value::Array(_) | Value::Object(_) => false,
        _ => true,
    };
    if is_short(before) && is_short(after) {
        let shown = |value: &Value| match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        let (one, two) = (shown(before), shown(after));
        if one != two {
            return Difference::Value { what, before: one, after: two };
        }
    }
    match (pretty(before), pretty(after)) {
        (one, two) if one == two => {
            Difference::Text { what, before: before.to_string(), after: after.to_string() }
        }
        (before, after) => Difference::Text { what, before, after },
    }
}

#[cfg(test)]
mod tests;
