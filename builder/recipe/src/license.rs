// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Licences as SPDX expressions (SPDX 2.3, annex D), with identifiers of the published list only.

use std::fmt;

use crate::code::Code;
use crate::error::Invalid;
use crate::suggest::nearest;

/// A checked SPDX licence expression.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct License(String);

impl License {
    /// Checks `text`.
    ///
    /// # Errors
    /// If it is no expression, or names an identifier that is not on the list or is deprecated there.
    /// `LicenseRef-…` is accepted; `NONE` and `NOASSERTION` are not: whoever builds it must know.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if matches!(text, "NONE" | "NOASSERTION") {
            return Err(Invalid::new(
                Code::License,
                format!("`{text}` is what one says of somebody else's work"),
            )
            .help("read the licence; one that has no SPDX identifier is written `LicenseRef-<name>`"));
        }
        match spdx::Expression::parse(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(cause) => {
                let part = text.get(cause.span.clone()).unwrap_or_default().trim();
                let place = if part.is_empty() || part == text.trim() {
                    String::new()
                } else {
                    format!(" at {part:?}")
                };
                let invalid = Invalid::new(
                    Code::License,
                    format!("{text:?} is no SPDX licence expression: {}{place}", reason(&cause.reason)),
                );
                let is_list = text.contains([',', ';', '/']);
                Err(invalid.help(if is_list { JOINED.to_owned() } else { help(part) }))
            }
        }
    }

    /// The expression as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn reason(reason: &spdx::error::Reason) -> String {
    use spdx::error::Reason;
    match reason {
        Reason::UnknownLicense | Reason::UnknownTerm => "it is not on the SPDX list".to_owned(),
        Reason::UnknownException => "an exception that is not on the SPDX list".to_owned(),
        Reason::InvalidCharacters => "a character that expressions cannot hold".to_owned(),
        Reason::UnclosedParens | Reason::UnopenedParens => "a bracket without its partner".to_owned(),
        Reason::Empty => "it is empty".to_owned(),
        Reason::Unexpected(expected) => format!("expected one of {}", expected.join(", ")),
        Reason::SeparatedPlus => "a space before `+`".to_owned(),
        Reason::GnuNoPlus | Reason::GnuPlusWithSuffix => {
            "GNU licences end in `-only` or `-or-later`, never in `+`".to_owned()
        }
        Reason::DeprecatedLicenseId => "a deprecated identifier".to_owned(),
    }
}

/// What to write instead of a list.
const JOINED: &str = "several licences are joined by `AND` or `OR`";

fn help(part: &str) -> String {
    const OTHERS: &str =
        "identifiers are listed at https://spdx.org/licenses; others are written `LicenseRef-<name>`";
    let known = |name: &str| spdx::license_id(name).is_some();
    // `GPL-2` is `GPL-2.0` to everybody but the list.
    let version = part.trim_end_matches('+');
    for base in [version.to_owned(), format!("{version}.0")] {
        let (only, later) = (format!("{base}-only"), format!("{base}-or-later"));
        if known(&only) && known(&later) {
            return format!("say `{only}` or `{later}`");
        }
    }
    let names = || spdx::identifiers::LICENSES.iter().map(|license| license.name);
    let current = |name: &&str| spdx::license_id(name).is_some_and(|id| !id.is_deprecated());
    if let Some(name) = names().find(|name| name.eq_ignore_ascii_case(part)) {
        return format!("did you mean `{name}`?");
    }
    // Letters in front of the first digit or hyphen name the family; a name of another is no better for being near.
    let family: String = part.chars().take_while(char::is_ascii_alphabetic).collect();
    let of_family = |name: &&str| {
        !family.is_empty()
            && name.get(..family.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(&family))
            && !name[family.len()..].starts_with(|c: char| c.is_ascii_alphabetic())
    };
    let relatives: Vec<&str> = names().filter(current).filter(of_family).collect();
    match (nearest(part, relatives.iter().copied()), &relatives[..]) {
        (Some(name), _) => format!("did you mean `{name}`?"),
        (None, []) => nearest(part, names().filter(current))
            .map_or_else(|| OTHERS.to_owned(), |name| format!("did you mean `{name}`?")),
        (None, relatives) => {
            let shown: Vec<String> = relatives.iter().take(5).map(|name| format!("`{name}`")).collect();
            format!(
                "of that family there is {}; all are listed at https://spdx.org/licenses",
                shown.join(", ")
            )
        }
    }
}

impl fmt::Display for License {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for License {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_checked_against_the_list() {
        for good in [
            "MIT",
            "LGPL-2.1-or-later",
            "Apache-2.0 OR MIT",
            "GPL-2.0-only WITH Linux-syscall-note",
            "(MIT AND BSD-3-Clause) OR LicenseRef-public-domain",
        ] {
            assert_eq!(License::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "NONE", "NOASSERTION", "Bogus-1.0", "GPL-2.0", "GPL-2.0+", "MIT OR", "MIT/Apache-2.0"]
        {
            assert!(License::parse(bad).is_err(), "{bad:?}");
        }
        let help = License::parse("Apache-2").unwrap_err().help.unwrap();
        assert!(help.contains("Apache-2.0"), "{help}");
        for (text, expected) in [
            ("GPL-2.0+", "GPL-2.0-or-later"),
            ("GPL-2", "`GPL-2.0-only`"),
            ("GPL-2.0-or-latr", "did you mean `GPL-2.0-or-later`?"),
            ("mit", "did you mean `MIT`?"),
            ("BSD", "`BSD-1-Clause`, `BSD-2-Clause`"),
            ("BSD-2-Claus", "did you mean `BSD-2-Clause`?"),
            ("BSD-2-Clause, GPL-2.0+", "`AND` or `OR`"),
            ("Bogus-1.0", "LicenseRef-<name>"),
        ] {
            let help = License::parse(text).unwrap_err().help.unwrap();
            assert!(help.contains(expected), "{text}: {help}");
        }
    }
}
