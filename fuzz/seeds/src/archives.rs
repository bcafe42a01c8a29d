// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Binary packages, source archives and crates, plain and in every compression.

use std::io::Write as _;

use tar::EntryType as Type;

use crate::Seed;

const CONTROL: &[u8] = b"Package: aa\nVersion: 1.0-1\nArchitecture: amd64\n";
/// Of type, mode, path, target of a link, and content.
pub type Entry<'e> = (Type, u32, &'e str, &'e str, &'e [u8]);

const ENTRIES: [Entry<'_>; 7] = [
    (Type::Directory, 0o755, "./", "", b""),
    (Type::Directory, 0o755, "./usr/", "", b""),
    (Type::Regular, 0o755, "./usr/a", "", b"a file"),
    (Type::Link, 0o755, "./usr/b", "./usr/a", b""),
    (Type::Symlink, 0o777, "./usr/c", "../usr/a", b""),
    (Type::GNULongName, 0, "././@LongLink", "", b"./usr/a-name-of-its-own\0"),
    (Type::Regular, 0o644, "./usr/a-name", "", b""),
];

pub(crate) const CRATE: [Entry<'_>; 4] = [
    (Type::Directory, 0o755, "a-1.0.0/", "", b""),
    (Type::Regular, 0o644, "a-1.0.0/Cargo.toml", "", b"[package]\n"),
    (Type::Regular, 0o755, "a-1.0.0/build.sh", "", b"#!/bin/sh\n"),
    (Type::Regular, 0o644, "a-1.0.0/src/lib.rs", "", b""),
];

pub(crate) fn seeds() -> Vec<Seed> {
    let data = tar(ENTRIES);
    let compressions = [gzip(&data), bzip2(&data), xz(&data), zstd::encode_all(&data[..], 1).unwrap()];
    let plain = deb("data.tar", &data);
    let krate = tar(CRATE);
    let mut seeds = vec![
        Seed::new("ar", plain.clone()),
        Seed::new("ar", ar(&[("a/", b"one"), ("b", b"two!")])),
        Seed::new("crate_archive", gzip(&krate)),
        Seed::new("crate_archive", krate),
        Seed::new("deb", plain),
        Seed::new("tar_entries", data.clone()),
        Seed::new("source_archive", data),
    ];
    for (suffix, packed) in ["gz", "bz2", "xz", "zst"].into_iter().zip(compressions) {
        seeds.push(Seed::new("deb", deb(&format!("data.tar.{suffix}"), &packed)));
        seeds.push(Seed::new("source_archive", packed));
    }
    seeds
}

/// A package whose data archive is a member of this name with these bytes.
#[must_use]
pub fn deb(name: &str, data: &[u8]) -> Vec<u8> {
    let control = tar([(Type::Regular, 0o644, "./control", "", CONTROL)]);
    ar(&[("debian-binary", b"2.0\n"), ("control.tar", &control), (name, data)])
}

pub(crate) fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = b"!<arch>\n".to_vec();
    for (name, content) in members {
        let size = content.len();
        out.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 100_644).into_bytes());
        out.extend_from_slice(content);
        out.resize(out.len().next_multiple_of(2), b'\n');
    }
    out
}

/// An archive of these entries, byte by byte: the library refuses paths that an attacker would write.
///
/// # Panics
/// If a path or the target of a link has more than 100 bytes.
#[must_use]
pub fn tar<'e>(entries: impl IntoIterator<Item = Entry<'e>>) -> Vec<u8> {
    let mut out = Vec::new();
    for (kind, mode, path, link, content) in entries {
        let mut header = tar::Header::new_gnu();
        let old = header.as_old_mut();
        old.name[..path.len()].copy_from_slice(path.as_bytes());
        old.linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(42);
        header.set_mtime(1_700_000_000);
        header.set_size(content.len() as u64);
        header.set_cksum();
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    gzip_as(bytes, flate2::Compression::best())
}

/// The bytes in a gzip file, as they are.
#[must_use]
pub fn gzip_stored(bytes: &[u8]) -> Vec<u8> {
    gzip_as(bytes, flate2::Compression::none())
}

fn gzip_as(bytes: &[u8], level: flate2::Compression) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
