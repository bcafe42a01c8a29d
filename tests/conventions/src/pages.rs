// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Links of pages lead somewhere.

use std::path::Path;

use crate::repository::{TextFile, assert_none, root, text_files};

/// Relative links of a page that lead to nothing. Markdown's `[text](path#part)`.
fn broken(page: &TextFile, exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let folder = Path::new(&page.path).parent().unwrap();
    let mut result = Vec::new();
    for (number, line) in (1..).zip(page.text.lines()) {
        for rest in line.split("](").skip(1) {
            let link = rest.split([')', '#']).next().unwrap_or_default();
            let outside = link.is_empty() || link.contains("://") || link.starts_with("mailto:");
            if !outside && !exists(&folder.join(link)) {
                result.push(format!("{}:{number}: {link} is not there", page.path));
            }
        }
    }
    result
}

#[test]
fn every_link_leads_somewhere() {
    let pages = text_files().into_iter().filter(|file| file.path.ends_with(".md"));
    let found: Vec<String> =
        pages.flat_map(|page| broken(&page, |path| root().join(path).exists())).collect();
    assert_none("links", &found);
}

#[test]
fn a_planted_link_is_found() {
    let page = TextFile::planted(
        "docs/a.md",
        "[b](b.md) [c](../c.md#part)\n[d](https://d.example/) [e](#e) [f](f.md)\n",
    );
    let found = broken(&page, |path| path != Path::new("docs/f.md"));
    assert_eq!(found, ["docs/a.md:2: f.md is not there"]);
    assert_eq!(broken(&page, |_| false).len(), 3);
}
