// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `[[source.patch]]`: what a patch is for, and what upstream makes of it. An SBOM says of each patch which vulnerabilities it mends, so
//! what applies patches has to say it of each.
//! Syntax: docs/recipe-format.md, "patches".

use ashlar_tree::TreePath;

use crate::code::Code;
use crate::error::Invalid;
use crate::location::{Url, tree_path};
use crate::read::{Scope, line, text};

/// One patch of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// The file inside the source; `None` where the source is the patch itself.
    pub file: Option<TreePath>,
    /// The vulnerabilities that it mends, as `CVE-<year>-<number>`.
    pub fixes: Vec<String>,
    /// What upstream makes of it.
    pub upstream: UpstreamStatus,
    /// The commit, change request or thread.
    pub reference: Option<Url>,
    /// Why it is there; an own patch has to say it.
    pub because: Option<String>,
}

/// What upstream makes of a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamStatus {
    /// It comes from upstream, whose next versions have it.
    Backport,
    /// It was sent there.
    Submitted,
    /// It is not meant for upstream.
    Own,
}

impl UpstreamStatus {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Backport => "backport",
            Self::Submitted => "submitted",
            Self::Own => "own",
        }
    }

    fn parse(found: &str) -> Result<Self, Invalid> {
        match found {
            "backport" => Ok(Self::Backport),
            "submitted" => Ok(Self::Submitted),
            "own" => Ok(Self::Own),
            _ => Err(Invalid::new(Code::Choice, format!("{found:?} is no state of a patch")).help(
                "write \"backport\" (upstream has it), \"submitted\" (upstream was sent it) or \"own\"",
            )),
        }
    }
}

impl Patch {
    pub(crate) fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let file = scope.optional("file", text(tree_path));
        let fixes = scope.array_of("fixes", cve);
        let upstream = scope.required("upstream", text(UpstreamStatus::parse));
        let reference = scope.optional("reference", text(Url::parse));
        let because = scope.optional("because", text(line));
        if upstream == Some(UpstreamStatus::Own) && !scope.has("because") {
            let message = "a patch of our own does not say why it is there";
            scope.report("upstream", Invalid::new(Code::Patch, message).help("add `because = \"…\"`"));
        }
        Some(Self { file, fixes: fixes?, upstream: upstream?, reference, because })
    }
}

/// The identifier of a CVE record (CVE record format 5.1, `cveId`).
fn cve(found: &str) -> Result<String, Invalid> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = found.strip_prefix("CVE-").and_then(|rest| rest.split_once('-'));
    match parts {
        Some((year, number))
            if year.len() == 4 && digits(year) && (4..=19).contains(&number.len()) && digits(number) =>
        {
            Ok(found.to_owned())
        }
        _ => Err(Invalid::new(Code::Name, format!("{found:?} is no identifier of a CVE"))
            .help("write it as in \"CVE-2025-26519\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_of_a_cve_has_one_form() {
        assert!(cve("CVE-2025-26519").is_ok() && cve("CVE-1999-0001").is_ok());
        for bad in [
            "",
            "CVE-2025-",
            "CVE-2025-123",
            "CVE-25-1234",
            "cve-2025-1234",
            "CVE-2025-12a4",
            "CVE-2025-1234-5",
        ] {
            assert!(cve(bad).is_err(), "{bad}");
        }
    }
}
