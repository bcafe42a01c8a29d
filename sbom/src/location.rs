// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where something can be had or read about: an absolute URI, which may name a way to get it (`git+https://…`, SPDX 2.3 §7.7).

use std::fmt;

/// An absolute URI (RFC 3986) in ASCII.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location(String);

impl Location {
    /// Checks `text`; `None` where it is no absolute URI.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once(':')?;
        let scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=%#".contains(&byte);
        let escapes = rest
            .split('%')
            .skip(1)
            .all(|after| after.len() >= 2 && after.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()));
        let fits = scheme && !rest.is_empty() && rest.bytes().all(fits) && escapes;
        (fits && rest.matches('#').count() <= 1).then(|| Self(text.to_owned()))
    }

    /// The URI as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_uris_are_locations_and_nothing_else_is() {
        for good in
            ["https://musl.libc.org/", "git+https://a.example/x.git@v1#sub", "urn:x:y", "https://a/%20?b=c"]
        {
            assert_eq!(Location::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "NOASSERTION",
            "musl.libc.org",
            "https:",
            ":x",
            "1a:b",
            "https://a b",
            "https://a/%2",
            "a:b#c#d",
            "a:ö",
            "a:\"b\"",
        ] {
            assert_eq!(Location::parse(bad), None, "{bad}");
        }
    }
}
