// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whether the new version is under the terms of the old one: the licence texts in both archives of each source.
//!
//! ```text
//! old archive ─┐
//! new archive ─┴─▶ licence texts by path ─▶ those whose terms differ ─▶ what each was like, and is like now
//! ```
//! Compared is what a text grants and asks (`ashlar_sbom::terms`): years, holders and line breaks may move. A text that
//! only lies elsewhere now is the same; one that is new or gone is a difference.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{BufReader, Read};

use ashlar_debian::{ArchiveKind, Limits, read_members};
use ashlar_digest::SourceDigest;
use ashlar_recipe::{Recipe, Step, StepKind};
use ashlar_sbom::{KnownTexts, terms};

use super::upstream::Upstream;
use crate::failure::{Failure, chain};

/// What the name of a licence text begins with, in upper case; a word ends behind it, or behind a version: `COPYINGv2`.
const NAMES: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];
/// What else the name may end with, but for its ending: `MIT-LICENSE.txt`.
const LAST_WORDS: [&str; 3] = ["LICENSE", "LICENCE", "COPYING"];
/// Folders that hold nothing but such texts, in upper case.
const FOLDERS: [&str; 2] = ["LICENSES", "LICENCES"];
/// Endings of what is code, whatever its name begins with.
const CODE: [&str; 16] =
    ["ac", "am", "c", "cc", "cmake", "cpp", "go", "h", "in", "java", "js", "pl", "py", "rs", "sh", "ts"];
/// Where recipes install licence texts (docs/lints.md, `license-text`).
const INSTALLED: &str = "usr/share/licenses";

/// A source whose archive a bump replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replaced {
    /// Its name.
    pub(crate) source: String,
    pub(crate) old: SourceDigest,
    pub(crate) new: SourceDigest,
}

/// A licence text whose terms are others now. At least one side is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Changed {
    source: String,
    path: String,
    before: Option<String>,
    after: Option<String>,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, path, .. } = self;
        match (&self.before, &self.after) {
            (Some(before), Some(after)) if before == after => {
                write!(f, "source {source}: {path} is like {after} as before, in other words")
            }
            (Some(before), Some(after)) => {
                write!(f, "source {source}: {path} was like {before}, and is like {after} now")
            }
            (Some(before), None) => write!(f, "source {source}: {path} is gone; it was like {before}"),
            (None, after) => {
                let after = after.as_deref().unwrap_or_default();
                write!(f, "source {source}: {path} is new; it is like {after}")
            }
        }
    }
}

/// Every licence text of `recipe` that says something else in what replaces its sources.
///
/// # Errors
/// If an archive is not in the store, cannot be read, or is of a format that is not read.
pub(crate) fn changes(
    recipe: &Recipe,
    replaced: &[Replaced],
    upstream: &dyn Upstream,
) -> Result<Vec<Changed>, Failure> {
    let installed = installed(recipe);
    let mut found = Vec::new();
    for source in replaced.iter().filter(|source| source.old != source.new) {
        let before = texts(recipe, source, source.old, &installed, upstream)?;
        let after = texts(recipe, source, source.new, &installed, upstream)?;
        found.extend(differences(&source.source, &before, &after)?);
    }
    Ok(found)
}

/// The failure that `changed` is, unless it is empty.
pub(crate) fn refuse(recipe: &Recipe, version: &str, changed: &[Changed]) -> Result<(), Failure> {
    if changed.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = changed.iter().map(|one| format!("\n  {one}")).collect();
    Err(Failure::Finding {
        message: format!("move {} to {version}: its licence texts are not the same:{}", recipe.name, lines.concat()),
        help: Some(
            "read them; where the licence is another, correct `license` of the recipe; then give --accept-licences"
                .to_owned(),
        ),
    })
}

/// What steps of `recipe` install as licence texts, in the folder of a source.
fn installed(recipe: &Recipe) -> BTreeSet<String> {
    let steps = recipe.build.steps.iter().filter_map(|step| match step {
        Step::Typed(step) if step.kind == StepKind::Install => Some(&step.parameters),
        _ => None,
    });
    let texts =
        steps.filter(|step| step.get("to").into_iter().flatten().any(|folder| folder.starts_with(INSTALLED)));
    texts.filter_map(|step| step.get("files")).flatten().cloned().collect()
}

/// Whether a member of an archive is a licence text.
fn is_text(path: &str, installed: &BTreeSet<String>) -> bool {
    let named = |file: &String| {
        path.strip_suffix(file.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    };
    if installed.iter().any(named) {
        return true;
    }
    let upper = path.to_ascii_uppercase();
    let (folder, name) = upper.rsplit_once('/').unwrap_or(("", &upper));
    let is_code = path.rsplit_once('.').is_some_and(|(_, ending)| CODE.contains(&ending));
    let begins = |begin: &&str| {
        name.strip_prefix(*begin)
            .is_some_and(|rest| !without_version(rest).starts_with(|c: char| c.is_ascii_alphanumeric()))
    };
    let stem = name.split('.').next().unwrap_or_default();
    let ends = stem.rsplit(['-', '_']).next().is_some_and(|word| LAST_WORDS.contains(&word));
    !is_code && (NAMES.iter().any(begins) || ends || folder.split('/').any(|part| FOLDERS.contains(&part)))
}

/// What follows a version behind the name of a text, in upper case: `V2`, `3`.
fn without_version(rest: &str) -> &str {
    let digits = rest.strip_prefix('V').unwrap_or(rest);
    let behind = digits.trim_start_matches(|c: char| c.is_ascii_digit());
    if behind.len() < digits.len() { behind } else { rest }
}

/// The licence texts of one archive, by their paths without the folder that holds everything. What is one file has none.
fn texts(
    recipe: &Recipe,
    source: &Replaced,
    digest: SourceDigest,
    installed: &BTreeSet<String>,
    upstream: &dyn Upstream,
) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let what = || format!("compare the licence texts of source {} of {}", source.source, recipe.name);
    let open = || -> Result<Box<dyn Read>, Failure> {
        upstream.open(digest)?.ok_or_else(|| Failure::Finding {
            message: format!("{}: {digest} is not in the store", what()),
            help: Some(format!(
                "run `ashlar fetch {}` first; or read the new texts yourself, and give --accept-licences",
                recipe.name
            )),
        })
    };
    let unread = |reason: String| Failure::Finding {
        message: format!("{}: {digest}: {reason}", what()),
        help: Some(
            "read the texts in the old and in the new archive yourself; then give --accept-licences"
                .to_owned(),
        ),
    };
    match ArchiveKind::of(&source.source, open()?).map_err(|cause| unread(chain(&cause)))? {
        ArchiveKind::File => return Ok(BTreeMap::new()),
        ArchiveKind::Foreign(format) => {
            return Err(unread(format!("archives of the format {format} are not read")));
        }
        ArchiveKind::Tar => {}
    }
    let tops = RefCell::new(BTreeSet::new());
    let wanted = |path: &str| {
        let mut tops = tops.borrow_mut();
        if tops.len() < 2 {
            tops.insert(path.split_once('/').map_or("", |(top, _)| top).to_owned());
        }
        is_text(path, installed)
    };
    let members = read_members(&source.source, BufReader::new(open()?), &Limits::default(), &wanted)
        .map_err(|cause| unread(chain(&cause)))?;
    let tops = tops.into_inner();
    // The one folder that holds everything names the version.
    let top = tops.first().filter(|top| tops.len() == 1 && !top.is_empty()).map(|top| format!("{top}/"));
    let within = |path: String| match top.as_deref().and_then(|top| path.strip_prefix(top)) {
        Some(rest) => rest.to_owned(),
        None => path,
    };
    Ok(members.into_iter().map(|(path, text)| (within(path), text)).collect())
}

fn differences(
    source: &str,
    before: &BTreeMap<String, Vec<u8>>,
    after: &BTreeMap<String, Vec<u8>>,
) -> Result<Vec<Changed>, Failure> {
    let terms_of = |texts: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, String> {
        texts.iter().map(|(path, text)| (path.clone(), terms(text))).collect()
    };
    let (old, new) = (terms_of(before), terms_of(after));
    let (old_terms, new_terms): (BTreeSet<&String>, BTreeSet<&String>) =
        (old.values().collect(), new.values().collect());
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differs = |path: &&&String| match (old.get(**path), new.get(**path)) {
        (Some(old), Some(new)) => old != new,
        (Some(old), None) => !new_terms.contains(old),
        (None, new) => !new.is_some_and(|new| old_terms.contains(new)),
    };
    let paths: Vec<&String> = paths.iter().filter(differs).copied().collect();
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let known =
        KnownTexts::load().map_err(|cause| Failure::Finding { message: chain(&cause), help: None })?;
    let like = |text: &Vec<u8>| {
        let found = known.look(text);
        let names: Vec<&str> = found.names().into_iter().collect();
        if names.is_empty() { "no licence of the SPDX list".to_owned() } else { names.join(" and ") }
    };
    let changed = paths.into_iter().map(|path| Changed {
        source: source.to_owned(),
        path: path.clone(),
        before: before.get(path).map(like),
        after: after.get(path).map(like),
    });
    Ok(changed.collect())
}

#[cfg(test)]
mod tests;
