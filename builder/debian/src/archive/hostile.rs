// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Packages that an attacker would make, each made here, and the ordinary one that they differ from.

use tar::EntryType as Type;

use super::input::Limits;
use super::{DebIdentity, DebKind, read_deb};
use crate::{ArchiveProblem, DebianError};

const CONTROL: &str = "Package: aa\nVersion: 1.0-1\nArchitecture: amd64\n";

struct Entry<'e> {
    kind: Type,
    path: &'e [u8],
    link: &'e [u8],
    content: &'e [u8],
}

const fn entry<'e>(kind: Type, path: &'e str, link: &'e str) -> Entry<'e> {
    Entry { kind, path: path.as_bytes(), link: link.as_bytes(), content: b"" }
}

const fn file<'e>(path: &'e str, content: &'e [u8]) -> Entry<'e> {
    Entry { kind: Type::Regular, path: path.as_bytes(), link: b"", content }
}

/// Writes headers byte by byte: the crate's builder refuses what an attacker would write.
fn tar(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        let mut header = tar::Header::new_gnu();
        let old = header.as_old_mut();
        old.name[..entry.path.len()].copy_from_slice(entry.path);
        old.linkname[..entry.link.len()].copy_from_slice(entry.link);
        header.set_entry_type(entry.kind);
        header.set_mode(if entry.content.starts_with(b"#!") { 0o4755 } else { 0o644 });
        header.set_uid(0);
        header.set_gid(42);
        header.set_mtime(0);
        header.set_size(entry.content.len() as u64);
        header.set_cksum();
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(entry.content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = b"!<arch>\n".to_vec();
    for (name, content) in members {
        let size = content.len();
        out.extend_from_slice(
            format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 100_644).as_bytes(),
        );
        out.extend_from_slice(content);
        if size % 2 == 1 {
            out.push(b'\n');
        }
    }
    out
}

fn deb_of(data_name: &str, data: &[u8]) -> Vec<u8> {
    let control = tar(&[file("./control", CONTROL.as_bytes()), file("./postinst", b"#!/bin/sh\nrm -rf /\n")]);
    ar(&[("debian-binary", b"2.0\n"), ("control.tar", &control), (data_name, data)])
}

fn deb(entries: &[Entry<'_>]) -> Vec<u8> {
    deb_of("data.tar", &tar(entries))
}

fn list(bytes: &[u8], limits: &Limits) -> Result<Vec<String>, DebianError> {
    let mut seen = Vec::new();
    read_deb::<_, DebianError>("aa.deb", bytes, limits, None, |mut entry| {
        let mut line = format!("{entry:?}");
        if let DebKind::File { content, .. } = &mut entry.kind {
            let mut text = String::new();
            if content.read_to_string(&mut text).is_ok() {
                line.push(' ');
                line.push_str(&text);
            }
        }
        seen.push(line);
        Ok(())
    })?;
    Ok(seen)
}

fn problem(bytes: &[u8]) -> ArchiveProblem {
    match list(bytes, &Limits::default()) {
        Err(DebianError::Archive { problem, .. }) => problem,
        other => panic!("{other:?}"),
    }
}

fn ordinary() -> [Entry<'static>; 7] {
    [
        entry(Type::Directory, "./", ""),
        entry(Type::Directory, "./usr/", ""),
        file("./usr/bin/tool", b"#!tool"),
        entry(Type::Link, "./usr/bin/hard", "./usr/bin/tool"),
        entry(Type::Symlink, "./usr/bin/soft", "../lib/x"),
        entry(Type::Symlink, "./etc", "/usr/etc"),
        file("./usr/empty", b""),
    ]
}

#[test]
fn an_ordinary_package_is_read_whatever_its_compression() {
    let plain = tar(&ordinary());
    let expected = [
        "directory \"usr\" 644 0:42",
        "file of 6, executable true \"usr/bin/tool\" 4755 0:42 #!tool",
        "hardlink to \"usr/bin/tool\" \"usr/bin/hard\" 644 0:42",
        "symlink to \"../lib/x\" \"usr/bin/soft\" 644 0:42",
        "symlink to \"/usr/etc\" \"etc\" 644 0:42",
        "file of 0, executable false \"usr/empty\" 644 0:42 ",
    ];
    let zstd = zstd::encode_all(&plain[..], 1).unwrap();
    for (name, data) in [("data.tar", &plain), ("data.tar/", &plain), ("data.tar.zst", &zstd)] {
        assert_eq!(list(&deb_of(name, data), &Limits::default()).unwrap(), expected, "{name}");
    }
}

#[test]
fn what_the_visitor_does_not_read_is_skipped() {
    let mut count = 0;
    read_deb::<_, DebianError>("aa.deb", &deb(&ordinary())[..], &Limits::default(), None, |_| {
        count += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(count, 6);
}

#[test]
fn the_visitors_error_comes_back() {
    let stop = || DebianError::ExcludedRoot { name: "mine".into() };
    let result =
        read_deb("aa.deb", &deb(&ordinary())[..], &Limits::default(), None, |_| Err::<(), _>(stop()));
    assert!(matches!(result, Err(DebianError::ExcludedRoot { name }) if name == "mine"));
}

#[test]
fn path_traversal() {
    for path in
        ["../x", "./../x", "a/../../x", "a/..", "/etc/passwd", "//x", "a//b", "a/./b", ".//etc/x", "a\nb"]
    {
        assert!(matches!(problem(&deb(&[file(path, b"x")])), ArchiveProblem::Path(_)), "{path}");
    }
    let latin1 = Entry { kind: Type::Regular, path: b"caf\xe9", link: b"", content: b"" };
    assert_eq!(problem(&deb(&[latin1])), ArchiveProblem::Path("is not UTF-8"));
}

#[test]
fn a_file_through_a_symlink_of_the_same_package() {
    let attack = [entry(Type::Symlink, "a", "/etc"), file("a/passwd", b"x")];
    assert_eq!(problem(&deb(&attack)), ArchiveProblem::ThroughNonDirectory("a".into()));
    let deeper = [entry(Type::Symlink, "x/a", "../../etc"), file("x/a/b/c", b"x")];
    assert!(matches!(problem(&deb(&deeper)), ArchiveProblem::LinkTarget { .. }));
    let file_as_parent = [file("a", b""), file("a/b", b"x")];
    assert_eq!(problem(&deb(&file_as_parent)), ArchiveProblem::ThroughNonDirectory("a".into()));
}

#[test]
fn a_symlink_in_place_of_what_is_there_already() {
    let over_parent = [file("a/b", b"x"), entry(Type::Symlink, "a", "/etc")];
    let over_directory = [entry(Type::Directory, "a/", ""), entry(Type::Symlink, "a", "/etc")];
    let over_link = [entry(Type::Symlink, "a", "/etc"), entry(Type::Directory, "a/", "")];
    let twice = [file("a", b"x"), file("./a", b"y")];
    for attack in [&over_parent, &over_directory, &over_link, &twice] {
        assert_eq!(problem(&deb(attack)), ArchiveProblem::Duplicate);
    }
}

#[test]
fn a_hardlink_to_anything_but_a_file_of_the_package() {
    for target in ["/etc/shadow", "../etc/shadow", "etc/shadow", "soft", "dir", "self", ""] {
        let attack = [
            entry(Type::Directory, "dir/", ""),
            entry(Type::Symlink, "soft", "/etc/shadow"),
            entry(Type::Link, "self", target),
        ];
        assert!(matches!(problem(&deb(&attack)), ArchiveProblem::LinkTarget { .. }), "{target}");
    }
}

#[test]
fn a_symlink_above_the_root() {
    for target in ["../../etc", "..", "x/../../..", "/.."] {
        let attack = [entry(Type::Symlink, "soft", target)];
        assert!(matches!(problem(&deb(&attack)), ArchiveProblem::LinkTarget { .. }), "{target}");
    }
}

#[test]
fn members_that_no_tree_can_hold() {
    for kind in [
        Type::Char,
        Type::Block,
        Type::Fifo,
        Type::GNUSparse,
        Type::XHeader,
        Type::XGlobalHeader,
        Type::Continuous,
        Type::new(b'V'),
    ] {
        assert!(matches!(problem(&deb(&[entry(kind, "x", "")])), ArchiveProblem::Kind(_)), "{kind:?}");
    }
    let fat_link = Entry { kind: Type::Symlink, path: b"x", link: b"y", content: b"hidden" };
    assert_eq!(problem(&deb(&[fat_link])), ArchiveProblem::OutOfRange("size"));
}

/// dpkg skips no content of a folder (lib/dpkg/tarfn.c): it reads what lies there as more members.
#[test]
fn members_hidden_in_the_content_of_the_root() {
    let hidden = tar(&[file("./usr/bin/evil", b"#!evil")]);
    let root = Entry { kind: Type::Directory, path: b"./", link: b"", content: &hidden };
    assert_eq!(problem(&deb(&[root])), ArchiveProblem::OutOfRange("size"));
}

#[test]
fn a_header_of_the_root_that_others_refuse() {
    for (field, what) in [(100..108, "mode"), (108..116, "owner"), (116..124, "group")] {
        let mut data = tar(&[entry(Type::Directory, "./", "")]);
        data[field].fill(0);
        data[148..156].fill(b' ');
        let sum: u32 = data[..512].iter().map(|byte| u32::from(*byte)).sum();
        data[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        assert_eq!(problem(&deb_of("data.tar", &data)), ArchiveProblem::OutOfRange(what));
    }
}

#[test]
fn long_names_are_names_too_and_have_an_end() {
    let long = format!("{}/file\0", "d".repeat(200));
    let name = Entry { kind: Type::GNULongName, path: b"././@LongLink", link: b"", content: long.as_bytes() };
    let listed = list(&deb(&[name, file("short", b"x")]), &Limits::default()).unwrap();
    assert!(listed[0].contains(&"d".repeat(200)) && !listed[0].contains("short"), "{listed:?}");

    let evil =
        Entry { kind: Type::GNULongName, path: b"././@LongLink", link: b"", content: b"../../etc/passwd\0" };
    assert!(matches!(problem(&deb(&[evil, file("innocent", b"x")])), ArchiveProblem::Path(_)));
    let evil =
        Entry { kind: Type::GNULongLink, path: b"././@LongLink", link: b"", content: b"/etc/shadow\0" };
    let link = entry(Type::Link, "b", "a");
    assert!(matches!(problem(&deb(&[file("a", b""), evil, link])), ArchiveProblem::LinkTarget { .. }));
    let endless = "x".repeat(5000);
    let endless =
        Entry { kind: Type::GNULongName, path: b"././@LongLink", link: b"", content: endless.as_bytes() };
    assert_eq!(problem(&deb(&[endless])), ArchiveProblem::Limit { what: "bytes in a path", limit: 4096 });
}

/// Others take it for a member of unknown kind, and the short name for the name.
#[test]
fn a_long_name_in_a_header_without_magic() {
    let name = Entry { kind: Type::GNULongName, path: b"././@LongLink", link: b"", content: b"usr/x\0" };
    let mut data = tar(&[name, file("a", b"")]);
    // The sum stays the same.
    data[257..263].copy_from_slice(b"sutar ");
    let found = problem(&deb_of("data.tar", &data));
    assert_eq!(found, ArchiveProblem::TarHeader("a long name in a header without magic".into()));
}

#[test]
fn a_long_name_that_no_member_follows() {
    for kind in [Type::GNULongName, Type::GNULongLink] {
        let name = Entry { kind, path: b"././@LongLink", link: b"", content: b"usr/x\0" };
        let found = problem(&deb(&[file("a", b""), name]));
        assert_eq!(found, ArchiveProblem::TarHeader("a long name for no member".into()), "{kind:?}");
    }
}

#[test]
fn limits_hold() {
    let files = [file("a", b"12345"), file("b", b"12345")];
    for (limits, what) in [
        (Limits { entries: 1, ..Limits::default() }, "entries"),
        (Limits { file: 4, ..Limits::default() }, "bytes in one file"),
        (Limits { unpacked: 2500, ..Limits::default() }, "unpacked bytes"),
    ] {
        match list(&deb(&files), &limits) {
            Err(DebianError::Archive { problem: ArchiveProblem::Limit { what: found, .. }, .. }) => {
                assert!(found == what || found == "bytes in its control file", "{found}");
            }
            other => panic!("{what}: {other:?}"),
        }
    }
}

#[test]
fn a_decompression_bomb() {
    let zeros = vec![0; (Limits::RATIO_FREE + (8 << 20)) as usize];
    let packed = zstd::encode_all(&tar(&[file("bomb", &zeros)])[..], 1).unwrap();
    assert!(packed.len() < 100_000);
    assert!(matches!(problem(&deb_of("data.tar.zst", &packed)), ArchiveProblem::Limit { limit: 250, .. }));
}

#[test]
fn truncation_at_every_byte() {
    let plain = deb(&ordinary());
    let packed = deb_of("data.tar.zst", &zstd::encode_all(&tar(&ordinary())[..], 1).unwrap());
    for whole in [plain, packed] {
        for end in (0..whole.len() - 1).step_by(3).chain([whole.len() - 1]) {
            match list(&whole[..end], &Limits::default()) {
                Err(DebianError::Archive { problem: ArchiveProblem::Truncated, .. }) => {}
                other => panic!("cut at {end} of {}: {other:?}", whole.len()),
            }
        }
    }
}

#[test]
fn junk_at_every_end() {
    let mut after_ar = deb(&ordinary());
    after_ar.extend_from_slice(&ar(&[("evil", b"12")])[8..]);
    assert_eq!(problem(&after_ar), ArchiveProblem::TrailingJunk);

    let mut after_tar = tar(&ordinary());
    after_tar.extend_from_slice(&tar(&[file("hidden", b"x")]));
    assert_eq!(problem(&deb_of("data.tar", &after_tar)), ArchiveProblem::TrailingJunk);

    let mut after_stream = zstd::encode_all(&tar(&ordinary())[..], 1).unwrap();
    after_stream.extend_from_slice(b"junk");
    assert!(list(&deb_of("data.tar.zst", &after_stream), &Limits::default()).is_err());
}

#[test]
fn a_size_with_a_sign_that_another_reader_takes_for_base_64() {
    let digits: [&[u8]; 2] = [b"+0000000012\0", b" +000000012\0"];
    for size in digits {
        let mut data = tar(&[file("./a", b"0123456789")]);
        data[124..136].copy_from_slice(size);
        data[148..156].fill(b' ');
        let sum: u32 = data[..512].iter().map(|byte| u32::from(*byte)).sum();
        data[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let found = problem(&deb_of("data.tar", &data));
        assert_eq!(found, ArchiveProblem::TarHeader("the size has a sign".into()));
    }
}

#[test]
fn a_frame_that_is_no_package() {
    let control = tar(&[file("./control", CONTROL.as_bytes())]);
    let data = tar(&ordinary());
    let version: (&str, &[u8]) = ("debian-binary", b"2.0\n");
    let control: (&str, &[u8]) = ("control.tar", &control);
    let data: (&str, &[u8]) = ("data.tar", &data);
    for members in [
        vec![control, data],
        vec![("debian-binary", b"3.0\n"), control, data],
        vec![version, data, control],
        vec![version, ("control.tar.lzma", control.1), data],
        vec![version, ("evil", b""), control, data],
        vec![version, ("control.tar", &tar(&[file("./md5sums", b"")])[..]), data],
    ] {
        let names: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
        assert!(matches!(problem(&ar(&members)), ArchiveProblem::NotADeb(_)), "{names:?}");
    }
    let two = tar(&[file("./control", CONTROL.as_bytes()), file("control", CONTROL.as_bytes())]);
    assert_eq!(problem(&ar(&[version, ("control.tar", &two), data])), ArchiveProblem::Duplicate);
}

#[test]
fn another_package_than_the_index_named() {
    let expected =
        DebIdentity { name: "aa".into(), version: "1.0-1".parse().unwrap(), architecture: "amd64".into() };
    let bytes = deb(&ordinary());
    let run = |expected: &DebIdentity| {
        let mut shown = 0;
        let result =
            read_deb::<_, DebianError>("aa.deb", &bytes[..], &Limits::default(), Some(expected), |_| {
                shown += 1;
                Ok(())
            });
        (result, shown)
    };
    assert_eq!(run(&expected).0.unwrap(), expected);
    for swapped in [
        DebIdentity { name: "bb".into(), ..expected.clone() },
        DebIdentity { version: "1.0-2".parse().unwrap(), ..expected.clone() },
        DebIdentity { architecture: "arm64".into(), ..expected },
    ] {
        let (result, shown) = run(&swapped);
        assert!(matches!(result, Err(DebianError::Archive { problem: ArchiveProblem::Identity { .. }, .. })));
        assert_eq!(shown, 0, "nothing of it may be unpacked");
    }
}

#[test]
fn a_corrupt_header_names_the_archive() {
    let mut data = tar(&ordinary());
    data[512 + 148] ^= 1;
    let found = problem(&deb_of("data.tar", &data));
    assert!(matches!(found, ArchiveProblem::TarHeader(_)), "{found:?}");
}

proptest::proptest! {
    #[test]
    fn no_flipped_byte_panics(position in 0_usize..9000, value: u8) {
        let mut bytes = deb(&ordinary());
        let position = position % bytes.len();
        bytes[position] = value;
        drop(list(&bytes, &Limits::default()));
    }
}
