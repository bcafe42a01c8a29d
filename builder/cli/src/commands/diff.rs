// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar diff`: two releases, or two artifacts: outputs of recipes, trees of the store, folders, files.

mod artifacts;
mod releases;

use std::path::Path;

use ashlar_release_bundle::layout::MANIFEST;

use crate::arguments::Global;
use crate::failure::{Failure, Outcome};
use crate::terminal::Terminal;

pub(crate) fn run(
    global: &Global,
    terminal: &Terminal,
    first: &str,
    second: &str,
) -> Result<Outcome, Failure> {
    let (one, two) = (Path::new(first), Path::new(second));
    if is_release(one) && is_release(two) {
        releases::run(global, terminal, one, two)
    } else {
        artifacts::run(global, terminal, first, second)
    }
}

fn is_release(folder: &Path) -> bool {
    folder.join(MANIFEST).is_file()
}
