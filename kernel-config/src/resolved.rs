// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The configuration that the kernel's own tools resolved: its `.config`.

use std::collections::BTreeMap;

use crate::line::parse_lines;
use crate::{ConfigError, Symbol, Value};

/// A parsed `.config`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    values: BTreeMap<Symbol, Value>,
}

impl Resolved {
    /// Parses the text of the `.config` that messages call `file`.
    ///
    /// # Errors
    /// As [`crate::Fragment::parse`]: a text that Kconfig did not write is not judged.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<ConfigError>> {
        let values =
            parse_lines(file, text)?.into_iter().map(|(symbol, (value, _))| (symbol, value)).collect();
        Ok(Self { values })
    }

    /// The value of `symbol`; `None` if the text does not name it (its dependencies are off, or no such symbol).
    #[must_use]
    pub fn get(&self, symbol: &Symbol) -> Option<&Value> {
        self.values.get(symbol)
    }
}
