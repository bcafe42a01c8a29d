// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Fragments merged in order: a later one wins, and every request keeps its place.

use std::collections::BTreeMap;
use std::fmt;

use crate::{Fragment, Symbol, Value};

/// Where a request was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The fragment's file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// The winning request for one symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The value that won.
    pub value: Value,
    /// Where it was written.
    pub origin: Origin,
    /// What earlier fragments asked for, oldest first.
    pub overridden: Vec<(Value, Origin)>,
}

/// The merge of all fragments of one kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layers {
    settings: BTreeMap<Symbol, Setting>,
}

impl Layers {
    /// Merges `fragments`; each overrides those before it.
    #[must_use]
    pub fn merge(fragments: &[Fragment]) -> Self {
        let mut settings: BTreeMap<Symbol, Setting> = BTreeMap::new();
        for fragment in fragments {
            for (symbol, request) in fragment.requests() {
                let origin = Origin { file: fragment.file().to_owned(), line: request.line };
                let mut setting = Setting { value: request.value.clone(), origin, overridden: Vec::new() };
                if let Some(earlier) = settings.remove(symbol) {
                    setting.overridden = earlier.overridden;
                    setting.overridden.push((earlier.value, earlier.origin));
                }
                settings.insert(symbol.clone(), setting);
            }
        }
        Self { settings }
    }

    /// The winning request for `symbol`.
    #[must_use]
    pub fn get(&self, symbol: &Symbol) -> Option<&Setting> {
        self.settings.get(symbol)
    }

    /// All winning requests, by symbol.
    pub fn iter(&self) -> impl Iterator<Item = (&Symbol, &Setting)> {
        self.settings.iter()
    }

    /// The text for `KCONFIG_ALLCONFIG=… make allnoconfig`: one line per symbol, in byte order.
    #[must_use]
    pub fn to_allconfig(&self) -> String {
        let mut text = String::new();
        for (symbol, setting) in &self.settings {
            text.push_str(&setting.value.line(symbol));
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_fragment_wins_and_the_history_is_kept() {
        let base = Fragment::parse("base", "CONFIG_B=y\nCONFIG_A=m\nCONFIG_T=\"x\"\n").unwrap();
        let lean = Fragment::parse("lean", "# CONFIG_A is not set\n").unwrap();
        let last = Fragment::parse("last", "\nCONFIG_A=y\n").unwrap();
        let layers = Layers::merge(&[base, lean, last]);
        let setting = layers.get(&Symbol::parse("A").unwrap()).unwrap();
        assert_eq!(setting.value, Value::Yes);
        assert_eq!(setting.origin.to_string(), "last:2");
        let history: Vec<String> = setting.overridden.iter().map(|(_, origin)| origin.to_string()).collect();
        assert_eq!(history, ["base:2", "lean:1"]);
        assert_eq!(layers.to_allconfig(), "CONFIG_A=y\nCONFIG_B=y\nCONFIG_T=\"x\"\n");
    }

    #[test]
    fn a_merge_read_back_as_one_fragment_is_the_same_request() {
        let text = "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=0x10\nCONFIG_D=\"a\\\"b\"\n";
        let layers = Layers::merge(&[Fragment::parse("f", text).unwrap()]);
        assert_eq!(layers.to_allconfig(), text);
    }
}
