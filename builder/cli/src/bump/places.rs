// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where the source of another version should be, going by where that of this one is.

use ashlar_recipe::{DebianFile, SourceKind};

use super::version::substituted;

/// A place to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Located {
    /// URLs, each with the key that states it, what it was, and what it should be.
    Urls(Vec<(String, String, String)>),
    /// A file of a Debian source package of some version that the archive may have.
    Debian { file: DebianFile, old: String },
}

/// Where a source should be; the place that does not name the version, if there is one.
pub(crate) fn located(kind: &SourceKind, old: &str, new: &str) -> Result<Located, String> {
    match kind {
        SourceKind::Url { url, mirrors, .. } => {
            let mirrors: Vec<&str> = mirrors.iter().map(|mirror| mirror.as_str()).collect();
            of_url(url.as_str(), &mirrors, old, new)
        }
        SourceKind::Debian { file, .. } => of_debian(file, old, new),
        SourceKind::Crates { .. } | SourceKind::Go { .. } | SourceKind::Path { .. } => {
            Err("it has no place".to_owned())
        }
    }
}

pub(super) fn of_url(url: &str, mirrors: &[&str], old: &str, new: &str) -> Result<Located, String> {
    let keys =
        std::iter::once("url".to_owned()).chain((0..mirrors.len()).map(|index| format!("mirrors[{index}]")));
    let all = std::iter::once(url).chain(mirrors.iter().copied());
    let moved = keys.zip(all).map(|(key, url)| {
        // The host is no place for a version.
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = substituted(path, old, new).ok_or_else(|| url.to_owned())?;
        Ok((key, url.to_owned(), format!("{scheme}://{host}/{path}")))
    });
    moved.collect::<Result<Vec<_>, String>>().map(Located::Urls)
}

pub(super) fn of_debian(file: &DebianFile, old: &str, new: &str) -> Result<Located, String> {
    let named = substituted(&file.file, old, new);
    named
        .map(|_| Located::Debian { file: file.clone(), old: old.to_owned() })
        .ok_or_else(|| file.file.clone())
}
