// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar sbom who-owns`: the component that brings a path.

use ashlar_recipe::Purl;
use ashlar_sbom::Component;
use ashlar_tree::TreePath;
use serde_json::{Value, json};

use crate::arguments::Global;
use crate::failure::{Failure, Outcome};
use crate::sbom::{OwnedPaths, Subject, cell, component_json};
use crate::terminal::Terminal;

pub(super) fn run(global: &Global, terminal: &Terminal, path: &str, what: &str) -> Result<Outcome, Failure> {
    let path = parse(path)?;
    let paths = OwnedPaths::of(&Subject::find(global, terminal, what)?)?;
    let owners = paths.owners(&path)?;
    if terminal.json() {
        let components: Vec<Value> = owners.iter().map(component_json).collect();
        terminal.result_json(&json!({"path": format!("/{path}"), "components": components}))?;
    } else {
        owners.iter().try_for_each(|owner| terminal.result(&line(owner)))?;
    }
    Ok(Outcome::DONE)
}

/// A path as people write it: from the root, with or without a slash at either end.
fn parse(path: &str) -> Result<TreePath, Failure> {
    let plain = path.trim_start_matches("./").trim_matches('/');
    TreePath::parse(plain).map_err(|cause| Failure::Usage {
        message: format!("take {path:?} for a path of an image: {cause}"),
        help: Some("write it as the image has it: /usr/bin/init".to_owned()),
    })
}

fn line(owner: &Component) -> String {
    let purl = owner.purl.as_ref().map(Purl::as_str);
    let licence = owner.licence().map(|licence| licence.as_str());
    let recipe = owner.recipe.as_ref().map(|recipe| format!("recipe {recipe}"));
    let facts: Vec<&str> = [purl, licence, recipe.as_deref()].into_iter().flatten().collect();
    let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join("; ")) };
    cell(&format!("{}{facts}", owner.title()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_sbom::Kind;

    #[test]
    fn a_path_is_taken_as_people_write_it() {
        for text in ["usr/bin/init", "/usr/bin/init", "./usr/bin/init", "/usr/bin/init/"] {
            assert_eq!(parse(text).unwrap().as_str(), "usr/bin/init");
        }
        for text in ["", "/", "a//b", "../etc/passwd", "a/../b"] {
            assert!(matches!(parse(text), Err(Failure::Usage { .. })), "{text}");
        }
    }

    #[test]
    fn an_owner_is_told_with_what_is_known_of_it_and_moves_no_cursor() {
        let mut owner = Component::new(Kind::Library, "musl\u{1b}[2J");
        assert_eq!(line(&owner), "musl\\u{1b}[2J");
        owner.version = Some("1".to_owned());
        owner.recipe = Some("musl".to_owned());
        assert_eq!(line(&owner), "musl\\u{1b}[2J 1 (recipe musl)");
    }
}
