// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One fragment: a file of requests, each with a reason to be in that file.

use std::collections::BTreeMap;

use crate::line::parse_lines;
use crate::{ConfigError, Symbol, Value};

/// One request of a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is asked for.
    pub value: Value,
    /// Line in the fragment, from 1.
    pub line: usize,
}

/// A parsed fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    file: String,
    requests: BTreeMap<Symbol, Request>,
}

impl Fragment {
    /// Parses the text of the fragment that messages call `file`.
    ///
    /// # Errors
    /// All malformed lines and all symbols set twice, in the order of lines.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<ConfigError>> {
        let requests = parse_lines(file, text)?
            .into_iter()
            .map(|(symbol, (value, line))| (symbol, Request { value, line }))
            .collect();
        Ok(Self { file: file.to_owned(), requests })
    }

    /// The name given to [`Fragment::parse`].
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// All requests, by symbol.
    pub fn requests(&self) -> impl Iterator<Item = (&Symbol, &Request)> {
        self.requests.iter()
    }
}
