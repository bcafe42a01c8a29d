// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Contents that are read are those that were written: by hand, and by mkfs.erofs with every option that an image may have.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::synthetic::{Entry, image};
use super::*;

type Files = BTreeMap<String, Vec<u8>>;

fn read(image: &[u8], limit: u64) -> Result<Files, String> {
    let mut files = Files::new();
    each_file(image, limit, &mut |path, content| {
        files.insert(path.to_owned(), content.to_vec());
        Ok(())
    })?;
    Ok(files)
}

fn entries() -> BTreeMap<&'static str, Entry> {
    BTreeMap::from([
        ("usr", Entry::new(0o040_755, b"")),
        ("usr/a", Entry::new(0o100_644, b"one")),
        ("usr/b", Entry::new(0o120_777, b"a")),
        ("usr/c", Entry::new(0o100_755, b"")),
        ("usr/d", Entry::new(0o020_666, b"")),
    ])
}

#[test]
fn regular_files_are_shown_with_their_contents_and_nothing_else_is() {
    let expected = Files::from([("usr/a".to_owned(), b"one".to_vec()), ("usr/c".to_owned(), Vec::new())]);
    let mut bytes = image(&entries());
    assert_eq!(read(&bytes, 3), Ok(expected.clone()));
    bytes.extend([7; 5000]);
    assert_eq!(read(&bytes, 3), Ok(expected));
}

#[test]
fn more_than_is_taken_is_refused_before_it_is_read() {
    assert_eq!(read(&image(&entries()), 2), Err("its files have more than 2 bytes together".to_owned()));
    let visited = each_file(&image(&entries()), 3, &mut |_, _| Err("enough".to_owned()));
    assert_eq!(visited, Err("enough".to_owned()));
}

/// Bytes that no compressor makes shorter.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn text(length: usize) -> Vec<u8> {
    (0_u32..)
        .flat_map(|line| format!("line {line} of {}\n", line.wrapping_mul(line) % 97).into_bytes())
        .take(length)
        .collect()
}

/// Files of every kind that a file system stores in its own way.
fn samples() -> Files {
    let mixed = [text(70_000), noise(30_000), text(200_000), noise(5000)].concat();
    let files = [
        ("empty", Vec::new()),
        ("one", vec![1]),
        ("small", text(900)),
        ("small-noise", noise(900)),
        ("block", text(4096)),
        ("noise", noise(150_001)),
        ("text", text(300_007)),
        ("same-text", text(300_007)),
        ("most-of-the-text", text(250_000)),
        ("more-text", text(3_000_000)),
        ("zeroes", vec![0; 1_000_000]),
        ("mixed", mixed),
        ("tail", [noise(8192), text(100)].concat()),
    ];
    files.into_iter().map(|(name, content)| (format!("folder/{name}"), content)).collect()
}

/// What lies in the images of testdata.
fn fixture() -> Files {
    let files = [
        ("a/empty", Vec::new()),
        ("a/small", text(700)),
        ("a/noise", noise(5000)),
        ("a/text", text(60_000)),
        ("b/text", text(60_000)),
        ("b/tail", [noise(4096), text(9000)].concat()),
        ("b/zeroes", vec![0; 400_000]),
    ];
    files.into_iter().map(|(path, content)| (path.to_owned(), content)).collect()
}

fn write(files: &Files, tree: &Path) {
    for (path, content) in files {
        let path = tree.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

/// The images, and the options that they were made with (erofs-utils 1.8.6).
const IMAGES: [(&[u8], &str); 3] = [
    (include_bytes!("../../testdata/zstd.erofs"), "-zzstd,level=6 -C65536 -Efragments"),
    (include_bytes!("../../testdata/zstd-dedupe.erofs"), "-zzstd,level=6 -C16384 -Efragments,dedupe"),
    (include_bytes!("../../testdata/lz4hc.erofs"), "-zlz4hc,level=12 -C65536"),
];

#[test]
fn images_of_every_index_and_compressor_are_read() {
    for (image, options) in IMAGES {
        assert!(read(image, 1 << 20) == Ok(fixture()), "{options}");
    }
}

#[test]
fn a_compressed_image_cut_or_with_any_block_overwritten_is_no_panic() {
    for (image, _) in IMAGES {
        for at in (0..image.len()).step_by(512) {
            let _either = read(&image[..at], 1 << 20);
            for value in [0, 0x55, 0xff] {
                let mut changed = image.to_vec();
                let end = image.len().min(at + 24);
                changed[at..end].fill(value);
                let _either = read(&changed, 1 << 20);
            }
        }
    }
}

#[test]
fn whatever_mkfs_erofs_makes_is_read_as_it_was() {
    if !ashlar_foreign::of_version("mkfs.erofs", &["--version"], "erofs-utils) 1.8") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("tree");
    let samples = samples();
    write(&samples, &tree);
    let all = [
        "",
        "-zlz4",
        "-zlz4hc,level=12 -C65536",
        "-zlz4hc,level=12 -C65536 -Efragments",
        "-zlz4hc -C16384 -Ededupe",
        "-zlz4 -C65536 -Efragments,dedupe",
        "-zzstd,level=6",
        "-zzstd,level=6 -C65536",
        "-zzstd,level=6 -C65536 -Efragments",
        "-zzstd,level=6 -C65536 -Efragments,dedupe",
        "-zzstd,level=3 -C1048576 -Efragments",
        "-zzstd,level=3 -C65536 -Elegacy-compress",
    ];
    for options in all {
        let file = folder.path().join("image");
        let mut arguments = vec!["--quiet"];
        arguments.extend(options.split_whitespace());
        arguments.extend(["image", "tree"]);
        ashlar_foreign::succeeds(folder.path(), "mkfs.erofs", &arguments);
        let found =
            read(&fs::read(&file).unwrap(), 1 << 30).unwrap_or_else(|reason| panic!("{options}: {reason}"));
        let differs = |(path, content): &(&String, &Vec<u8>)| found.get(*path) != Some(*content);
        let differing: Vec<&String> = samples.iter().filter(differs).map(|(path, _)| path).collect();
        assert!(differing.is_empty() && found.len() == samples.len(), "{options}: {differing:?}");
    }
}

/// Run with `-- --ignored` where mkfs.erofs 1.8 is installed, after the fixture was changed.
#[test]
#[ignore = "writes the images in testdata again"]
fn make_the_images_of_the_fixture() {
    let folder = tempfile::tempdir().unwrap();
    write(&fixture(), &folder.path().join("tree"));
    for ((_, options), name) in IMAGES.into_iter().zip(["zstd", "zstd-dedupe", "lz4hc"]) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("testdata/{name}.erofs"));
        let mut arguments =
            vec!["--quiet", "--all-root", "-T1700000000", "-U00000000-0000-4000-8000-000000000000"];
        arguments.extend(options.split_whitespace());
        arguments.extend([file.to_str().unwrap(), "tree"]);
        ashlar_foreign::succeeds(folder.path(), "mkfs.erofs", &arguments);
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(
        bytes: Vec<u8>,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let _either = read(&bytes, 1 << 20);
        let mut file = image(&entries());
        let length = file.len();
        for (at, byte) in changes {
            let used = [(1024, 128), (4096, 500), (0, length)];
            let (begin, span) = used[usize::from(byte) % 3];
            file[begin + at.index(span)] = byte;
        }
        let _either = read(&file, 1 << 20);
    }
}
