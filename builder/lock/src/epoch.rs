// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Source epochs: the newest date inside a recipe's own archives.
//!
//! `path` sources have no dates that mean anything, and crates and Go modules carry constant ones; none of them counts.

use ashlar_debian::{Limits, newest_mtime};
use ashlar_digest::BlobDigest;
use ashlar_fetch::Request;
use ashlar_recipe::{Recipe, SourceKind};

use crate::{Locker, LockerError};

/// The epoch of `recipe`, or `None` if none of its sources is an archive.
pub(crate) fn of_recipe(locker: &Locker<'_>, recipe: &Recipe) -> Result<Option<u64>, LockerError> {
    let mut newest = None;
    for source in &recipe.sources {
        let digest = match &source.kind {
            SourceKind::Debian { digest, .. } => *digest,
            SourceKind::Url { url, mirrors, digest, .. } => {
                let urls = std::iter::once(url).chain(mirrors).map(|url| url.as_str().to_owned()).collect();
                let request = Request { digest: *digest, size: None, name: url.as_str().to_owned(), urls };
                if let Some(missing) = locker.bring(vec![request])?.first() {
                    let known = "none of its URLs has it".to_owned();
                    let (package, version) = (recipe.name.to_string(), recipe.version.clone());
                    return Err(LockerError::NoSource {
                        recipe: package.clone(),
                        package,
                        version,
                        file: missing.name.clone(),
                        known,
                    });
                }
                *digest
            }
            SourceKind::Crates { .. } | SourceKind::Go { .. } | SourceKind::Path { .. } => continue,
        };
        let stored = |cause| LockerError::Store { cause: Box::new(cause) };
        let file = locker.store.open_blob(BlobDigest::new(digest.sha256())).map_err(stored)?;
        let what = format!("source {} of recipe {}", source.name, recipe.name);
        // A source that is no archive (a single file) has no date of its own.
        match newest_mtime(&what, std::io::BufReader::new(file), &Limits::default()) {
            Ok(found) => newest = newest.max(Some(found)),
            Err(cause) if is_archive(&source.kind) => {
                return Err(LockerError::Format { what, cause: Box::new(cause) });
            }
            Err(_) => {}
        }
    }
    Ok(newest)
}

/// Whether a source of `recipe` is an archive, so that it has an epoch of its own.
pub(crate) fn has_archive(recipe: &Recipe) -> bool {
    recipe.sources.iter().any(|source| is_archive(&source.kind))
}

/// Whether a source is a tar archive by its name; what else is fetched is one file.
#[must_use]
pub fn is_archive(kind: &SourceKind) -> bool {
    let name = match kind {
        SourceKind::Debian { file, .. } => Some(file.file.as_str()),
        SourceKind::Url { url, .. } => url.file_name(),
        _ => None,
    };
    name.is_some_and(|name| {
        name.contains(".tar") || [".tgz", ".txz", ".tbz2"].iter().any(|end| name.ends_with(end))
    })
}
