// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A recipe for another version of the same thing: version, cpe, purl, and where each source is and what it hashes to.
//!
//! ```text
//! Recipe + new version ─▶ places of the new sources ─Upstream─▶ their digests ─▶ Bump: key path → text, notes ─▶ new file
//! ```
//! Only the texts at key paths are replaced, so comments and form stay as they are.

pub(crate) mod licences;
mod places;
mod upstream;
mod version;

use ashlar_recipe::{Document, Recipe, Signature, Source, SourceFile, SourceKind};

use licences::Replaced;
#[cfg(test)]
use places::Located;
use places::located;
#[cfg(test)]
pub(crate) use upstream::debian_file;
pub(crate) use upstream::{Network, Upstream};
use version::mentions;
#[cfg(test)]
use version::substituted;

use crate::failure::Failure;

/// What changes in a recipe's file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bump {
    /// Key path and new text, in the order of the file.
    pub(crate) changes: Vec<(String, String)>,
    /// What a person has to know or to do.
    pub(crate) notes: Vec<String>,
    /// The sources that are replaced.
    pub(crate) replaced: Vec<Replaced>,
}

impl Bump {
    /// What has to change for `recipe` to become `version`. `upstream` brings the new sources.
    pub(crate) fn of(
        recipe: &Recipe,
        document: &Document,
        version: &str,
        upstream: &dyn Upstream,
    ) -> Result<Self, Failure> {
        let mut bump = Self::default();
        bump.change("recipe.version", &recipe.version, version);
        let invalid = |cause: ashlar_recipe::Invalid| Failure::Usage {
            message: format!("use the version {version:?}: {}", cause.message),
            help: cause.help,
        };
        if let Some(cpe) = &recipe.cpe {
            bump.change("recipe.cpe", cpe.as_str(), cpe.with_version(version).map_err(invalid)?.as_str());
        }
        if recipe.purl.version().is_some() {
            let purl = recipe.purl.with_version(version).map_err(invalid)?;
            bump.change("recipe.purl", recipe.purl.as_str(), purl.as_str());
        }
        let mut fetched = Vec::new();
        let mut fixed = Vec::new();
        for (index, source) in recipe.sources.iter().enumerate() {
            match bump.source(recipe, index, source, version, upstream)? {
                Moved::Yes => fetched.push(source),
                Moved::No(place) => fixed.push(format!("source {}: {place}", source.name)),
                Moved::Never => {}
            }
        }
        if fetched.is_empty() && !fixed.is_empty() {
            return Err(Failure::Finding {
                message: format!(
                    "find the version {} in where the sources of {} are:\n  {}",
                    recipe.version,
                    recipe.name,
                    fixed.join("\n  ")
                ),
                help: Some(
                    "write the new place and its sha256 by hand; `ashlar fetch` checks them".to_owned(),
                ),
            });
        }
        bump.notes.extend(
            fixed.into_iter().map(|place| format!("{place} does not name the version, and stays as it is")),
        );
        bump.notes.extend(left_behind(&bump.rewritten(document)?, &recipe.version, version));
        Ok(bump)
    }

    /// The new text of the file.
    pub(crate) fn rewritten(&self, document: &Document) -> Result<SourceFile, Failure> {
        let text = document.rewritten(&self.changes).map_err(|key| Failure::Finding {
            message: format!("rewrite {} in {}: it is no text of one line", key, document.file().path()),
            help: Some("write it as a plain string, and try again".to_owned()),
        })?;
        Ok(SourceFile::new(document.file().path(), text))
    }

    fn change(&mut self, key_path: &str, before: &str, after: &str) {
        if before != after {
            self.changes.push((key_path.to_owned(), after.to_owned()));
        }
    }

    fn source(
        &mut self,
        recipe: &Recipe,
        index: usize,
        source: &Source,
        version: &str,
        upstream: &dyn Upstream,
    ) -> Result<Moved, Failure> {
        let path = format!("source[{index}]");
        let (digest, openpgp) = match &source.kind {
            SourceKind::Url { digest, openpgp, .. } | SourceKind::Debian { digest, openpgp, .. } => {
                (digest, openpgp)
            }
            SourceKind::Go { module, .. } => {
                self.notes.push(go_note(recipe, module.as_str(), version));
                return Ok(Moved::Never);
            }
            SourceKind::Crates { lock, package } => {
                self.notes.push(format!(
                    "source {}: the crates of {package} are those of {lock}; move them there by `cargo update`",
                    source.name
                ));
                return Ok(Moved::Never);
            }
            SourceKind::Path { .. } => return Ok(Moved::Never),
        };
        let located = match located(&source.kind, &recipe.version, version) {
            Ok(located) => located,
            Err(place) => return Ok(Moved::No(place)),
        };
        let new = upstream.find(&located, version)?;
        self.notes.extend(new.note.map(|note| format!("source {}: {note}", source.name)));
        for (key, before, after) in new.texts {
            self.change(&format!("{path}.{key}"), &before, &after);
        }
        self.change(&format!("{path}.sha256"), &digest.to_string(), &new.digest.to_string());
        self.replaced.push(Replaced { source: source.name.to_string(), old: *digest, new: new.digest });
        if let Some(openpgp) = openpgp {
            self.signature(&path, &openpgp.signature, recipe, version, upstream)?;
            self.notes.push(format!("source {}: its signature is judged by `ashlar lock`", source.name));
        }
        Ok(Moved::Yes)
    }

    fn signature(
        &mut self,
        path: &str,
        signature: &Signature,
        recipe: &Recipe,
        version: &str,
        upstream: &dyn Upstream,
    ) -> Result<(), Failure> {
        let (digest, located) = match signature {
            Signature::Url { url, digest } => {
                (digest, places::of_url(url.as_str(), &[], &recipe.version, version))
            }
            Signature::Debian { file, digest } => (digest, places::of_debian(file, &recipe.version, version)),
        };
        let located = located.map_err(|place| Failure::Finding {
            message: format!("find the version {} in the place of the signature, {place}", recipe.version),
            help: Some("write the signature's new place and sha256 by hand".to_owned()),
        })?;
        let new = upstream.find(&located, version)?;
        for (key, before, after) in new.texts {
            self.change(&format!("{path}.openpgp.signature.{key}"), &before, &after);
        }
        self.change(
            &format!("{path}.openpgp.signature.sha256"),
            &digest.to_string(),
            &new.digest.to_string(),
        );
        Ok(())
    }
}

/// Whether a source is another in the new version.
enum Moved {
    Yes,
    /// Its place, which does not name the version.
    No(String),
    /// It is of a kind that has no version of its own.
    Never,
}

/// The modules of a go.sum are moved by Go alone: it judges what it writes there.
fn go_note(recipe: &Recipe, module: &str, version: &str) -> String {
    let folder = module.rsplit_once('/').map_or(".", |(folder, _)| folder);
    let name =
        recipe.purl.as_str().strip_prefix("pkg:golang/").and_then(|rest| rest.split(['@', '?', '#']).next());
    let name = name.unwrap_or("MODULE").replace("%2F", "/");
    let version = if version.starts_with('v') { version.to_owned() } else { format!("v{version}") };
    format!(
        "modules: run `go get {name}@{version}` and `go mod tidy` in {folder}; that rewrites go.mod and go.sum"
    )
}

/// Lines that speak of the old version still, such as a test that asks the program for it.
fn left_behind(file: &SourceFile, old: &str, new: &str) -> Vec<String> {
    if old == new {
        return Vec::new();
    }
    let lines = file.text().lines().zip(1..).filter(|(line, _)| mentions(line, old));
    lines
        .map(|(line, number)| format!("{}:{number} says {old} still: {}", file.path(), line.trim()))
        .collect()
}

#[cfg(test)]
mod tests;
