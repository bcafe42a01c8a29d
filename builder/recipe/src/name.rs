// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Names: one type for each kind of thing that has one, so that they cannot be mixed up.
//!
//! Two alphabets: upstream things (recipes, sources) are named as Debian names packages, `[a-z0-9][a-z0-9+._-]*`;
//! our own things (outputs, seed sets, images, variants) are `[a-z][a-z0-9-]*`. Both have at most 64 characters,
//! so that every name can be a file name and a part of a log line.

use std::fmt;
use std::str::FromStr;

use crate::code::Code;
use crate::error::Invalid;

const MAX_LENGTH: usize = 64;

fn check(text: &str, what: &str, first: fn(char) -> bool, rest: fn(char) -> bool) -> Result<(), Invalid> {
    let wrong = |reason: String| Err(Invalid::new(Code::Name, format!("{text:?} is no {what}: {reason}")));
    if text.is_empty() {
        return wrong("it is empty".to_owned());
    }
    if text.chars().count() > MAX_LENGTH {
        return wrong(format!("it has more than {MAX_LENGTH} characters"));
    }
    for (index, character) in text.chars().enumerate() {
        let allowed = if index == 0 { first(character) } else { rest(character) };
        if !allowed {
            let place = if index == 0 { "begin with" } else { "hold" };
            return wrong(format!("it cannot {place} {character:?}"));
        }
    }
    Ok(())
}

fn check_upstream(text: &str, what: &str) -> Result<(), Invalid> {
    let first = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+._-".contains(c);
    check(text, what, first, rest)
        .map_err(|invalid| invalid.help("use lowercase letters, digits, `+`, `.`, `_` and `-`"))
}

fn check_own(text: &str, what: &str) -> Result<(), Invalid> {
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    check(text, what, |c| c.is_ascii_lowercase(), rest)
        .map_err(|invalid| invalid.help("use lowercase letters, digits and `-`, and begin with a letter"))
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks `text`.
            ///
            /// # Errors
            /// If it is empty, too long, or holds a character that such a name cannot hold.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                $check(text, $what)?;
                Ok(Self(text.to_owned()))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                Self::parse(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
    };
}

name! {
    /// The name of a recipe, such as `libmnl`.
    RecipeName, "recipe name", check_upstream
}
name! {
    /// The name of a source inside its recipe; it appears as `/sources/<name>`.
    SourceName, "source name", check_upstream
}
name! {
    /// The name of an output of a recipe, such as `runtime`.
    OutputName, "output name", check_own
}
name! {
    /// The name of a seed set, such as `toolchain`.
    SetName, "seed set name", check_own
}
name! {
    /// The name of an image, such as `qemu`.
    ImageName, "image name", check_own
}
name! {
    /// The name of an extension of an image, such as `writeboost`.
    ExtensionName, "extension name", check_own
}
name! {
    /// The name of a container that is built with an image.
    ContainerName, "container name", check_own
}
name! {
    /// The name of a service of an image, such as `containerd`.
    ServiceName, "service name", check_own
}
name! {
    /// The name of a variant of recipes, such as `debug`.
    VariantName, "variant name", check_own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_alphabet_holds_what_it_says() {
        for good in ["libmnl", "gtk+3.0", "7zip", "a_b", "linux-6.12"] {
            assert_eq!(RecipeName::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "-a", "A", "a b", "a/b", "a:b", "..", "ä", "a\n", &"a".repeat(65)] {
            assert!(RecipeName::parse(bad).is_err(), "{bad:?}");
        }
        for bad in ["", "7zip", "a.b", "a_b", "-a"] {
            assert!(OutputName::parse(bad).is_err(), "{bad:?}");
        }
    }
}
