// SPDX-License-Identifier: Apache-2.0 OR MIT
//! In which part of a file two versions of it part: a section, an entry, a block, a line.
//!
//! Parts are compared one by one, by content, so that a section that grew is named, and not the header in which its
//! size stands. A format that cannot be read on one side has no parts; the caller still has the offset.

use std::ops::Range;

use ashlar_images::VERITY_BLOCK;

use crate::image::archive::entries;
use crate::image::sections::Program;
use crate::image::verity::data_blocks;

/// One named part of a file.
struct Part {
    name: String,
    content: Range<usize>,
    inner: Kind,
}

/// What is known about the inside of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Program,
    Archive,
    Protected,
    Text,
    Opaque,
}

impl Kind {
    fn of_file(path: &str) -> Self {
        match path {
            "vmlinuz" => Self::Program,
            "initramfs.cpio" => Self::Archive,
            "root.erofs" => Self::Protected,
            _ if path.ends_with(".efi") => Self::Program,
            _ if path.ends_with(".raw") => Self::Opaque,
            _ => Self::Text,
        }
    }
}

/// The parts in which `ours` and `theirs`, two versions of the file at `path`, part; outermost first.
pub(crate) fn of_difference(path: &str, ours: &[u8], theirs: &[u8]) -> Vec<String> {
    let mut place = Vec::new();
    descend(Kind::of_file(path), ours, theirs, &mut place);
    place
}

fn descend(kind: Kind, ours: &[u8], theirs: &[u8], place: &mut Vec<String>) {
    match kind {
        Kind::Program => parts(program(ours), program(theirs), "headers", ours, theirs, place),
        Kind::Archive => parts(archive(ours), archive(theirs), "headers of entries", ours, theirs, place),
        Kind::Protected => place.push(block(ours, first_difference(ours, theirs))),
        Kind::Text => place.extend(line(ours, theirs)),
        Kind::Opaque => {}
    }
}

/// Names the first part with other content; `rest` is what lies between the parts.
fn parts(
    left: Option<Vec<Part>>,
    right: Option<Vec<Part>>,
    rest: &str,
    ours: &[u8],
    theirs: &[u8],
    place: &mut Vec<String>,
) {
    let (Some(left), Some(right)) = (left, right) else {
        return;
    };
    for (one, other) in left.iter().zip(&right) {
        if one.name != other.name {
            place.push(format!("{} (there {})", one.name, other.name));
            return;
        }
        let (from, to) = (&ours[one.content.clone()], &theirs[other.content.clone()]);
        if from != to {
            place.push(one.name.clone());
            descend(one.inner, from, to, place);
            return;
        }
    }
    match (left.get(right.len()), right.get(left.len())) {
        (Some(more), _) => place.push(format!("{} (only in the release)", more.name)),
        (_, Some(more)) => place.push(format!("{} (only in the rebuild)", more.name)),
        (None, None) => place.push(rest.to_owned()),
    }
}

fn program(bytes: &[u8]) -> Option<Vec<Part>> {
    let program = Program::read(bytes).ok()?;
    let inner = |name: &str| match name {
        ".linux" => Kind::Program,
        ".initrd" => Kind::Archive,
        ".cmdline" | ".osrel" => Kind::Text,
        _ => Kind::Opaque,
    };
    let sections = program.sections.into_iter().map(|section| Part {
        inner: inner(&section.name),
        name: format!("section {}", section.name),
        content: section.content,
    });
    let signatures = program.signatures.into_iter().map(|content| Part {
        name: "attached signature".to_owned(),
        content,
        inner: Kind::Opaque,
    });
    Some(sections.chain(signatures).collect())
}

fn archive(bytes: &[u8]) -> Option<Vec<Part>> {
    let entries = entries(bytes).ok()?;
    let inner = |name: &str| match name {
        "ashlar/root.erofs" => Kind::Protected,
        "ashlar/boot.json" => Kind::Text,
        _ => Kind::Opaque,
    };
    let part = |entry: crate::image::archive::Entry| Part {
        inner: inner(&entry.name),
        name: format!("entry {}", entry.name),
        content: entry.content,
    };
    Some(entries.into_iter().map(part).collect())
}

fn first_difference(ours: &[u8], theirs: &[u8]) -> usize {
    let parting = ours.iter().zip(theirs).position(|(a, b)| a != b);
    parting.unwrap_or_else(|| ours.len().min(theirs.len()))
}

fn block(bytes: &[u8], at: usize) -> String {
    let index = (at / VERITY_BLOCK) as u64;
    match data_blocks(bytes.len() as u64) {
        Some(blocks) if index < blocks => format!("data block {index}"),
        Some(_) => "the dm-verity tree".to_owned(),
        None => format!("block {index}"),
    }
}

fn line(ours: &[u8], theirs: &[u8]) -> Option<String> {
    if std::str::from_utf8(ours).is_err() || std::str::from_utf8(theirs).is_err() {
        return None;
    }
    let before = &ours[..first_difference(ours, theirs)];
    Some(format!("line {}", 1 + before.iter().filter(|byte| **byte == b'\n').count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_parts_at_a_line() {
        assert_eq!(of_difference("kernel.config", b"a=1\nb=2\n", b"a=1\nb=3\n"), ["line 2"]);
        assert_eq!(of_difference("kernel.config", b"a=1\n", b"a=1\nb=3\n"), ["line 2"]);
        assert!(of_difference("kernel.config", b"a\xff", b"a\xfe").is_empty());
    }

    #[test]
    fn a_root_parts_at_a_block_of_data_or_in_its_tree() {
        let ours = vec![0; 6 * VERITY_BLOCK];
        for (at, place) in [(2 * VERITY_BLOCK + 5, "data block 2"), (5 * VERITY_BLOCK, "the dm-verity tree")]
        {
            let mut theirs = ours.clone();
            theirs[at] = 1;
            assert_eq!(of_difference("root.erofs", &ours, &theirs), [place]);
        }
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_files_never_panic(ours: Vec<u8>, theirs: Vec<u8>) {
            for path in ["vmlinuz", "x.efi", "initramfs.cpio", "root.erofs", "boot.json"] {
                drop(of_difference(path, &ours, &theirs));
            }
        }
    }
}
