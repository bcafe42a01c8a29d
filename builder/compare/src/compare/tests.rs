// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Trees that differ in every way that trees can.

use std::cell::RefCell;

use ashlar_digest::Sha256;
use ashlar_tree::Mode;

use super::*;
use crate::report::Detail;

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

fn file(content: &[u8]) -> Node {
    Node::file(BlobDigest::new(Sha256::of(content)), content.len() as u64, false)
}

fn tree(nodes: &[(&str, Node)]) -> Tree {
    let mut tree = Tree::new();
    for (at, node) in nodes {
        tree.insert(path(at), node.clone()).unwrap();
    }
    tree
}

/// A side whose files hold one of `contents`.
fn side<'a>(nodes: &[(&str, Node)], contents: &'a [&'a [u8]], read: &'a RefCell<Vec<String>>) -> Side<'a> {
    Side::new("it", tree(nodes), move |path, blob| {
        read.borrow_mut().push(path.to_string());
        let found = contents.iter().find(|content| BlobDigest::new(Sha256::of(content)) == blob);
        found.map(|content| content.to_vec()).ok_or_else(|| "no such content".into())
    })
}

fn lines(one: &[(&str, Node)], two: &[(&str, Node)], contents: &[&[u8]]) -> String {
    let read = RefCell::default();
    let (one, two) = (side(one, contents, &read), side(two, contents, &read));
    let bounds = Bounds::default();
    compare(&one, &two, &bounds).unwrap().lines(&bounds).join("\n")
}

#[test]
fn whatever_a_tree_can_say_is_told_where_it_differs() {
    let special = |mode: u32, uid, capability: &[u8]| {
        let xattrs = BTreeMap::from([("security.capability".to_owned(), capability.to_vec())]);
        let metadata = Metadata { mode: Mode::new(mode).unwrap(), uid, gid: 0, xattrs };
        Node::File { metadata, blob: BlobDigest::new(Sha256::of(b"ping")), size: 4 }
    };
    let one = [
        ("bin/ping", special(0o4755, 0, &[1, 0])),
        ("gone", file(b"12")),
        ("kind", Node::directory()),
        ("link", Node::symlink("old")),
        ("same", file(b"same")),
        ("text", file(b"a\nb\n")),
    ];
    let two = [
        ("bin/ping", special(0o755, 7, &[2, 0])),
        ("come", Node::symlink("there")),
        ("kind", file(b"1")),
        ("link", Node::symlink("new")),
        ("same", file(b"same")),
        ("text", file(b"a\nc\n")),
    ];
    let expected = "\
~ bin/ping
    attribute security.capability: 0x0100 → 0x0200
    mode: 4755 → 0755
    owner: 0:0 → 7:0
+ come (link to there)
- gone (file, 2 bytes)
~ kind
    type: directory → file, 1 byte
~ link
    target: old → new
~ text
    content: text of 4 bytes
      @@ -1,2 +1,2 @@
       a
      -b
      +c
1 added, 1 removed, 4 changed, 2 the same";
    assert_eq!(lines(&one, &two, &[b"a\nb\n", b"a\nc\n"]), expected);
}

#[test]
fn what_is_the_same_is_never_read() {
    let read = RefCell::default();
    let nodes = [("a", file(b"1")), ("b", file(b"2"))];
    let (one, two) = (side(&nodes, &[], &read), side(&nodes, &[], &read));
    let found = compare(&one, &two, &Bounds::default()).unwrap();
    assert!(found.is_same(), "{found:?}");
    assert_eq!((found.same, read.borrow().len()), (2, 0));
}

#[test]
fn a_content_that_cannot_be_had_is_an_error_and_no_difference() {
    let read = RefCell::default();
    let (one, two) = (side(&[("a", file(b"1"))], &[b"1"], &read), side(&[("a", file(b"2"))], &[], &read));
    let error = compare(&one, &two, &Bounds::default()).unwrap_err();
    assert_eq!(error.to_string(), "read a of it");
}

#[test]
fn a_file_that_is_larger_than_there_is_memory_for_is_not_read() {
    let read = RefCell::default();
    let (one, two) = (side(&[("a", file(b"1"))], &[], &read), side(&[("a", file(b"22"))], &[], &read));
    let found = compare(&one, &two, &Bounds { largest: 1, ..Bounds::default() }).unwrap();
    let expected = Change::Content(Content { before: 1, after: 2, detail: Detail::Unread });
    assert_eq!((&found.entries[0].changes[..], read.borrow().len()), (&[expected][..], 0));
}

#[test]
fn of_many_differences_the_first_are_shown_and_the_others_counted() {
    let names: Vec<String> = (100..200).map(|number| format!("file{number}")).collect();
    let nodes = |content: &[u8]| -> Vec<(&str, Node)> {
        names.iter().map(|name| (name.as_str(), file(content))).collect()
    };
    let (read, contents) = (RefCell::default(), [&b"1\n"[..], b"2\n"]);
    let (one, two) = (nodes(b"1\n"), nodes(b"2\n"));
    let bounds = Bounds { contents: 5, paths: 7, ..Bounds::default() };
    let found = compare(&side(&one, &contents, &read), &side(&two, &contents, &read), &bounds).unwrap();
    assert_eq!(read.borrow().len(), 10);
    assert_eq!(found.entries.len(), 100);
    let unread = |entry: &&Entry| {
        matches!(&entry.changes[..], [Change::Content(Content { detail: Detail::Unread, .. })])
    };
    assert_eq!(found.entries.iter().filter(unread).count(), 95);
    let lines = found.lines(&bounds);
    assert_eq!(lines.iter().filter(|line| line.starts_with("~ ")).count(), 7);
    assert_eq!(
        lines[lines.len() - 2..],
        ["… and 93 more paths", "0 added, 0 removed, 100 changed, 0 the same"]
    );
}
