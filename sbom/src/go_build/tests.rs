// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Build information as Go writes it, as Go itself reads it where there is a Go, and damaged in every way.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::sample_elf::elf;

const MODULES: &str = "path\tgithub.com/containerd/containerd/v2/cmd/containerd\n\
    mod\tgithub.com/containerd/containerd/v2\tv2.4.2\th1:main=\n\
    dep\tgolang.org/x/net\tv0.40.0\th1:net=\n\
    dep\texample.com/old\tv1.0.0\n\
    =>\texample.com/new\tv2.0.0\th1:new=\n\
    dep\texample.com/local\tv0.0.0\n\
    =>\t./local\t(devel)\t\n\
    build\t-compiler=gc\n\
    build\t-ldflags=\"-s -w -X \\\"main.version=2\\\"\"\n\
    build\tCGO_ENABLED=0\n\
    build\tGOOS=linux\n";

/// The bytes of `.go.buildinfo`.
fn section(version: &str, modules: &str) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend([8, INLINE]);
    bytes.resize(HEADER, 0);
    let marked =
        if modules.is_empty() { String::new() } else { format!("{0}{modules}{0}", "#".repeat(MARK)) };
    for text in [version, &marked] {
        let mut length = text.len();
        while length >= 0x80 {
            bytes.push(0x80 | (length & 0x7f) as u8);
            length >>= 7;
        }
        bytes.push(length as u8);
        bytes.extend(text.as_bytes());
    }
    bytes
}

#[test]
fn what_go_wrote_is_read() {
    let program = elf(".go.buildinfo", &section("go1.26.8", MODULES), false);
    let build = GoBuild::of_program(&program).unwrap().unwrap();
    assert_eq!(build.go_version, "go1.26.8");
    assert_eq!(build.path, "github.com/containerd/containerd/v2/cmd/containerd");
    assert_eq!(build.main.as_ref().unwrap().version, "v2.4.2");
    let built: Vec<&str> = build.modules.iter().map(|module| module.built().path.as_str()).collect();
    assert_eq!(built, ["golang.org/x/net", "example.com/new", "./local"]);
    assert_eq!(build.settings["-ldflags"], "-s -w -X \"main.version=2\"");
    assert_eq!(build.settings["CGO_ENABLED"], "0");
}

#[test]
fn a_program_whose_section_names_are_stripped_is_found_by_its_bytes() {
    let mut content = vec![7; 48];
    content.extend(section("go1.26.8", MODULES));
    let program = elf(".data", &content, true);
    assert_eq!(GoBuild::of_program(&program).unwrap().unwrap().modules.len(), 3);
    content.insert(0, 7);
    assert_eq!(GoBuild::of_program(&elf(".data", &content, true)).unwrap(), None, "at no multiple of 16");
}

#[test]
fn a_program_without_modules_has_a_version_all_the_same() {
    let build = GoBuild::of_program(&elf(".go.buildinfo", &section("go1.26.8", ""), false)).unwrap().unwrap();
    assert_eq!(build, GoBuild { go_version: "go1.26.8".to_owned(), ..GoBuild::default() });
}

#[test]
fn programs_of_other_languages_have_none_and_texts_are_no_programs() {
    assert_eq!(GoBuild::of_program(&elf(".text", b"code", true)).unwrap(), None);
    let error = GoBuild::of_program(b"#!/bin/sh\n").unwrap_err();
    assert!(matches!(error, SbomError::Elf { .. }) && error.help().is_some(), "{error}");
}

#[test]
fn damage_is_told_and_not_guessed_over() {
    let good = section("go1.26.8", MODULES);
    let mut old = good.clone();
    old[MAGIC.len() + 1] = 0;
    let mut long = good.clone();
    long.splice(HEADER..=HEADER, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
    let mut endless = good.clone();
    endless.splice(HEADER..=HEADER, [0xff; 12]);
    let mut garbled = good.clone();
    garbled[HEADER + 1] = 0xff;
    for (bytes, part) in [
        (old, "before 1.18"),
        (good[..20].to_vec(), "ends in its header"),
        (good[..good.len() - 1].to_vec(), "has no end"),
        (long, "has no end"),
        (endless, "has no end"),
        (garbled, "no UTF-8"),
        ([&good[..HEADER], &[0, 1, b'x']].concat(), "shorter than the marks"),
    ] {
        let error = GoBuild::of_program(&elf(".go.buildinfo", &bytes, false)).unwrap_err();
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
    for (line, part) in [
        ("dep\tx", "a path and a version"),
        ("dep\t\tv1", "a path and a version"),
        ("=>\tx\tv1\t", "no module that it could replace"),
        ("build\tGOOS", "has a `=`"),
        ("mod\ta\tb\tc\td", "a path and a version"),
    ] {
        let error = GoBuild::parse_modules(&format!("path\tx\n{line}\n")).unwrap_err();
        assert!(error.to_string().contains(part) && error.to_string().contains("line 2"), "{line}: {error}");
    }
}

/// Go's own reader, on a program of Go's and on one that is linked from a module in place of another.
#[test]
fn go_reads_the_same() {
    if !ashlar_foreign::of_version("go", &["version"], "go1.") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        (
            "go.mod",
            "module example.com/hello\ngo 1.21\nrequire example.com/dep v1.0.0\nreplace example.com/dep => ./dep\n",
        ),
        ("main.go", "package main\nimport \"example.com/dep\"\nfunc main() { print(dep.Word) }\n"),
        ("dep/go.mod", "module example.com/dep\ngo 1.21\n"),
        ("dep/dep.go", "package dep\nvar Word = \"hello\"\n"),
    ] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let say = |arguments: &[&str]| ashlar_foreign::succeeds(folder.path(), "go", arguments).text();
    say(&["build", "-trimpath", "-ldflags=-s -w", "-o", "hello", "."]);
    let ours = |program: &Path| {
        let theirs = say(&["version", "-m", program.to_str().unwrap()]);
        let (first, rest) = theirs.split_once('\n').unwrap();
        let lines: String =
            rest.lines().map(|line| line.strip_prefix('\t').unwrap_or(line).to_owned() + "\n").collect();
        let expected = GoBuild {
            go_version: first.rsplit_once(": ").unwrap().1.to_owned(),
            ..GoBuild::parse_modules(&lines).unwrap()
        };
        let ours = GoBuild::of_program(&std::fs::read(program).unwrap()).unwrap().unwrap();
        assert_eq!(ours, expected);
        ours
    };
    let hello = ours(&folder.path().join("hello"));
    assert_eq!(hello.main.unwrap().path, "example.com/hello");
    let [dep] = &hello.modules[..] else { panic!("{:?}", hello.modules) };
    assert_eq!((dep.path.as_str(), dep.built().path.as_str()), ("example.com/dep", "./dep"));
    let go = ours(&Path::new(say(&["env", "GOROOT"]).trim()).join("bin/go"));
    assert!(go.path == "cmd/go" && go.settings.contains_key("GOOS"), "{go:?}");
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0..400_usize) {
        drop(GoBuild::of_program(&bytes));
        drop(GoBuild::of_program(&[b"\x7fELF\x02\x01\x01", &bytes[..]].concat()));
        let mut content = MAGIC.to_vec();
        content.extend([8, INLINE]);
        content.resize(HEADER, 0);
        content.extend(&bytes);
        drop(GoBuild::of_program(&elf(".go.buildinfo", &content, false)));
        let whole = elf(".go.buildinfo", &section("go1.26.8", MODULES), true);
        drop(GoBuild::of_program(&whole[..cut.min(whole.len())]));
    }

    #[test]
    fn one_spoiled_byte_of_a_program_makes_no_panic(at in 0..1200_usize, value in any::<u8>()) {
        let mut program = elf(".go.buildinfo", &section("go1.26.8", MODULES), true);
        let at = at % program.len();
        program[at] = value;
        drop(GoBuild::of_program(&program));
    }

    #[test]
    fn no_lines_make_the_reader_panic(text in "((path|mod|dep|=>|build)?(\t[a-z\"`=\\\\]{0,4}){0,4}\n){0,6}") {
        drop(GoBuild::parse_modules(&text));
    }
}
