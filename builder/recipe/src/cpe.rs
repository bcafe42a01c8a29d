// SPDX-License-Identifier: Apache-2.0 OR MIT
//! CPE 2.3 names: how vulnerability databases call a product.
//!
//! Format: NISTIR 7695, §6.2 (formatted string binding) and figure 6-3 (its grammar): `cpe:2.3:` and eleven
//! components separated by colons. A component is `*` (any), `-` (not applicable), or text in which everything
//! but letters, digits, `_`, `-` and `.` is escaped by a backslash; `?` and `*` may stand unescaped at its ends.

use std::fmt;

use crate::code::Code;
use crate::error::Invalid;

const PREFIX: &str = "cpe:2.3:";
const COMPONENTS: [&str; 11] = [
    "part",
    "vendor",
    "product",
    "version",
    "update",
    "edition",
    "language",
    "sw_edition",
    "target_sw",
    "target_hw",
    "other",
];

/// Which component is the version.
const VERSION: usize = 3;

/// A checked CPE 2.3 formatted string.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cpe {
    text: String,
    components: Vec<String>,
}

impl Cpe {
    /// Checks `text`.
    ///
    /// # Errors
    /// Names the component that is wrong. Vendor and product must be stated: a name that matches everything
    /// would match nothing that anybody means.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let Some(rest) = text.strip_prefix(PREFIX) else {
            return Err(wrong(text, format!("it does not begin with `{PREFIX}`")));
        };
        let components = split(rest);
        if components.len() != COMPONENTS.len() {
            let found = components.len();
            return Err(wrong(text, format!("it has {found} components after `{PREFIX}`, not 11")).help(
                "write cpe:2.3:<a|o|h>:<vendor>:<product>:<version> and seven more, `*` where there is nothing to say",
            ));
        }
        for (name, component) in COMPONENTS.iter().zip(&components) {
            check(name, component).map_err(|reason| wrong(text, format!("its {name} {reason}")))?;
        }
        Ok(Self { text: text.to_owned(), components })
    }

    /// The same for another version, escaped as needed.
    ///
    /// # Errors
    /// If no name can hold the version.
    pub fn with_version(&self, version: &str) -> Result<Self, Invalid> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let escaped =
            version.chars().flat_map(|c| (!plain(c)).then_some('\\').into_iter().chain([c])).collect();
        let mut components = self.components.clone();
        components[VERSION] = escaped;
        Self::parse(&format!("{PREFIX}{}", components.join(":")))
    }

    /// The whole string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The vendor without escapes.
    #[must_use]
    pub fn vendor(&self) -> String {
        unescape(&self.components[1])
    }

    /// The product without escapes.
    #[must_use]
    pub fn product(&self) -> String {
        unescape(&self.components[2])
    }

    /// The version without escapes, if the name states one.
    #[must_use]
    pub fn version(&self) -> Option<String> {
        let version = &self.components[VERSION];
        (version != "*" && version != "-").then(|| unescape(version))
    }
}

fn wrong(text: &str, reason: String) -> Invalid {
    Invalid::new(Code::Cpe, format!("{text:?} is no CPE 2.3 name: {reason}"))
}

fn split(rest: &str) -> Vec<String> {
    let mut components = vec![String::new()];
    let mut escaped = false;
    for character in rest.chars() {
        if character == ':' && !escaped {
            components.push(String::new());
            continue;
        }
        escaped = character == '\\' && !escaped;
        if let Some(last) = components.last_mut() {
            last.push(character);
        }
    }
    components
}

fn check(name: &str, component: &str) -> Result<(), String> {
    match component {
        "" => return Err("is empty; write `*` where there is nothing to say".to_owned()),
        "*" | "-" if matches!(name, "part" | "vendor" | "product") => {
            return Err("must be stated".to_owned());
        }
        "*" | "-" => return Ok(()),
        _ => {}
    }
    if name == "part" && !matches!(component, "a" | "o" | "h") {
        return Err(format!("is {component:?}; it must be `a`, `o` or `h`"));
    }
    if name == "language" && !is_language(component) {
        return Err(format!("{component:?} is no language tag of two or three letters and a region"));
    }
    // Wildcards are one `*` or a run of `?` at either end; what is between is literal.
    let inner = strip_wildcard_end(strip_wildcard_start(component));
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            'a'..='z' | '0'..='9' | '_' | '-' | '.' => {}
            '\\' => match characters.next() {
                Some(next) if next.is_ascii_punctuation() => {}
                _ => return Err("has a backslash before something that needs none".to_owned()),
            },
            'A'..='Z' => return Err("has an uppercase letter; names are lowercase".to_owned()),
            other => return Err(format!("has an unescaped {other:?}; write `\\{other}`")),
        }
    }
    Ok(())
}

fn strip_wildcard_start(component: &str) -> &str {
    component.strip_prefix('*').unwrap_or_else(|| component.trim_start_matches('?'))
}

fn strip_wildcard_end(component: &str) -> &str {
    let stripped = component.strip_suffix('*').unwrap_or_else(|| component.trim_end_matches('?'));
    // An escaped one is literal and belongs to the text.
    let backslashes = stripped.len() - stripped.trim_end_matches('\\').len();
    if stripped.len() < component.len() && backslashes % 2 == 1 { component } else { stripped }
}

fn is_language(text: &str) -> bool {
    let (language, region) =
        text.split_once('-').map_or((text, None), |(language, region)| (language, Some(region)));
    let letters = |text: &str| text.chars().all(|c| c.is_ascii_lowercase());
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    matches!(language.len(), 2 | 3)
        && letters(language)
        && region.is_none_or(|region| {
            (region.len() == 2 && letters(region)) || (region.len() == 3 && digits(region))
        })
}

fn unescape(component: &str) -> String {
    let mut out = String::new();
    let mut escaped = false;
    for character in component.chars() {
        if character == '\\' && !escaped {
            escaped = true;
        } else {
            escaped = false;
            out.push(character);
        }
    }
    out
}

impl fmt::Display for Cpe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Cpe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_specification_and_of_the_database_are_read() {
        for good in [
            "cpe:2.3:o:linux:linux_kernel:6.12.107:*:*:*:*:*:*:*",
            "cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*",
            "cpe:2.3:a:hp:insight_diagnostics:7.4.0.1570:-:*:*:online:win2003:x64:*",
            "cpe:2.3:a:foo\\\\bar:big\\$money_2010:*:*:*:*:special:ipod_touch:80gb:*",
            "cpe:2.3:a:netfilter:libmnl:1.0.5:*:*:en-us:*:*:*:*",
            "cpe:2.3:a:rust-lang:rust:1.8?:*:*:*:*:*:*:*",
        ] {
            assert_eq!(Cpe::parse(good).unwrap().as_str(), good);
        }
        let cpe = Cpe::parse("cpe:2.3:a:a\\:b:c\\+\\+:1.0\\~rc1:*:*:*:*:*:*:*").unwrap();
        assert_eq!((cpe.vendor(), cpe.product()), ("a:b".to_owned(), "c++".to_owned()));
        assert_eq!(cpe.version().as_deref(), Some("1.0~rc1"));
    }

    #[test]
    fn another_version_leaves_all_else() {
        let cpe = Cpe::parse("cpe:2.3:a:a\\:b:c\\+\\+:1.0:*:*:*:*:*:*:*").unwrap();
        let other = cpe.with_version("1.1+rc~1").unwrap();
        assert_eq!(other.as_str(), "cpe:2.3:a:a\\:b:c\\+\\+:1.1\\+rc\\~1:*:*:*:*:*:*:*");
        assert_eq!(other.version().as_deref(), Some("1.1+rc~1"));
    }

    #[test]
    fn what_no_database_would_match_is_refused() {
        for (bad, part) in [
            ("cpe:/a:netfilter:libmnl:1.0.5", "begin with"),
            ("cpe:2.3:a:netfilter:libmnl:1.0.5:*:*:*:*:*:*", "10 components"),
            ("cpe:2.3:x:netfilter:libmnl:1.0.5:*:*:*:*:*:*:*", "its part"),
            ("cpe:2.3:a:*:libmnl:1.0.5:*:*:*:*:*:*:*", "its vendor must be stated"),
            ("cpe:2.3:a:netfilter::1.0.5:*:*:*:*:*:*:*", "its product is empty"),
            ("cpe:2.3:a:Netfilter:libmnl:1.0.5:*:*:*:*:*:*:*", "uppercase"),
            ("cpe:2.3:a:netfilter:lib mnl:1.0.5:*:*:*:*:*:*:*", "unescaped ' '"),
            ("cpe:2.3:a:netfilter:libmnl:1.*.5:*:*:*:*:*:*:*", "unescaped '*'"),
            ("cpe:2.3:a:netfilter:libmnl:1.0\\", "components"),
            ("cpe:2.3:a:netfilter:libmnl:1.0.5:*:*:english:*:*:*:*", "language"),
        ] {
            let message = Cpe::parse(bad).unwrap_err().message;
            assert!(message.contains(part), "{bad}: {message}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_fail_otherwise(text in "\\PC*") {
            let _ = Cpe::parse(&format!("{PREFIX}{text}")).is_ok();
        }
    }
}
