// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Sharing what was installed out to the outputs: every file lands in exactly one.

use std::collections::BTreeMap;

use ashlar_plan::OutputRule;
use ashlar_tree::{Pattern, Tree, TreePath};

/// Gives each output its files. The outputs are tried in order; the first whose patterns match takes a file.
///
/// # Errors
/// A finding for every file that no output takes, and every pattern that takes nothing.
pub(crate) fn share_out(
    installed: &Tree,
    rules: &[OutputRule],
) -> Result<BTreeMap<String, Tree>, Vec<String>> {
    let mut findings = Vec::new();
    let mut patterns: Vec<(usize, Pattern, bool)> = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        for text in &rule.patterns {
            match Pattern::parse(text) {
                Ok(pattern) => patterns.push((index, pattern, false)),
                Err(cause) => findings.push(cause.to_string()),
            }
        }
    }
    let mut outputs: Vec<Tree> = rules.iter().map(|_| Tree::new()).collect();
    for (path, node) in installed.iter() {
        // A directory comes along with what it holds; only an empty one is shared out for itself.
        if node.is_directory() && installed.below(path).next().is_some() {
            continue;
        }
        let Some((index, _, used)) = patterns.iter_mut().find(|(_, pattern, _)| pattern.matches(path)) else {
            findings.push(format!("{path} was installed, and no output takes it; add it to an output's `paths`, or do not install it"));
            continue;
        };
        *used = true;
        if let Err(cause) = outputs[*index].insert(path.clone(), node.clone()) {
            findings.push(cause.to_string());
        }
    }
    for (index, pattern, _) in patterns.iter().filter(|(_, _, used)| !used) {
        let name = &rules[*index].name;
        findings.push(format!("the pattern {:?} of output {name:?} takes nothing; earlier outputs took it, or it is not installed", pattern.as_str()));
    }
    for (tree, rule) in outputs.iter_mut().zip(rules) {
        for path in rule.attributes.keys().filter_map(|path| TreePath::parse(path).ok()) {
            match (tree.get_mut(&path), installed.get(&path)) {
                // A directory came along with what it holds; what was declared of it comes from the capture.
                (Some(node), Some(found)) => node.clone_from(found),
                _ => findings.push(format!(
                    "output {:?} declares attributes of {path}, which it does not take",
                    rule.name
                )),
            }
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    Ok(rules.iter().map(|rule| rule.name.clone()).zip(outputs).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_digest::{BlobDigest, Sha256};
    use ashlar_tree::Node;

    fn tree(paths: &[&str]) -> Tree {
        let mut tree = Tree::new();
        for path in paths {
            let node = match path.strip_suffix('/') {
                Some(_) => Node::directory(),
                None => Node::file(BlobDigest::new(Sha256::of(b"")), 0, false),
            };
            tree.insert(TreePath::parse(path.trim_end_matches('/')).unwrap(), node).unwrap();
        }
        tree
    }

    fn rule(name: &str, patterns: &[&str]) -> OutputRule {
        OutputRule {
            name: name.into(),
            patterns: patterns.iter().map(|pattern| (*pattern).to_owned()).collect(),
            attributes: BTreeMap::new(),
        }
    }

    #[test]
    fn the_first_output_that_matches_takes_a_file() {
        let installed = tree(&["usr/bin/a", "usr/lib/a.a", "var/empty/"]);
        let outputs = share_out(&installed, &[rule("dev", &["**/*.a"]), rule("runtime", &["**"])]).unwrap();
        assert_eq!(outputs["dev"], tree(&["usr/lib/a.a"]));
        assert_eq!(outputs["runtime"], tree(&["usr/bin/a", "var/empty/"]));
    }

    #[test]
    fn the_declared_mode_of_a_directory_with_files_survives() {
        let mut installed = tree(&["var/x/a", "usr/b"]);
        let private = Node::Directory(ashlar_tree::Metadata::root(ashlar_tree::Mode::new(0o700).unwrap()));
        let path = TreePath::parse("var/x").unwrap();
        installed.insert(path.clone(), private.clone()).unwrap();
        let mut first = rule("first", &["var/**"]);
        first.attributes.insert("var/x".into(), serde_json::Value::Null);
        let mut second = rule("second", &["**"]);
        let outputs = share_out(&installed, &[first.clone(), second.clone()]).unwrap();
        assert_eq!(outputs["first"].get(&path), Some(&private));
        second.attributes.clone_from(&first.attributes);
        let findings = share_out(&installed, &[first, second]).unwrap_err();
        assert_eq!(findings, ["output \"second\" declares attributes of var/x, which it does not take"]);
    }

    #[test]
    fn a_file_without_an_output_and_a_pattern_without_a_file_are_findings() {
        let installed = tree(&["usr/bin/a", "etc/x"]);
        let findings = share_out(&installed, &[rule("runtime", &["usr/**", "opt/**"])]).unwrap_err();
        assert_eq!(findings.len(), 2);
        assert!(findings[0].starts_with("etc/x was installed"), "{findings:?}");
        assert!(findings[1].contains("\"opt/**\""), "{findings:?}");
    }
}
