// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The project that this crate lies in is a valid one.

use std::path::Path;

use ashlar_recipe::{RecipeError, find_project, load_project};

#[test]
fn the_files_of_this_repository_are_valid() {
    let root = find_project(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    match load_project(&root) {
        Ok(set) => assert!(set.recipes().count() > 0),
        Err(RecipeError::Invalid { diagnostics }) => panic!("\n{diagnostics}"),
        Err(other) => panic!("{other}"),
    }
}
