// SPDX-License-Identifier: Apache-2.0 OR MIT
//! No text makes the readers or the renderer panic: files are edited by people, and imported from strangers.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use ashlar_recipe::{ImageDefinition, Project, Recipe, SeedSets, SourceFile};
use proptest::prelude::*;

/// The files that use every key, one by one.
fn documents() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/valid");
    let read = |name| fs::read_to_string(folder.join(name)).unwrap();
    let all = read("every-key-of-a-recipe.toml") + &read("every-key-of-the-other-files.toml");
    all.split("#= ").filter_map(|part| part.split_once('\n')).map(|(_, text)| text.to_owned()).collect()
}

fn floor(text: &str, index: usize) -> usize {
    (0..=index.min(text.len())).rev().find(|index| text.is_char_boundary(*index)).unwrap()
}

/// Reads `text` as each kind of file and shows what is wrong; the result is whether any kind accepts it.
fn read_and_show(text: &str) -> bool {
    let file = || SourceFile::new("x", text);
    let results = [
        Recipe::parse(file()).map(|_| ()),
        Project::parse(file()).map(|_| ()),
        SeedSets::parse(file()).map(|_| ()),
        ImageDefinition::parse(file()).map(|_| ()),
    ];
    for faults in results.iter().filter_map(|result| result.as_ref().err()) {
        assert!(!faults.render(false).is_empty());
        assert!(!faults.render(true).is_empty());
        assert!(!faults.to_json().as_array().unwrap().is_empty());
    }
    results.iter().any(Result::is_ok)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_file_with_a_piece_replaced_is_read_or_refused(
        document in prop::sample::select(documents()),
        start in any::<prop::sample::Index>(),
        length in 0_usize..40,
        piece in "([\\[\\]{}=\"'\\\\.,#\n\r\t é€😀]|[a-z0-9]{1,3}){0,6}",
    ) {
        let start = floor(&document, start.index(document.len()));
        let end = floor(&document, start + length).max(start);
        read_and_show(&format!("{}{piece}{}", &document[..start], &document[end..]));
    }

    #[test]
    fn a_file_that_is_cut_off_is_read_or_refused(
        document in prop::sample::select(documents()),
        end in any::<prop::sample::Index>(),
    ) {
        read_and_show(&document[..floor(&document, end.index(document.len()))]);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
        read_and_show(&text);
    }
}

#[test]
fn deeply_nested_arrays_exhaust_no_stack() {
    let text = format!("x = {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    assert!(!read_and_show(&text));
    let text = format!("[{}a]\n", "a.".repeat(20_000));
    assert!(!read_and_show(&text));
}

#[test]
fn an_empty_file_is_an_empty_set_of_seeds_and_nothing_else() {
    assert!(SeedSets::parse(SourceFile::new("x", "")).unwrap().sets.is_empty());
    assert!(Recipe::parse(SourceFile::new("x", "")).is_err());
    assert!(Project::parse(SourceFile::new("x", "")).is_err());
    assert!(ImageDefinition::parse(SourceFile::new("x", "")).is_err());
}
