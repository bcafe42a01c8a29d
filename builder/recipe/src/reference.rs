// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `recipe:output`, how one recipe or image names what another one made.

use std::fmt;
use std::str::FromStr;

use crate::code::Code;
use crate::error::Invalid;
use crate::name::{OutputName, RecipeName};

/// One output of one recipe.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutputRef {
    /// The recipe.
    pub recipe: RecipeName,
    /// The output of it.
    pub output: OutputName,
}

impl OutputRef {
    /// Reads `recipe:output`.
    ///
    /// # Errors
    /// Without exactly one colon, or if one of the names is none.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let Some((recipe, output)) = text.split_once(':') else {
            return Err(Invalid::new(Code::Reference, format!("{text:?} does not say which output"))
                .help(format!("write `recipe:output`, for example \"{text}:runtime\"")));
        };
        Ok(Self { recipe: RecipeName::parse(recipe)?, output: OutputName::parse(output)? })
    }
}

impl FromStr for OutputRef {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl fmt::Display for OutputRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.recipe, self.output)
    }
}

impl fmt::Debug for OutputRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
