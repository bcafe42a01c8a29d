// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The finished root, read back by the programs of erofs-utils: paths, owners, modes, extended attributes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use ashlar_system_tests::{Folder, Project, scratch_root};
use serde_json::Value;

use crate::scene::Scene;

/// Programs of the locked tools, started by their own loader: the host may be any distribution.
pub(crate) struct Reader {
    /// Its `usr`.
    sysroot: PathBuf,
}

impl Reader {
    pub(crate) fn of(scene: &Scene) -> Self {
        Self::with(scene, &["dump.erofs", "fsck.erofs"])
    }

    /// From a sysroot that has these programs.
    pub(crate) fn with(scene: &Scene, programs: &[&str]) -> Self {
        let checkouts = fs::read_dir(scene.store.join("checkouts")).unwrap();
        let mut all = checkouts.map(|entry| entry.unwrap().path().join("usr"));
        let sysroot = all.find(|path| programs.iter().all(|program| path.join("bin").join(program).exists()));
        Self { sysroot: sysroot.expect("a sysroot in which the image was made or booted") }
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let (good, said) = self.try_run(program, arguments);
        assert!(good, "{program} {arguments:?}: {said}");
        said
    }

    /// Whether it succeeded, and all that it says.
    pub(crate) fn try_run(&self, program: &str, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(self.sysroot.join("lib64/ld-linux-x86-64.so.2"))
            .arg("--library-path")
            .arg(self.sysroot.join("lib/x86_64-linux-gnu"))
            .arg(self.sysroot.join("bin").join(program))
            .args(arguments)
            .env_clear()
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// Owner and group of a path as dump.erofs shows them, and its mode as fsck.erofs extracted it (the former leaves out the
    /// special bits): `0 0 1777`.
    fn metadata(&self, root: &Path, extracted: &Path, path: &str) -> String {
        let text = self.run("dump.erofs", &[&format!("--path=/{path}"), root.to_str().unwrap()]);
        let line =
            text.lines().find(|line| line.starts_with("Uid: ")).unwrap_or_else(|| panic!("{path}: {text}"));
        let words: Vec<&str> = line.split_whitespace().collect();
        let mode = fs::symlink_metadata(extracted.join(path)).unwrap().permissions().mode() & 0o7777;
        format!("{} {} {mode:04o}", words[1], words[3])
    }

    /// Every path of the root but the root itself, and whether it is a folder.
    pub(crate) fn paths(&self, root: &Path, into: &Path) -> BTreeMap<String, bool> {
        let extract = format!("--extract={}", into.display());
        self.run(
            "fsck.erofs",
            &[&extract, "--preserve-perms", "--no-preserve-owner", "--xattrs", root.to_str().unwrap()],
        );
        let mut found = BTreeMap::new();
        let mut open = vec![into.to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let is_folder = entry.file_type().unwrap().is_dir();
                let path = entry.path();
                found.insert(path.strip_prefix(into).unwrap().to_str().unwrap().to_owned(), is_folder);
                if is_folder {
                    open.push(path);
                }
            }
        }
        found
    }
}

fn owners(file: &Path) -> BTreeMap<String, Vec<String>> {
    let value: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let paths = value["paths"].as_object().unwrap().iter();
    let texts = |value: &Value| {
        value.as_array().unwrap().iter().map(|owner| owner.as_str().unwrap().to_owned()).collect()
    };
    paths.map(|(path, owners)| (path.clone(), texts(owners))).collect()
}

#[test]
fn every_path_of_the_root_has_one_owner_and_every_owned_path_is_there() {
    let scene = Scene::get();
    let built = scene.built.clone().succeeds();
    let files = scene.files(&built, "image qemu:out");
    let owners = owners(&files["owners.json"]);
    let folder = Folder::below(&scratch_root());
    let paths = Reader::of(scene).paths(&files["root.erofs"], &folder.join("root"));
    assert_eq!(paths.keys().collect::<BTreeSet<_>>(), owners.keys().collect::<BTreeSet<_>>());
    for (path, is_folder) in &paths {
        let count = owners[path].len();
        assert!(count == 1 || *is_folder && count > 1, "{path} has the owners {:?}", owners[path]);
    }
    for (path, owner) in [("usr/bin/init", "init:runtime"), ("usr/lib/os-release", "qemu")] {
        assert!(owners[path][0].contains(owner), "{path}: {:?}", owners[path]);
    }
}

#[test]
fn the_root_has_the_modes_that_were_declared_and_belongs_to_root() {
    let scene = Scene::get();
    let files = scene.files(&scene.built.clone().succeeds(), "image qemu:out");
    let (root, reader) = (&files["root.erofs"], Reader::of(scene));
    let folder = Folder::below(&scratch_root());
    let extracted = folder.join("root");
    reader.paths(root, &extracted);
    for (path, mode) in [
        ("dev", "0755"),
        ("proc", "0555"),
        ("tmp", "1777"),
        ("root", "0700"),
        ("usr", "0755"),
        ("usr/bin", "0755"),
        ("usr/bin/init", "0755"),
        ("usr/lib/os-release", "0644"),
    ] {
        assert_eq!(reader.metadata(root, &extracted, path), format!("0 0 {mode}"), "{path}");
    }
    for path in owners(&files["owners.json"]).keys() {
        let found = reader.metadata(root, &extracted, path);
        assert!(found.starts_with("0 0 "), "{path}: {found}");
    }
}

const ODD_IMAGE: &str = r#"
[image]
name = "odd"
version = "1"
platform = "x86_64-linux"
cmdline = "console=ttyS0"
feeds = []
[kernel]
image = "linux:image"
file = "boot/bzImage"
[stub]
from = "systemd-stub:runtime"
file = "usr/lib/systemd/boot/efi/linuxx64.efi.stub"
[init]
from = "init:runtime"
file = "usr/bin/init"
[root]
include = ["init:runtime"]
[[root.directory]]
path = "var/mail"
mode = "2775"
uid = 8
gid = 12
because = "a test of modes"
[[root.file]]
path = "usr/bin/special"
content = "nothing\n"
mode = "4711"
uid = 1234
gid = 65534
because = "a test of modes"
[[root.file]]
path = "etc/secret"
content = "secret\n"
mode = "0400"
uid = 70000
gid = 80000
[[root.file]]
path = "usr/lib/os-release"
content = "ID=odd\nNAME=Odd\nVERSION_ID=1\nPRETTY_NAME=Odd\n"
[[root.attribute]]
path = "usr/bin/init"
mode = "0750"
gid = 6
xattrs = { "user.origin" = "a test", "security.capability" = "0x0100000200200000000000000000000000000000" }
because = "a test of attributes"
[erofs]
[boot]
memory = 256
cpus = 1
timeout = 60
tools = "test-tools"
"#;

#[test]
fn odd_owners_modes_and_attributes_reach_the_root() {
    let scene = Scene::get();
    scene.built.clone().succeeds();
    let project = Project::importing_the_checkout();
    project.write("images/definitions/odd.toml", ODD_IMAGE);
    // Nothing is expected of this image, which is what code 4 says.
    let built = project.ashlar(&scene.store).args(["--offline", "build", "odd"]).run().ends_with(4);
    let built = built.tells(&["ashlar.expected says nothing of image odd"]);
    assert!(built.built().is_empty(), "what is imported was built already: {built}");
    let files = scene.files(&built, "image odd:out");
    let (root, reader) = (&files["root.erofs"], Reader::of(scene));
    let folder = Folder::below(&scratch_root());
    let extracted = folder.join("root");
    reader.paths(root, &extracted);
    for (path, metadata) in [
        ("var/mail", "8 12 2775"),
        ("usr/bin/special", "1234 65534 4711"),
        ("etc/secret", "70000 80000 0400"),
        ("usr/bin/init", "0 6 0750"),
        ("var", "0 0 0755"),
    ] {
        assert_eq!(reader.metadata(root, &extracted, path), metadata, "{path}");
    }
    let mut value = [0; 64];
    let length = rustix::fs::getxattr(extracted.join("usr/bin/init"), "user.origin", &mut value).unwrap();
    assert_eq!(&value[..length], b"a test");
    let listed = reader.run("dump.erofs", &["--path=/usr/bin/init", root.to_str().unwrap()]);
    assert!(!listed.contains("Xattr size: 0\n"), "{listed}");
}
