// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How an artifact is named on the command line, and found.
//!
//! ```text
//! musl:dev                  what the recipes of this project give now
//! musl:dev@0014768…         what that derivation gave; `ashlar why` and `ashlar rebuild` print derivations
//! 69bebaaf57fefa14…         a tree of the store, as `ashlar build` prints it
//! ./folder  /some/file      anything with a `/`, or that is there and is called like nothing above
//! ```
//! Derivations and trees may be cut to eight digits or more.

use std::path::{Path, PathBuf};

use ashlar_compare::{CompareError, Side};
use ashlar_digest::TreeDigest;
use ashlar_plan::Port;
use ashlar_recipe::OutputRef;
use ashlar_store::{Store, Survey};
use ashlar_tree::Tree;

use crate::arguments::Global;
use crate::failure::{Failure, chain};
use crate::outlook::Outlook;
use crate::session::{Goal, Session, open_store};
use crate::terminal::Terminal;

/// The fewest digits of a digest that count as one.
const DIGITS: usize = 8;

/// An artifact as somebody called it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Path(PathBuf),
    /// The first digits of a tree's digest.
    Tree(String),
    Output {
        output: OutputRef,
        derivation: Option<String>,
    },
}

/// An artifact that was found.
pub(crate) enum Artifact {
    Tree { store: Store, tree: Tree },
    Folder(PathBuf),
    File(PathBuf),
}

impl Name {
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let path = Path::new(text);
        if text.contains('/') || matches!(text, "." | "..") {
            return Ok(Self::Path(path.to_owned()));
        }
        let (name, derivation) = match text.split_once('@') {
            Some((name, derivation)) => (name, Some(derivation)),
            None => (text, None),
        };
        if let Ok(output) = OutputRef::parse(name)
            && derivation.is_none_or(is_digits)
        {
            return Ok(Self::Output { output, derivation: derivation.map(str::to_owned) });
        }
        if is_digits(text) {
            return Ok(Self::Tree(text.to_owned()));
        }
        if path.exists() {
            return Ok(Self::Path(path.to_owned()));
        }
        Err(Failure::Usage {
            message: format!("find {text:?}"),
            help: Some(
                "name a folder or file, an output as `recipe:output` or `recipe:output@DERIVATION`, or a tree by its digest"
                    .to_owned(),
            ),
        })
    }

    pub(crate) fn find(&self, global: &Global, terminal: &Terminal) -> Result<Artifact, Failure> {
        match self {
            Self::Path(path) if path.is_dir() => Ok(Artifact::Folder(path.clone())),
            Self::Path(path) if path.is_file() => Ok(Artifact::File(path.clone())),
            Self::Path(path) => Err(Failure::Usage {
                message: format!("find {}: there is neither a file nor a folder", path.display()),
                help: None,
            }),
            Self::Tree(digits) => {
                let store = open_store(global, terminal)?;
                let digest = whole_tree(&store, digits)?;
                let tree = store.get_tree(digest)?;
                Ok(Artifact::Tree { store, tree })
            }
            Self::Output { output, derivation: Some(digits) } => {
                let store = open_store(global, terminal)?;
                let tree = store.get_tree(of_derivation(&store, output, digits)?)?;
                Ok(Artifact::Tree { store, tree })
            }
            Self::Output { output, derivation: None } => as_it_is_now(global, terminal, output),
        }
    }
}

impl Artifact {
    pub(crate) const fn is_folder(&self) -> bool {
        matches!(self, Self::Folder(_))
    }

    /// For a comparison. `plain` takes of a folder only what a build sees of one.
    pub(crate) fn side(&self, name: &str, plain: bool) -> Result<Side<'_>, Failure> {
        match self {
            Self::Tree { store, tree } => Ok(store_side(store, name, tree.clone())),
            Self::Folder(folder) => {
                let survey = if plain { Survey::Executables } else { Survey::Everything };
                let tree = survey.of(folder)?;
                Ok(Side::new(name, tree, move |path, _| Ok(std::fs::read(folder.join(path.as_str()))?)))
            }
            Self::File(file) => Err(Failure::surroundings(format!("take {} for a tree", file.display()))),
        }
    }
}

/// A tree of a store, for a comparison.
pub(crate) fn store_side<'s>(store: &'s Store, name: &str, tree: Tree) -> Side<'s> {
    Side::new(name, tree, move |_, blob| Ok(store.read_blob(blob)?))
}

/// A content that could not be had.
pub(crate) fn unreadable(cause: CompareError) -> Failure {
    Failure::surroundings(chain(&cause))
}

fn is_digits(text: &str) -> bool {
    (DIGITS..=64).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The tree whose digest begins with `digits`, of all that realisations name.
fn whole_tree(store: &Store, digits: &str) -> Result<TreeDigest, Failure> {
    if let Ok(whole) = digits.parse() {
        return Ok(whole);
    }
    let past = store.past()?;
    let outputs = past.iter().flat_map(|past| past.realisation.outputs.values());
    let mut found: Vec<TreeDigest> =
        outputs.filter(|tree| tree.to_string().starts_with(digits)).copied().collect();
    found.sort_unstable();
    found.dedup();
    one_of(&found, || format!("the tree {digits}…"))
}

fn of_derivation(store: &Store, output: &OutputRef, digits: &str) -> Result<TreeDigest, Failure> {
    let name = format!("recipe {}", output.recipe);
    let past = store.past()?;
    let is_named =
        |key: &str| key == name || key.strip_prefix(&name).is_some_and(|rest| rest.starts_with('+'));
    let found: Vec<_> = past
        .iter()
        .filter(|past| is_named(&past.realisation.name) && past.id.to_string().starts_with(digits))
        .collect();
    let past = one_of(&found, || format!("the derivation {digits}… of {}", output.recipe))?;
    past.realisation.outputs.get(output.output.as_str()).copied().ok_or_else(|| Failure::Usage {
        message: format!("find the output {} of derivation {}", output.output, past.id),
        help: Some(format!(
            "it gave {}",
            past.realisation.outputs.keys().cloned().collect::<Vec<_>>().join(", ")
        )),
    })
}

fn one_of<T: Copy>(found: &[T], what: impl Fn() -> String) -> Result<T, Failure> {
    match found {
        [one] => Ok(*one),
        [] => Err(Failure::Usage {
            message: format!("find {} in the store", what()),
            help: Some("`ashlar build` prints trees, `ashlar why` prints derivations".to_owned()),
        }),
        many => Err(Failure::Usage {
            message: format!("find {} in the store: {} begin so", what(), many.len()),
            help: Some("write more digits".to_owned()),
        }),
    }
}

fn as_it_is_now(global: &Global, terminal: &Terminal, output: &OutputRef) -> Result<Artifact, Failure> {
    let session = Session::open(global, terminal)?;
    let recipe = session.recipes.find_recipe(output.recipe.as_str())?;
    let planned = session.plan(&[Goal::Recipe(recipe)], &[])?;
    let outlook = Outlook::of(&session.store, &planned.graph, &planned.goals)?;
    let port = Port { node: planned.goals[0], output: output.output.to_string() };
    if recipe.output(&output.output).is_none() {
        let names: Vec<&str> = recipe.outputs.iter().map(|output| output.name.as_str()).collect();
        return Err(Failure::Usage {
            message: format!("find the output {output}"),
            help: Some(format!("{} has {}", recipe.name, names.join(", "))),
        });
    }
    let digest = outlook.trees.get(&port).ok_or_else(|| Failure::Finding {
        message: format!("find {output} in the store: it is not built as it stands now"),
        help: Some(format!("run `ashlar build {}`", recipe.name)),
    })?;
    let tree = session.store.get_tree(*digest)?;
    Ok(Artifact::Tree { store: session.store, tree })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_an_artifact_is_told_from_the_others() {
        let output = |text: &str| OutputRef::parse(text).unwrap();
        let parsed = |text: &str| Name::parse(text).unwrap();
        assert_eq!(parsed("./musl:dev"), Name::Path("./musl:dev".into()));
        assert_eq!(parsed(".."), Name::Path("..".into()));
        assert_eq!(parsed("musl:dev"), Name::Output { output: output("musl:dev"), derivation: None });
        let derivation = Some("00147687".to_owned());
        assert_eq!(parsed("musl:dev@00147687"), Name::Output { output: output("musl:dev"), derivation });
        assert_eq!(parsed("69bebaaf"), Name::Tree("69bebaaf".into()));
        assert_eq!(parsed(&"a".repeat(64)), Name::Tree("a".repeat(64)));
        for bad in ["musl", "69bebaa", "musl:dev@xyz", "musl:dev@0014", &"a".repeat(65), "69BEBAAF"] {
            assert!(Name::parse(bad).is_err(), "{bad}");
        }
    }
}
