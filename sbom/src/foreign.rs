// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Readers of other people say that our documents are right. No check needs them: a machine without them skips.

use std::fs;

use crate::document::{Format, write};
use crate::samples::{document, inventory};

/// The SPDX project's own validator holds rules that the JSON schema does not.
#[test]
fn spdx_tools_find_nothing_wrong_with_our_documents() {
    if !ashlar_foreign::of_version("pyspdxtools", &["--help"], "SPDX") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let whole = inventory();
    for (name, inventory) in [
        ("os.spdx.json", whole.shipped()),
        ("os-files.spdx.json", whole.with_owned_files()),
        ("build.spdx.json", whole.built()),
        ("all.spdx.json", whole),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, write(Format::Spdx23, &document(), &inventory).unwrap()).unwrap();
        let ended = ashlar_foreign::run(folder.path(), "pyspdxtools", &["-i", path.to_str().unwrap()]);
        // It succeeds even where it reports errors, on the other stream.
        assert!(ended.succeeded && !ended.said().contains("ERROR"), "{name}: {}", ended.said());
    }
    let path = folder.path().join("wrong.spdx.json");
    let wrong = String::from_utf8(write(Format::Spdx23, &document(), &inventory()).unwrap()).unwrap();
    fs::write(&path, wrong.replace("SPDXRef-library-musl", "SPDXRef-library_musl")).unwrap();
    let ended = ashlar_foreign::run(folder.path(), "pyspdxtools", &["-i", path.to_str().unwrap()]);
    assert!(!ended.succeeded || ended.said().contains("ERROR"), "it takes everything");
}
