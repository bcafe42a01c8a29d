// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is read of a file system, and that a change of any of it shows in the part that it belongs to.

use super::*;
use crate::erofs::synthetic::{Entry, image};
use proptest::prelude::*;

/// Tools that know the content beforehand; the hash area is the image's length.
struct Known(BTreeMap<String, Vec<u8>>);

impl ErofsTools for Known {
    fn contents(&self, _: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, String> {
        Ok(self.0.clone())
    }

    fn hash_area(&self, image: &[u8]) -> Result<Vec<u8>, String> {
        Ok(image.len().to_le_bytes().to_vec())
    }
}

type Entries = BTreeMap<&'static str, Entry>;
type Change = fn(&mut Entry);

fn entries() -> Entries {
    let mut capable = Entry::new(0o104_711, b"program");
    capable.uid = 70_000;
    capable.xattrs = vec![(6, "capability", &[1, 2, 3]), (1, "origin", b"test")];
    let mut compact = Entry::new(0o041_777, b"");
    (compact.extended, compact.gid) = (false, 12);
    BTreeMap::from([
        ("tmp", compact),
        ("usr", Entry::new(0o040_755, b"")),
        ("usr/bin", Entry::new(0o040_755, b"")),
        ("usr/bin/init", capable),
        ("usr/lib", Entry::new(0o120_777, b"bin")),
        ("usr/null", Entry::new(0o020_666, b"")),
    ])
}

fn files(entries: &Entries) -> BTreeMap<String, Vec<u8>> {
    let files = entries.iter().filter(|(_, entry)| entry.mode >> 12 == 0o10);
    files.map(|(path, entry)| ((*path).to_owned(), entry.data.clone())).collect()
}

fn decode(path: &str, bytes: &[u8], entries: &Entries) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let parts = ErofsDecoder(Known(files(entries))).decode(path, bytes)?.expect("a file for it");
    Ok(parts.into_iter().map(|part| (part.name, part.bytes.into_owned())).collect())
}

fn root(entries: &Entries) -> Vec<u8> {
    let image = image(entries);
    let hash_area = image.len().to_le_bytes();
    [&image[..], &hash_area].concat()
}

fn extension(entries: &Entries) -> Vec<u8> {
    let mut file = root(entries);
    let begin = file.len();
    file.extend(b"ASHLAR-EXTENSION 1\n{\"name\":\"a\"}\n");
    file.resize(begin + DESCRIPTOR, 0);
    file
}

#[test]
fn a_root_is_its_files_and_what_its_inodes_say() {
    let parts = decode("root.erofs", &root(&entries()), &entries()).unwrap();
    let names: Vec<&str> = parts.keys().map(String::as_str).collect();
    assert_eq!(names, ["layout", "superblock", "tree.json", "usr/bin/init", "verity"]);
    assert_eq!(parts["usr/bin/init"], b"program");
    let tree: serde_json::Value = serde_json::from_slice(&parts["tree.json"]).unwrap();
    let paths: Vec<&String> = tree.as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/", "/tmp", "/usr", "/usr/bin", "/usr/bin/init", "/usr/lib", "/usr/null"]);
    let expected = serde_json::json!({
        "type": "file", "mode": "4711", "uid": 70000, "gid": 0, "links": 1, "time": "1700000000.000000005",
        "xattrs": {"security.capability": "010203", "user.origin": "74657374"},
    });
    assert_eq!(tree["/usr/bin/init"], expected);
    let expected = serde_json::json!({
        "type": "directory", "mode": "1777", "uid": 0, "gid": 12, "links": 1, "time": null, "xattrs": {},
    });
    assert_eq!(tree["/tmp"], expected);
    assert_eq!((&tree["/usr/lib"]["target"], &tree["/usr/null"]["device"]), (&"bin".into(), &0.into()));
}

#[test]
fn a_root_and_an_extension_are_known_by_their_path() {
    let (root, extension) = (root(&entries()), extension(&entries()));
    for path in ["root.erofs", "initramfs.cpio!0/ashlar/root.erofs", "q.efi!.initrd!0/ashlar/root.erofs"] {
        decode(path, &root, &entries()).unwrap();
    }
    let parts = decode("extensions/a.raw", &extension, &entries()).unwrap();
    assert_eq!(parts["descriptor.json"], b"{\"name\":\"a\"}");
    assert_eq!(ErofsDecoder(Known(BTreeMap::new())).decode("root.erofs!a/b.raw", &root), Ok(None));
    let mut hidden = extension;
    *hidden.last_mut().unwrap() = 1;
    assert!(decode("extensions/a.raw", &hidden, &entries()).unwrap_err().contains("zeroes"));
    assert!(decode("extensions/a.raw", &root, &entries()).is_err());
}

#[test]
fn another_owner_mode_attribute_or_target_is_another_tree() {
    let good = decode("root.erofs", &root(&entries()), &entries()).unwrap();
    let changes: [(&str, Change); 6] = [
        ("usr/bin/init", |entry| entry.mode = 0o100_711),
        ("usr/bin/init", |entry| entry.uid = 70_001),
        ("tmp", |entry| entry.gid = 13),
        ("usr/bin/init", |entry| entry.xattrs[0].2 = &[1, 2, 4]),
        ("usr/bin/init", |entry| entry.xattrs[1].0 = 4),
        ("usr/lib", |entry| entry.data = b"bim".to_vec()),
    ];
    for (path, change) in changes {
        let mut changed = entries();
        change(changed.get_mut(path).unwrap());
        let found = decode("root.erofs", &root(&changed), &entries()).unwrap();
        assert_ne!(found["tree.json"], good["tree.json"], "{path}");
        assert_eq!(found["superblock"], good["superblock"]);
    }
}

#[test]
fn features_and_identity_stay_in_the_superblock_and_places_do_not() {
    let good = root(&entries());
    let expected = decode("root.erofs", &good, &entries()).unwrap()["superblock"].clone();
    // Counted from the superblock's begin.
    for (at, same) in [(4, true), (96, true), (8, false), (24, false), (48, false), (80, false)] {
        let mut other = good.clone();
        other[1024 + at] ^= 1;
        let found = decode("root.erofs", &other, &entries()).unwrap();
        assert_eq!(found["superblock"] == expected, same, "{at}");
    }
    let mut before = good;
    before[0] = 1;
    assert_ne!(decode("root.erofs", &before, &entries()).unwrap()["superblock"], expected);
}

#[test]
fn a_hash_tree_of_other_data_goes_by_another_name() {
    let mut bytes = root(&entries());
    *bytes.last_mut().unwrap() ^= 1;
    let parts = decode("root.erofs", &bytes, &entries()).unwrap();
    assert!(parts.contains_key("verity-of-other-data") && !parts.contains_key("verity"));
}

#[test]
fn a_file_that_only_one_reader_finds_is_not_passed_over() {
    let mut more = entries();
    more.insert("usr/bin/hidden", Entry::new(0o100_755, b"x"));
    let mut longer = entries();
    longer.get_mut("usr/bin/init").unwrap().data.push(b'!');
    for other in [more, longer] {
        let error = decode("root.erofs", &root(&other), &entries()).unwrap_err();
        assert_eq!(error, "two readers find other files in it");
    }
}

#[test]
fn folders_that_hold_themselves_are_refused() {
    let mut bytes = root(&entries());
    // The root's entry `tmp` leads to the root again.
    let superblock = Superblock::parse(&bytes).unwrap();
    let data = superblock.inodes + 32 * usize::try_from(superblock.root).unwrap() + 64;
    let tmp = data + 2 * 12;
    bytes[tmp..tmp + 8].copy_from_slice(&superblock.root.to_le_bytes());
    assert_eq!(decode("root.erofs", &bytes, &entries()).unwrap_err(), "it has the folder /tmp twice");
}

#[test]
fn what_is_not_known_is_refused() {
    let good = root(&entries());
    for (at, value, words) in [
        (0, 0, "no erofs"),
        (12, 40, "blocks"),
        (13, 1, "features"),
        (91, 1, "features"),
        (80, 8, "features"),
        (39, 1, "beyond"),
        (42, 1, "beyond"),
    ] {
        let mut bytes = good.clone();
        bytes[1024 + at] = value;
        let error = decode("root.erofs", &bytes, &entries()).unwrap_err();
        assert!(error.contains(words), "{at}: {error}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoder_panic(
        bytes: Vec<u8>,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let _either = decode("root.erofs", &bytes, &entries());
        let mut file = extension(&entries());
        let length = file.len();
        for (at, byte) in changes {
            // Most of the file is unused; what is used lies in the superblock and behind the first block.
            let used = [(1024, 128), (4096, 700), (0, length)];
            let (begin, span) = used[usize::from(byte) % 3];
            file[begin + at.index(span)] = byte;
        }
        let _either = decode("extensions/a.raw", &file, &entries());
    }
}
