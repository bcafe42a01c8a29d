// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Does the resolved configuration hold what was requested?

use std::fmt;

use crate::{Layers, Origin, Resolved, Symbol, Value};

/// One request that the resolved configuration does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The symbol.
    pub symbol: Symbol,
    /// What was asked for.
    pub requested: Value,
    /// Where it was asked for.
    pub origin: Origin,
    /// What the resolved configuration has; `None` where it does not name the symbol.
    pub found: Option<Value>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: `{}` was requested, ", self.origin, self.requested.line(&self.symbol))?;
        match &self.found {
            Some(value) => write!(f, "the resolved configuration has `{}`", value.line(&self.symbol)),
            None => f.write_str(
                "the resolved configuration does not name the symbol (a dependency is off, or this kernel has no such symbol)",
            ),
        }
    }
}

/// All findings, by symbol. Displayed one per line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Whether every request holds.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The findings, by symbol.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            finding.fmt(f)?;
        }
        Ok(())
    }
}

/// Compares every winning request with the resolved configuration.
///
/// A request for `n` also holds where the symbol is absent: what cannot be switched on is off.
#[must_use]
pub fn check(requested: &Layers, resolved: &Resolved) -> Findings {
    let findings = requested.iter().filter_map(|(symbol, setting)| {
        let found = resolved.get(symbol);
        let holds = match (&setting.value, found) {
            (Value::No, None) => true,
            (value, Some(found)) => value == found,
            (_, None) => false,
        };
        (!holds).then(|| Finding {
            symbol: symbol.clone(),
            requested: setting.value.clone(),
            origin: setting.origin.clone(),
            found: found.cloned(),
        })
    });
    Findings(findings.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fragment;

    fn findings(fragment: &str, resolved: &str) -> Vec<String> {
        let layers = Layers::merge(&[Fragment::parse("k.config", fragment).unwrap()]);
        check(&layers, &Resolved::parse(".config", resolved).unwrap())
            .iter()
            .map(Finding::to_string)
            .collect()
    }

    #[test]
    fn what_holds_gives_no_finding() {
        let fragment =
            "CONFIG_A=y\nCONFIG_B=\"x\"\nCONFIG_C=1\n# CONFIG_D is not set\n# CONFIG_E is not set\n";
        let resolved = "#\n# Automatically generated file; DO NOT EDIT.\n#\nCONFIG_A=y\nCONFIG_B=\"x\"\nCONFIG_C=1\n\
                        # CONFIG_D is not set\nCONFIG_Z=y\n";
        assert_eq!(findings(fragment, resolved), Vec::<String>::new());
    }

    #[test]
    fn a_silently_dropped_request_is_found() {
        let found = findings("# why\nCONFIG_A=y\n", "CONFIG_B=y\n");
        assert_eq!(
            found,
            ["k.config:2: `CONFIG_A=y` was requested, the resolved configuration does not name the symbol \
              (a dependency is off, or this kernel has no such symbol)"]
        );
        assert_eq!(findings("CONFIG_A=\"\"\n", "").len(), 1);
    }

    #[test]
    fn another_value_is_found_with_what_is_there() {
        for (requested, resolved) in [
            ("CONFIG_A=y", "CONFIG_A=m"),
            ("CONFIG_A=y", "# CONFIG_A is not set"),
            ("# CONFIG_A is not set", "CONFIG_A=y"),
            ("CONFIG_A=1", "CONFIG_A=2"),
            ("CONFIG_A=\"\"", "CONFIG_A=\"certs/signing_key.pem\""),
        ] {
            let expected = format!(
                "k.config:1: `{requested}` was requested, the resolved configuration has `{resolved}`"
            );
            assert_eq!(findings(requested, resolved), [expected]);
        }
    }

    #[test]
    fn only_the_winning_request_is_judged() {
        let layers = Layers::merge(&[
            Fragment::parse("a", "CONFIG_A=y\n").unwrap(),
            Fragment::parse("b", "# CONFIG_A is not set\n").unwrap(),
        ]);
        assert!(check(&layers, &Resolved::parse(".config", "").unwrap()).is_empty());
    }
}
