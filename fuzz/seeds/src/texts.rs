// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Texts: files of this repository, cut to what is small, and a few that an archive or a kernel would give.

use std::fs;
use std::path::Path;

use crate::Seed;

const RELEASE: &str = "Suite: stable\nCodename: trixie\nDate: Sat, 21 Nov 2026 09:15:44 UTC\n\
    Valid-Until: Sat, 28 Nov 2026 09:15:44 UTC\nAcquire-By-Hash: yes\nArchitectures: all amd64\nComponents: main\nSHA256:\n \
    e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0 main/binary-amd64/Packages\n";
const PACKAGES: &str = "Package: aa\nSource: a (1.0)\nVersion: 1:1.0-1+b1\nArchitecture: amd64\nEssential: yes\n\
    Priority: required\nDepends: libc6 (>= 2.41) | musl, b\nPre-Depends: c (<< 2)\nProvides: d (= 1), e\n\
    Description: one\n two\n .\nFilename: pool/a/aa_1.0-1_amd64.deb\nSize: 7\n\
    SHA256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n";
const SOURCES: &str = "Package: a\nVersion: 1.0-1\nDirectory: pool/a\nChecksums-Sha256:\n \
    e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 9 a_1.0-1.dsc\n";
const TREE: &str = concat!(
    "ashlar-tree 1\n",
    r#"{"gid":0,"mode":"0755","path":"usr","type":"directory","uid":0}"#,
    "\n",
    r#"{"blob":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","gid":0,"mode":"0644","#,
    r#""path":"usr/a","size":3,"type":"file","uid":0,"xattrs":{"security.capability":"01"}}"#,
    "\n",
    r#"{"gid":0,"path":"usr/b","target":"a","type":"symlink","uid":0}"#,
    "\n"
);
const KEYS: &str = "\
    228b2a78 I------     1 perm 1f0b0000     0     0 keyring   .builtin_trusted_keys: 1\n\
    1c7bb7b1 I------     1 perm 1f030000     0     0 asymmetri module key of x: 0123: X509.ecdsa-nist-p384 89abcdef []\n";
const CONFIG: &str =
    "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=0x10\nCONFIG_D=\"a\\\"b\"\nCONFIG_E=m\nCONFIG_F=-1\n";

pub(crate) fn seeds() -> Vec<Seed> {
    let mut seeds: Vec<Seed> = written().into_iter().map(|(target, text)| Seed::new(target, text)).collect();
    for (target, path) in [
        ("recipe", "recipes/musl/recipe.toml"),
        ("recipe", "recipes/linux/recipe.toml"),
        ("project", "ashlar.toml"),
        ("seed_sets", "seeds.toml"),
        ("image_definition", "images/definitions/qemu.toml"),
        ("keyring", "fuzz/testdata/openpgp/keyring.pgp"),
        ("clear_signed", "fuzz/testdata/openpgp/InRelease"),
        ("detached_signature", "fuzz/testdata/openpgp/Release.gpg"),
    ] {
        seeds.push(Seed::new(target, fs::read(root().join(path)).unwrap()));
    }
    seeds.push(Seed::new("lockfile", lock()));
    let corpus = root().join("builder/recipe/corpus/valid");
    for name in ["every-key-of-a-recipe.toml", "every-key-of-the-other-files.toml", "minimal.toml"] {
        let text = fs::read_to_string(corpus.join(name)).unwrap();
        for (_, file) in text.split("#= ").filter_map(|part| part.split_once('\n')) {
            seeds.extend(
                ["recipe", "project", "seed_sets", "image_definition"].map(|target| Seed::new(target, file)),
            );
        }
    }
    seeds
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The lock of this repository, with the first table of every kind and no set.
fn lock() -> String {
    let text = fs::read_to_string(root().join("ashlar.lock")).unwrap();
    let mut short = String::new();
    for kind in ["suite", "package", "file", "module"] {
        let table = text.split("\n\n").find(|part| part.trim_start().starts_with(&format!("[[{kind}]]")));
        short.extend(table.map(|table| format!("{}\n\n", table.trim())));
    }
    format!("version = 1\n\n[set]\n\n[epoch]\nmusl = 1700000000\n\n{short}")
}

fn written() -> Vec<(&'static str, String)> {
    let hash = "0f".repeat(32);
    let boot = format!(
        r#"{{"full_read":true,"root":{{"block_size":4096,"data_blocks":3,"file":"/ashlar/root.erofs","hash_offset":12288,"root_hash":"{hash}","salt":"-"}},"schema":1}}"#
    );
    let list = format!(
        r#"{{"extensions":[{{"block_size":4096,"data_blocks":3,"hash_offset":12288,"name":"writeboost","root_hash":"{hash}","salt":"0f"}}],"release":"r","schema":1}}"#
    );
    let own = [
        ("control", "Package: a\nDescription: one\n two\n .\nTag:\n x,\n\ty\n\n\nPackage: b\n"),
        ("release_file", RELEASE),
        ("release_date", "Sat, 21 Nov 2026 10:15:44 +0100"),
        ("release_date", "29 Feb 2024  1:02:03 UTC"),
        ("packages_index", PACKAGES),
        ("sources_index", SOURCES),
        ("version", "1:1.0~rc1-1+b1\n1.0-0.1"),
        ("version", "1.18446744073709551616\n1.00a"),
        ("tree", TREE),
        ("pattern", "usr/{bin,lib}/*.so\nusr/lib/a.so"),
        ("pattern", "usr/**\nusr/lib"),
        ("identifiers", "pkg:generic/musl@1.2.5?download_url=https://example.org/musl.tar.gz"),
        ("identifiers", "cpe:2.3:a:musl-libc:musl:1.2.5:*:*:*:*:*:*:*"),
        ("identifiers", "Apache-2.0 OR MIT"),
        ("identifiers", "https://example.org/a/b.tar.xz"),
        ("identifiers", "linux:modules"),
        ("kernel_config", CONFIG),
        ("console", "[    1.0] Linux\r\n\u{1b}[1;31mred\u{1b}]0;title\u{7}\n\u{202e}txt.exe\tend \u{1b}[0m"),
        ("trusted_keys", KEYS),
        ("mirrors", "# ours\nhttps://a.example/debian/\nhttp://b.example/x # near\n"),
        (
            "mirrors",
            "deb [arch=amd64] http://a.example/debian trixie main\ndeb-src http://b.example/x sid main # far\n",
        ),
        (
            "mirrors",
            "Types: deb\nURIs: http://a.example/debian\n http://b.example/x/\nSuites: s t\nEnabled: yes\n",
        ),
        ("text_parts", "ID=ashlar\nVERSION_ID=\"1=0\"\n"),
        ("text_parts", "{\"a\":{\"b/c\":[1,\"x\"],\"d!\":null},\"e\":[],\"f\":{}}\n"),
        ("pid1_files", "ID=ashlar\nVERSION=\"1.0 x\"\n"),
        ("pid1_files", "V"),
        ("pid1_files", "C 7"),
        ("pid1_files", "1 254:0 254:0 4096 4096 3 4 sha256 0f - 1 ignore_corruption"),
    ];
    let mut texts: Vec<_> = own.into_iter().map(|(target, text)| (target, text.to_owned())).collect();
    texts.extend([("pid1_files", boot), ("pid1_files", list)]);
    texts
}
