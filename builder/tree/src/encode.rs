// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The canonical text of a tree, over which its digest is computed.
//!
//! ```text
//! ashlar-tree 1
//! {"gid":0,"mode":"0755","path":"usr","type":"directory","uid":0}
//! {"blob":"<sha256>","gid":0,"mode":"0644","path":"usr/a","size":3,"type":"file","uid":0}
//! {"gid":0,"path":"usr/b","target":"a","type":"symlink","uid":0}
//! ```
//!
//! One node a line, in byte order of the paths, each line canonical JSON (`ashlar_digest::to_canonical_json`), each ended by
//! a newline. `xattrs` (name → lowercase hex) stands exactly where there are some. There is one text for a tree and
//! one tree for a text: reading refuses every other spelling.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ashlar_digest::to_canonical_json;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{Metadata, Mode, Node, Tree, TreeError, TreePath};

const HEADER: &str = "ashlar-tree 1";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    r#type: String,
    path: String,
    uid: u32,
    gid: u32,
    mode: Option<String>,
    blob: Option<String>,
    size: Option<u64>,
    target: Option<String>,
    #[serde(default)]
    xattrs: BTreeMap<String, String>,
}

impl Tree {
    /// The canonical text.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = String::with_capacity(64 + self.nodes.len() * 160);
        text.push_str(HEADER);
        text.push('\n');
        for (path, node) in &self.nodes {
            text.push_str(&encode_node(path, node));
            text.push('\n');
        }
        text
    }

    /// Reads the canonical text.
    ///
    /// # Errors
    /// [`TreeError::Decode`] with the line, for anything but what [`Tree::encode`] writes.
    pub fn decode(text: &str) -> Result<Self, TreeError> {
        let wrong = |line: usize, reason: String| TreeError::Decode { line, reason };
        let Some(body) = text.strip_suffix('\n') else {
            return Err(wrong(
                text.lines().count().max(1),
                "the last line has no newline: the text is cut".into(),
            ));
        };
        let mut lines = body.split('\n').enumerate();
        match lines.next() {
            Some((_, HEADER)) => {}
            _ => return Err(wrong(1, format!("the first line is not {HEADER:?}"))),
        }
        let mut tree = Self::new();
        let mut last: Option<TreePath> = None;
        for (index, line) in lines {
            let number = index + 1;
            let (path, node) = decode_node(line).map_err(|reason| wrong(number, reason))?;
            if encode_node(&path, &node) != line {
                return Err(wrong(number, "it is not written canonically".into()));
            }
            if last.as_ref().is_some_and(|last| *last >= path) {
                return Err(wrong(number, format!("{path} does not sort after the line before")));
            }
            if let Some(parent) = path.parent()
                && !tree.get(&parent).is_some_and(Node::is_directory)
            {
                return Err(wrong(number, format!("the directory {parent} is not in the tree")));
            }
            last = Some(path.clone());
            tree.insert(path, node).map_err(|cause| wrong(number, cause.to_string()))?;
        }
        Ok(tree)
    }
}

fn encode_node(path: &TreePath, node: &Node) -> String {
    let mut map = Map::new();
    let mut put = |key: &str, value: Value| {
        map.insert(key.to_owned(), value);
    };
    put("path", path.as_str().into());
    match node {
        Node::Directory(metadata) => {
            put("type", "directory".into());
            put_metadata(&mut put, metadata);
        }
        Node::File { metadata, blob, size } => {
            put("type", "file".into());
            put_metadata(&mut put, metadata);
            put("blob", blob.to_string().into());
            put("size", (*size).into());
        }
        Node::Symlink { target, uid, gid } => {
            put("type", "symlink".into());
            put("target", target.as_str().into());
            put("uid", (*uid).into());
            put("gid", (*gid).into());
        }
    }
    // Every number is an integer below 2^53: `Tree::insert` holds that.
    to_canonical_json(&Value::Object(map)).unwrap_or_default()
}

fn put_metadata(put: &mut impl FnMut(&str, Value), metadata: &Metadata) {
    put("mode", metadata.mode.to_string().into());
    put("uid", metadata.uid.into());
    put("gid", metadata.gid.into());
    if !metadata.xattrs.is_empty() {
        let xattrs: Map<String, Value> =
            metadata.xattrs.iter().map(|(name, value)| (name.clone(), to_hex(value).into())).collect();
        put("xattrs", Value::Object(xattrs));
    }
}

fn decode_node(line: &str) -> Result<(TreePath, Node), String> {
    let line: Line = serde_json::from_str(line).map_err(|cause| cause.to_string())?;
    let path = TreePath::parse(&line.path).map_err(|cause| cause.to_string())?;
    let metadata = || -> Result<Metadata, String> {
        let text = line.mode.as_deref().ok_or("it has no mode")?;
        let bits = u32::from_str_radix(text, 8).map_err(|_| format!("the mode {text:?} is not octal"))?;
        let mode = Mode::new(bits).map_err(|cause| cause.to_string())?;
        let xattrs = line
            .xattrs
            .iter()
            .map(|(name, hex)| Some((name.clone(), from_hex(hex)?)))
            .collect::<Option<BTreeMap<_, _>>>()
            .ok_or("an extended attribute is not hexadecimal")?;
        Ok(Metadata { mode, uid: line.uid, gid: line.gid, xattrs })
    };
    let node = match line.r#type.as_str() {
        "directory" => Node::Directory(metadata()?),
        "file" => Node::File {
            metadata: metadata()?,
            blob: line
                .blob
                .as_deref()
                .ok_or("it has no blob")?
                .parse()
                .map_err(|cause| format!("blob: {cause}"))?,
            size: line.size.ok_or("it has no size")?,
        },
        "symlink" => Node::Symlink {
            target: line.target.clone().ok_or("it has no target")?,
            uid: line.uid,
            gid: line.gid,
        },
        other => return Err(format!("there is no type {other:?}")),
    };
    Ok((path, node))
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_digest::{BlobDigest, Sha256};

    fn sample() -> Tree {
        let mut tree = Tree::new();
        let mut metadata = Metadata::root(Mode::new(0o4755).unwrap());
        metadata.uid = 7;
        metadata.xattrs.insert("security.capability".into(), vec![1, 0xfe]);
        let blob = BlobDigest::new(Sha256::of(b"abc"));
        tree.insert(TreePath::parse("usr/a").unwrap(), Node::File { metadata, blob, size: 3 }).unwrap();
        tree.insert(TreePath::parse("usr/b").unwrap(), Node::symlink("a")).unwrap();
        tree
    }

    #[test]
    fn the_text_and_its_digest_are_fixed() {
        let expected = concat!(
            "ashlar-tree 1\n",
            r#"{"gid":0,"mode":"0755","path":"usr","type":"directory","uid":0}"#,
            "\n",
            r#"{"blob":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","gid":0,"mode":"4755","path":"usr/a","#,
            r#""size":3,"type":"file","uid":7,"xattrs":{"security.capability":"01fe"}}"#,
            "\n",
            r#"{"gid":0,"path":"usr/b","target":"a","type":"symlink","uid":0}"#,
            "\n",
        );
        assert_eq!(sample().encode(), expected);
        assert_eq!(sample().digest().to_string(), Sha256::of(expected.as_bytes()).to_string());
        assert_eq!(Tree::decode(expected).unwrap(), sample());
    }

    #[test]
    fn every_other_spelling_is_refused() {
        let text = sample().encode();
        let cases = [
            (text.replace("ashlar-tree 1", "ashlar-tree 2"), "version"),
            (text.trim_end().to_owned(), "cut at the end"),
            (text.replace("\"gid\":0,\"mode\"", "\"gid\":0, \"mode\""), "white space"),
            (text.replace("\"0755\"", "\"755\""), "short mode"),
            (text.replace("\"type\":\"file\"", "\"type\":\"fifo\""), "unknown type"),
            (text.replace("usr/b", "usr/../b"), "dots"),
            (text.replace("usr/b", "var/b"), "no parent"),
            (text.replace("usr/b", "usr/A"), "order"),
            (text.replace("\"uid\":7", "\"uid\":7,\"mtime\":1"), "unknown key"),
            (format!("{text}\n"), "empty line"),
        ];
        for (wrong, what) in cases {
            assert!(Tree::decode(&wrong).is_err(), "{what}");
        }
    }
}
