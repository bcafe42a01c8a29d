// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is shown beside the sysroot, and that nothing else is written to.

use std::fs;
use std::os::unix::fs::symlink;

use ashlar_sandbox::{Bind, End, SandboxError, remove_scratch};

use crate::harness::{Place, Test};

pub(crate) const TESTS: &[Test] = &[
    ("binds::read_only_and_writable", read_only_and_writable),
    ("binds::a_single_file", a_single_file),
    ("binds::writing_to_the_sysroot_changes_only_the_scratch_folder", writing_to_the_sysroot),
    ("binds::a_link_in_the_sysroot_cannot_move_a_bind", a_link_cannot_move_a_bind),
    ("binds::a_missing_source_is_named", a_missing_source_is_named),
    ("binds::a_scratch_folder_can_be_used_again", scratch_again),
    ("binds::odd_characters_in_paths", odd_characters),
];

fn bind(source: &std::path::Path, destination: &str, read_only: bool) -> Bind {
    Bind { source: source.to_path_buf(), destination: destination.into(), read_only }
}

fn read_only_and_writable(place: &Place) {
    let (sources, out) = (place.folder("sources"), place.folder("out"));
    fs::write(sources.join("file"), "declared").unwrap();
    let binds = vec![bind(&sources, "/sources/one", true), bind(&out, "/out", false)];
    let with = |words: &[&str]| {
        let mut spec = place.spec(words);
        spec.binds.clone_from(&binds);
        place.run(&spec)
    };
    assert_eq!(with(&["read", "/sources/one/file"]).1, "declared");
    let (outcome, text) = with(&["write", "/sources/one/file", "changed"]);
    assert_eq!(outcome.end, End::Exited(1));
    assert!(text.contains("Read-only file system"), "{text}");
    assert!(with(&["write", "/out/result", "made"]).0.success());
    assert_eq!(fs::read_to_string(sources.join("file")).unwrap(), "declared");
    assert_eq!(fs::read_to_string(out.join("result")).unwrap(), "made");
    assert_eq!(with(&["list", "/sources"]).1, "one\n");
}

fn a_single_file(place: &Place) {
    let folder = place.folder("sources");
    fs::write(folder.join("archive.tar"), "bytes").unwrap();
    let mut spec = place.spec(&["read", "/sources/a"]);
    spec.binds = vec![bind(&folder.join("archive.tar"), "/sources/a", true)];
    assert_eq!(place.run(&spec).1, "bytes");
}

fn writing_to_the_sysroot(place: &Place) {
    let before = fs::read(place.sysroot.join("bin/probe")).unwrap();
    let mut spec = place.spec(&["write", "/bin/other", "x"]);
    assert!(place.run(&spec).0.success());
    assert!(!place.sysroot.join("bin/other").exists());
    assert_eq!(fs::read_to_string(spec.scratch.join("upper/bin/other")).unwrap(), "x");
    // A program that runs cannot be written to, but it can be replaced.
    spec = place.spec(&["write", "/lib/probe/new", "x"]);
    assert!(place.run(&spec).0.success());
    assert_eq!(fs::read(place.sysroot.join("bin/probe")).unwrap(), before);
    remove_scratch(&spec.scratch).unwrap();
    assert!(!spec.scratch.exists());
}

fn a_link_cannot_move_a_bind(place: &Place) {
    let (source, host) = (place.folder("sources"), place.folder("host"));
    fs::write(source.join("file"), "x").unwrap();
    let links = [("link", host.clone()), ("up", "../../../../../../../..".into()), ("bad", "/bin".into())];
    for (name, target) in &links {
        symlink(target, place.sysroot.join(name)).unwrap();
    }
    let host_path = format!("/up{}", host.display());
    for destination in ["/link", "/link/inner", "/bad", "/bad/inner", host_path.as_str()] {
        for from in [source.clone(), source.join("file")] {
            let mut spec = place.spec(&["exit", "0"]);
            spec.binds = vec![bind(&from, destination, true)];
            let error = place.try_run(&spec).unwrap_err();
            assert!(
                matches!(&error, SandboxError::Setup { path: Some(path), .. } if path == std::path::Path::new(destination)),
                "{error}"
            );
            assert!(error.help().is_some());
        }
    }
    links.iter().for_each(|(name, _)| fs::remove_file(place.sysroot.join(name)).unwrap());
    assert_eq!(fs::read_dir(&host).unwrap().count(), 0);
}

fn a_missing_source_is_named(place: &Place) {
    let mut spec = place.spec(&["exit", "0"]);
    spec.binds = vec![bind(&place.path.join("not-there"), "/sources/a", true)];
    let error = place.try_run(&spec).unwrap_err();
    assert!(error.to_string().contains("not-there"), "{error}");
}

fn scratch_again(place: &Place) {
    let first = place.spec(&["write", "/kept", "x"]);
    assert!(place.run(&first).0.success());
    let second = ashlar_sandbox::SandboxSpec {
        command: vec!["/bin/probe".into(), "read".into(), "/kept".into()],
        ..first
    };
    assert_eq!(place.run(&second).1, "x");
}

fn odd_characters(place: &Place) {
    let odd = place.folder("a:b,c\\d e=f\"");
    let sysroot = odd.join("sys:root");
    fs::rename(&place.sysroot, &sysroot).unwrap();
    let mut spec = place.spec(&["exit", "7"]);
    spec.sysroot = sysroot.clone();
    spec.scratch = odd.join("scratch,upperdir=x");
    let result = place.try_run(&spec);
    fs::rename(&sysroot, &place.sysroot).unwrap();
    assert_eq!(result.unwrap().0.end, End::Exited(7));
}
