// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Archives as the kernel takes them, and damaged ones.

use super::*;

fn entry(name: &str, mode: u32, content: &[u8]) -> Vec<u8> {
    entry_with_links(name, mode, 1, content)
}

fn entry_with_links(name: &str, mode: u32, links: u32, content: &[u8]) -> Vec<u8> {
    let trailer = name == "TRAILER!!!";
    let fields = [
        u32::from(!trailer),
        mode,
        0,
        0,
        links,
        0,
        content.len() as u32,
        0,
        0,
        0,
        0,
        name.len() as u32 + 1,
        0,
    ];
    let mut bytes = MAGIC.to_vec();
    bytes.extend(fields.iter().flat_map(|field| format!("{field:08X}").into_bytes()));
    bytes.extend_from_slice(name.as_bytes());
    bytes.push(0);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// An archive of these files, and before each the folder that it is in, if no other file was in it.
pub(crate) fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut folders = BTreeSet::new();
    let mut entries = Vec::new();
    for (name, content) in files {
        let folder = name.rsplit_once('/').map(|(folder, _)| folder);
        if let Some(folder) = folder.filter(|folder| folders.insert(*folder)) {
            entries.extend(entry(folder, 0o040_755, b""));
        }
        entries.extend(entry(name, 0o100_644, content));
    }
    closed(entries)
}

/// These entries with a trailer.
fn closed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend(entry("TRAILER!!!", 0, b""));
    bytes.resize(bytes.len().next_multiple_of(END), 0);
    bytes
}

fn decode(bytes: &[u8]) -> Result<Option<Vec<Part<'_>>>, String> {
    NewcDecoder.decode("initramfs.cpio", bytes)
}

#[test]
fn every_entry_of_every_archive_is_a_part() {
    let bytes = [archive(&[("init", b"one"), ("etc/x", b"")]), archive(&[("init", b"two")])].concat();
    let parts = decode(&bytes).unwrap().unwrap();
    let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    let entries = ["0/init", "0/etc", "0/etc/x", "1/init"];
    assert_eq!(names, entries.map(|name| [format!("{name}#header"), name.to_owned()]).concat());
    assert_eq!((&*parts[1].bytes, &*parts[7].bytes), (&b"one"[..], &b"two"[..]));
    assert_eq!(parts[0].bytes.len(), HEADER - 8);
    assert_eq!(NewcDecoder.decode("root.erofs", &bytes), Ok(None));
    assert_eq!(NewcDecoder.decode("q.efi!.initrd", &bytes).unwrap().unwrap().len(), 8);
}

#[test]
fn an_archive_of_gnu_cpio_is_read() {
    let archive = include_bytes!("../../../testdata/gnu.cpio");
    let parts = decode(archive).unwrap().unwrap();
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|part| (part.name.as_str(), &*part.bytes)).collect();
    assert_eq!(parts[1], ("0/init", &b"one"[..]));
    assert_eq!(parts[3], ("0/x", &b""[..]));
    assert_eq!(parts.len(), 4);
}

#[test]
fn bytes_hidden_between_entries_are_refused() {
    let good = archive(&[("init", b"one")]);
    let hidden = |at: usize| {
        let mut bytes = good.clone();
        assert_eq!(bytes[at], 0);
        bytes[at] = 1;
        bytes
    };
    let content = good.windows(3).position(|window| window == b"one").unwrap();
    let mut longer = good.clone();
    longer.extend([0; 512]);
    let lower = String::from_utf8_lossy(&good).replace("000081A4", "000081a4").into_bytes();
    for (bytes, what) in [
        (hidden(content + 3), "padding of content"),
        (hidden(content - 1), "padding of name"),
        (hidden(good.len() - 1), "padding of archive"),
        (longer, "zeroes behind"),
        (good[..good.len() - 4].to_vec(), "cut"),
        (lower, "lower case"),
        ([b"x", &good[..]].concat(), "before"),
        (archive(&[("a!b", b"")]), "name"),
        (archive(&[("", b"")]), "no name"),
    ] {
        assert!(decode(&bytes).is_err(), "{what}");
    }
    let trailer = String::from_utf8_lossy(&good).rfind("070701").unwrap();
    let mut mode = good.clone();
    mode[trailer + 6 + 8 + 7] = b'7';
    assert!(decode(&mode).is_err());
}

fn assert_refused(bytes: &[u8], what: &str) {
    let message = decode(bytes).unwrap_err();
    assert!(message.contains(what), "{message}");
}

#[test]
fn a_hard_link_that_replaces_an_earlier_file_is_refused() {
    let init = entry("init", 0o100_755, b"good");
    for links in [0, 2, 0x0001_0001] {
        let other = entry_with_links("x", 0o100_644, links, b"evil");
        assert_refused(&closed([&init[..], &other].concat()), "more links than one");
    }
    // A folder has a link for each folder in it.
    let folder = entry_with_links("x", 0o040_755, 2, b"");
    assert!(decode(&closed([&init[..], &folder].concat())).is_ok());
}

#[test]
fn a_name_that_leads_to_the_place_of_another_is_refused() {
    for name in ["./init", "/init", "x//init", "x/../init", "init/", "."] {
        let bytes = [entry("x", 0o040_755, b""), entry(name, 0o100_755, b"evil")].concat();
        assert_refused(&closed(bytes), "no plain path");
    }
}

#[test]
fn what_the_kernel_would_leave_out_is_refused() {
    assert_refused(&closed(entry("x/init", 0o100_755, b"")), "no entry makes");
    let file = [entry("x", 0o100_644, b""), entry("x/init", 0o100_755, b"")].concat();
    assert_refused(&closed(file), "no entry makes");
    assert_refused(&closed(entry("x", 0o040_755, b"hidden")), "a folder has content");
    // A folder of an archive before is there.
    let two = [closed(entry("x", 0o040_755, b"")), closed(entry("x/init", 0o100_755, b""))].concat();
    assert_eq!(decode(&two).unwrap().unwrap().len(), 4);
}

#[test]
fn a_size_beyond_the_archive_is_refused() {
    let mut bytes = archive(&[("init", b"one")]);
    for field in [FILE_SIZE, NAME_SIZE] {
        let at = MAGIC.len() + 8 * field;
        bytes[at..at + 8].copy_from_slice(b"FFFFFFFF");
        assert!(decode(&bytes).is_err());
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes: Vec<u8>, at in 0_usize..512, byte: u8) {
        let _either = decode(&bytes);
        let good = archive(&[("init", b"one"), ("etc", b"")]);
        let mut changed = good.clone();
        changed[at] = byte;
        if let (Ok(Some(one)), Ok(Some(two))) = (decode(&good), decode(&changed)) {
            proptest::prop_assert_eq!(one == two, good == changed);
        }
    }
}
