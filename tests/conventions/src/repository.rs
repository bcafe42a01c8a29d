// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The files that the rules are about: the checkout as it is, without what `.gitignore` names.
//!
//! Git itself is not asked: the rules hold in an unpacked archive of the sources too.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// A text file of the repository.
#[derive(Clone, Debug)]
pub(crate) struct TextFile {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    /// The whole content.
    pub(crate) text: String,
}

impl TextFile {
    /// A file that exists only in a test of a rule.
    pub(crate) fn planted(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Whether it is Rust.
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// All text files, sorted by path.
pub(crate) fn text_files() -> Vec<TextFile> {
    let files = text_files_below(&root());
    assert!(files.len() > 200, "only {} files were found: the rules would hold for nothing", files.len());
    files
}

fn text_files_below(root: &Path) -> Vec<TextFile> {
    let ignored: Vec<PathBuf> = fs::read_to_string(root.join(".gitignore"))
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix('/'))
        .map(|path| root.join(path))
        .chain([root.join(".git")])
        .collect();
    WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| !ignored.iter().any(|path| path == entry.path()))
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .filter_map(|entry| {
            // What is not text cannot break a rule about text: keys, archives.
            let text = String::from_utf8(fs::read(entry.path()).unwrap()).ok()?;
            let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            Some(TextFile { path, text })
        })
        .collect()
}

/// Fails with every violation, one a line.
#[track_caller]
pub(crate) fn assert_none(rule: &str, violations: &[String]) {
    assert!(violations.is_empty(), "{rule}:\n  {}", violations.join("\n  "));
}

#[test]
fn what_git_ignores_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        (".gitignore", "/target\n/os/target\n"),
        ("target/a.rs", ""),
        ("os/target/b.rs", ""),
        (".git/c", ""),
        ("os/d.rs", "x"),
        ("builder/target/e.rs", ""),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::write(folder.path().join("binary"), [0xff, 0xfe]).unwrap();
    let found: Vec<String> = text_files_below(folder.path()).into_iter().map(|file| file.path).collect();
    assert_eq!(found, [".gitignore", "builder/target/e.rs", "os/d.rs"]);
}
