// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Text files of an image, made from handlebars templates that cannot be wrong in silence.
//!
//! A template begins with a comment that declares its parameters, and uses exactly those:
//! ```text
//! {{! parameters: id name }}
//! ID={{id}}
//! {{#each lines}}{{this}}{{/each}}
//! ```
//! handlebars' strict mode refuses an unknown `{{x}}` but takes `{{#if x}}` as false; so the template is walked before
//! anything is rendered, and only variables, `if`, `unless` and `each` are allowed. Nothing is escaped: outputs are
//! plain text, never HTML; that is why a value may not hold control characters, which could begin a line of its own.

use std::collections::BTreeSet;

use handlebars::template::TemplateElement;
use handlebars::{Handlebars, no_escape};
use serde_json::{Map, Value};

use crate::template_scope::Scope;

/// Why a template gives no text. Messages begin with `file:line:column` where there is a place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// handlebars cannot parse or render it.
    #[error("{file}:{line}:{column}: read the template: {reason}")]
    Syntax {
        /// The template's file as the caller named it.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// handlebars' reason.
        reason: String,
    },
    /// The first thing in the file is not the comment that declares parameters.
    #[error("{file}:1:1: find the declaration of parameters")]
    NoDeclaration {
        /// The template's file.
        file: String,
    },
    /// It uses a parameter that it does not declare.
    #[error("{file}:{line}:{column}: find the parameter `{name}`: the template does not declare it")]
    Undeclared {
        /// The template's file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// The name.
        name: String,
    },
    /// It declares a parameter that it does not use.
    #[error("{file}:1:1: use the declared parameter `{name}`")]
    Unused {
        /// The template's file.
        file: String,
        /// The name.
        name: String,
    },
    /// It uses a part of handlebars that is not allowed here.
    #[error("{file}:{line}:{column}: allow {what} in a template")]
    NotAllowed {
        /// The template's file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What it is.
        what: String,
    },
    /// No value was given for a declared parameter.
    #[error("render {file}: the parameter `{name}` has no value")]
    Missing {
        /// The template's file.
        file: String,
        /// The name.
        name: String,
    },
    /// An image sets a value that its header gives already, or the same value twice.
    #[error("set the template value `{name}` of the image {image}: it is set already")]
    Reserved {
        /// The image's name.
        image: String,
        /// The value's name.
        name: String,
    },
    /// A value that is no text, integer, boolean or list of these, or holds control characters.
    #[error("render {file}: the value of `{name}` {reason}")]
    Value {
        /// The template's file.
        file: String,
        /// The parameter.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// What all templates of an image see: its `[values]`, and `image` (its name) and `version` from its header.
///
/// # Errors
/// [`TemplateError::Reserved`] if `values` sets one of the two: a name or version is written in one place.
pub fn image_values(
    name: &str,
    version: &str,
    values: impl IntoIterator<Item = (String, Value)>,
) -> Result<Map<String, Value>, TemplateError> {
    let mut all = Map::new();
    all.insert("image".to_owned(), Value::from(name));
    all.insert("version".to_owned(), Value::from(version));
    for (key, value) in values {
        if all.contains_key(&key) {
            return Err(TemplateError::Reserved { image: name.to_owned(), name: key });
        }
        all.insert(key, value);
    }
    Ok(all)
}

impl TemplateError {
    /// The next step for whoever reads the message.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoDeclaration { .. } => {
                Some("begin the file with `{{! parameters: NAME… }}`, also where there are none".to_owned())
            }
            Self::Undeclared { name, .. } => {
                Some(format!("add `{name}` to the `{{{{! parameters: … }}}}` line, or correct the name"))
            }
            Self::Unused { name, .. } => {
                Some(format!("remove `{name}` from the `{{{{! parameters: … }}}}` line"))
            }
            Self::NotAllowed { .. } => Some("use variables, `if`, `unless` and `each` only".to_owned()),
            Self::Missing { name, .. } => Some(format!("set `{name}` in [values] of the image definition")),
            Self::Reserved { name, .. } => Some(format!("remove `{name}` from [values]")),
            Self::Syntax { .. } | Self::Value { .. } => None,
        }
    }
}

/// A template that was checked.
#[derive(Clone, Debug)]
pub struct Template {
    file: String,
    parameters: BTreeSet<String>,
    compiled: handlebars::Template,
}

impl Template {
    /// Checks `text`, the content of what messages call `file`.
    ///
    /// # Errors
    /// Every [`TemplateError`] but those of values.
    pub fn parse(file: &str, text: &str) -> Result<Self, TemplateError> {
        let compiled = handlebars::Template::compile(text).map_err(|error| {
            let (line, column) = error.pos().unwrap_or((1, 1));
            TemplateError::Syntax { file: file.to_owned(), line, column, reason: error.reason().to_string() }
        })?;
        let parameters =
            declaration(&compiled).ok_or_else(|| TemplateError::NoDeclaration { file: file.to_owned() })?;
        let mut scope = Scope::new(file, &parameters);
        scope.walk(&compiled)?;
        if let Some(name) = scope.unused() {
            return Err(TemplateError::Unused { file: file.to_owned(), name });
        }
        Ok(Self { file: file.to_owned(), parameters, compiled })
    }

    /// The parameters, in byte order.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().map(String::as_str)
    }

    /// The text for `values`; values that the template does not declare are ignored, for images share them
    /// between templates.
    ///
    /// # Errors
    /// [`TemplateError::Missing`], [`TemplateError::Value`], [`TemplateError::Syntax`].
    pub fn render(&self, values: &Map<String, Value>) -> Result<String, TemplateError> {
        let mut used = Map::new();
        for name in &self.parameters {
            let Some(value) = values.get(name) else {
                return Err(TemplateError::Missing { file: self.file.clone(), name: name.clone() });
            };
            check_value(value).map_err(|reason| TemplateError::Value {
                file: self.file.clone(),
                name: name.clone(),
                reason,
            })?;
            used.insert(name.clone(), value.clone());
        }
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(no_escape);
        registry.register_template(&self.file, self.compiled.clone());
        registry.render(&self.file, &used).map_err(|error| TemplateError::Syntax {
            file: self.file.clone(),
            line: error.line_no.unwrap_or(1),
            column: error.column_no.unwrap_or(1),
            reason: error.reason().to_string(),
        })
    }
}

fn declaration(template: &handlebars::Template) -> Option<BTreeSet<String>> {
    let TemplateElement::Comment(comment) = template.elements.first()? else { return None };
    let names = comment.trim().strip_prefix("parameters:")?;
    Some(names.split_whitespace().map(str::to_owned).collect())
}

fn check_value(value: &Value) -> Result<(), &'static str> {
    match value {
        Value::String(text) if text.chars().any(char::is_control) => Err("holds a control character"),
        Value::String(_) | Value::Bool(_) => Ok(()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Ok(()),
        Value::Array(items) if items.iter().any(Value::is_array) => Err("is a list in a list"),
        Value::Array(items) => items.iter().try_for_each(check_value),
        Value::Number(_) | Value::Null | Value::Object(_) => {
            Err("is neither text, integer, boolean nor a list of these")
        }
    }
}

#[cfg(test)]
mod tests;
