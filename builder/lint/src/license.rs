// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whether the text of its licence comes with a recipe: `license-text`.

use ashlar_recipe::Rule;
use ashlar_tree::{Node, Tree, TreePath};

use crate::book::Book;
use crate::judge::Question;

/// The output whose files are the texts.
const LICENSES: &str = "licenses";

/// Judges an output that has files, but for the one with the texts.
pub(crate) fn check(question: &Question<'_>, book: &mut Book<'_>) {
    let has_files = question.own.iter().any(|(_, node)| !node.is_directory());
    if !has_files || question.output == LICENSES {
        return;
    }
    let Ok(folder) = TreePath::parse(&format!("usr/share/licenses/{}", question.recipe)) else { return };
    let trees = std::iter::once(question.own).chain(question.siblings.iter().copied());
    if !trees.into_iter().any(|tree| has_file_below(tree, &folder)) {
        book.find(Rule::LicenseText, folder.as_str(), "no output of the recipe has a file there");
    }
}

fn has_file_below(tree: &Tree, folder: &TreePath) -> bool {
    tree.below(folder).any(|(_, node)| matches!(node, Node::File { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::{question, tree};

    fn found(output: &str, own: &[&str], sibling: &[&str]) -> usize {
        let files = |paths: &[&str]| tree(&paths.iter().map(|path| (*path, &b"x"[..])).collect::<Vec<_>>()).0;
        let (own, sibling) = (files(own), files(sibling));
        let question = Question { output, siblings: vec![&sibling], ..question(&own) };
        let mut book = Book::new(String::new(), &[]);
        check(&question, &mut book);
        book.close().findings.len()
    }

    #[test]
    fn an_output_with_files_needs_the_text_in_some_output() {
        let text = "usr/share/licenses/x/COPYING";
        assert_eq!(found("runtime", &["usr/bin/a"], &[]), 1);
        assert_eq!(found("runtime", &["usr/bin/a"], &["usr/share/licenses/other/COPYING"]), 1);
        assert_eq!(found("runtime", &["usr/bin/a", text], &[]), 0);
        assert_eq!(found("runtime", &["usr/bin/a"], &[text]), 0);
    }

    #[test]
    fn an_output_without_files_and_the_one_with_the_texts_need_none() {
        assert_eq!(found("runtime", &[], &[]), 0);
        assert_eq!(found(LICENSES, &["usr/share/licenses/other/COPYING"], &[]), 0);
    }
}
