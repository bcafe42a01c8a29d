// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which names a template may use where: the walk before rendering that handlebars' strict mode does not make.

use std::collections::BTreeSet;

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Path, Template};

use crate::TemplateError;

/// The walk's state.
pub(crate) struct Scope<'a> {
    file: &'a str,
    declared: &'a BTreeSet<String>,
    used: BTreeSet<String>,
    /// How many `each` blocks are open.
    depth: usize,
    place: (usize, usize),
}

impl<'a> Scope<'a> {
    pub(crate) const fn new(file: &'a str, declared: &'a BTreeSet<String>) -> Self {
        Self { file, declared, used: BTreeSet::new(), depth: 0, place: (1, 1) }
    }

    /// The first declared name that the walk did not meet.
    pub(crate) fn unused(&self) -> Option<String> {
        self.declared.difference(&self.used).next().cloned()
    }

    /// Walks `template` and all blocks in it.
    pub(crate) fn walk(&mut self, template: &Template) -> Result<(), TemplateError> {
        for (index, element) in template.elements.iter().enumerate() {
            // Chains of `else if` have no places of their own: the block's stands for them.
            if let Some(mapping) = template.mapping.get(index) {
                self.place = (mapping.0, mapping.1);
            }
            match element {
                TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
                TemplateElement::HtmlExpression(expression) | TemplateElement::Expression(expression) => {
                    self.expression(expression)?;
                }
                TemplateElement::HelperBlock(block) => self.block(block)?,
                TemplateElement::PartialExpression(_) | TemplateElement::PartialBlock(_) => {
                    return Err(self.not_allowed("a partial"));
                }
                TemplateElement::DecoratorExpression(_) | TemplateElement::DecoratorBlock(_) => {
                    return Err(self.not_allowed("a decorator"));
                }
                _ => return Err(self.not_allowed("this element")),
            }
        }
        Ok(())
    }

    fn expression(&mut self, expression: &HelperTemplate) -> Result<(), TemplateError> {
        if !expression.params.is_empty() || !expression.hash.is_empty() {
            return Err(self.not_allowed("a helper call"));
        }
        self.variable(&expression.name)
    }

    fn block(&mut self, block: &HelperTemplate) -> Result<(), TemplateError> {
        let helper = match &block.name {
            Parameter::Name(name) => name.clone(),
            Parameter::Path(path) => raw(path).to_owned(),
            _ => return Err(self.not_allowed("a computed helper")),
        };
        let [parameter] = block.params.as_slice() else {
            return Err(self.not_allowed(&format!("a block `{helper}` without exactly one parameter")));
        };
        if !block.hash.is_empty() || block.block_param.is_some() {
            return Err(self.not_allowed("a block with named parameters"));
        }
        self.variable(parameter)?;
        let inner = match helper.as_str() {
            "if" | "unless" => 0,
            "each" => 1,
            other => return Err(self.not_allowed(&format!("the block `{other}`"))),
        };
        if let Some(template) = &block.template {
            self.depth += inner;
            self.walk(template)?;
            self.depth -= inner;
        }
        block.inverse.as_ref().map_or(Ok(()), |template| self.walk(template))
    }

    fn variable(&mut self, parameter: &Parameter) -> Result<(), TemplateError> {
        let name = match parameter {
            Parameter::Name(name) => name.as_str(),
            Parameter::Path(path) => raw(path),
            Parameter::Literal(_) => return Err(self.not_allowed("a literal")),
            Parameter::Subexpression(_) => return Err(self.not_allowed("a subexpression")),
            _ => return Err(self.not_allowed("this parameter")),
        };
        if self.depth > 0 && matches!(name, "this" | "@index" | "@first" | "@last") {
            return Ok(());
        }
        // Inside `each` a plain name would mean a field of the item, and items have none.
        let outer = "../".repeat(self.depth);
        match name.strip_prefix(&outer) {
            Some(own) if self.declared.contains(own) => {
                self.used.insert(own.to_owned());
                Ok(())
            }
            _ => Err(TemplateError::Undeclared {
                file: self.file.to_owned(),
                line: self.place.0,
                column: self.place.1,
                name: name.to_owned(),
            }),
        }
    }

    fn not_allowed(&self, what: &str) -> TemplateError {
        TemplateError::NotAllowed {
            file: self.file.to_owned(),
            line: self.place.0,
            column: self.place.1,
            what: what.to_owned(),
        }
    }
}

/// A path as written; `handlebars` keeps its own accessor private.
fn raw(path: &Path) -> &str {
    match path {
        Path::Relative((_, raw)) | Path::Local((_, _, raw)) => raw,
    }
}
