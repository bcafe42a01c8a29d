// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where bytes may come from: mirrors by file or by apt configuration, a folder, or nowhere; and who is believed (nobody).

use std::fs;

use ashlar_system_tests::{Answer, Call, Folder, Mirror, Project, base_seed, bring_base_seed, scratch_root};

/// An empty store, a folder without apt configuration, and a project whose recipe `it` needs only the seed set `base`.
struct Fresh {
    folder: Folder,
    project: Project,
}

impl Fresh {
    fn new() -> Self {
        let fresh =
            Self { folder: Folder::below(&scratch_root()), project: Project::importing_the_checkout() };
        fresh.project.simple_recipe("it", "", "mkdir \"$OUT/usr\"\necho it > \"$OUT/usr/it\"");
        fs::create_dir(fresh.folder.join("apt")).unwrap();
        fresh
    }

    /// A call that knows no mirror and reaches nothing but this machine.
    fn ashlar(&self) -> Call {
        self.project.ashlar(&self.folder.join("store")).without_mirrors(&self.folder.join("apt"))
    }

    fn mirror_file(&self, name: &str, mirrors: &[&Mirror]) -> std::path::PathBuf {
        let path = self.folder.join(name);
        let lines: Vec<&str> = mirrors.iter().map(|mirror| mirror.base()).collect();
        fs::write(&path, format!("# mirrors of this test\n{}\n", lines.join("\n"))).unwrap();
        path
    }

    fn is_clean(&self) {
        let check = self.ashlar().args(["store", "check"]).run().succeeds();
        assert!(check.out.ends_with("clean\n"), "{check}");
    }
}

#[test]
fn a_mirror_file_is_enough_without_any_apt_configuration() {
    let fresh = Fresh::new();
    let mirror = Mirror::start(|_| Answer::Right);
    let file = fresh.mirror_file("mirrors", &[&mirror]);
    fresh.ashlar().arg("--mirror").arg(&file).args(["build", "it"]).run().succeeds();
    assert_eq!(mirror.asked(), base_seed().len(), "every file is asked for once");
    fresh.ashlar().args(["--offline", "build", "it"]).run().succeeds();
    fresh.is_clean();
}

#[test]
fn the_machine_s_apt_configuration_is_enough() {
    let fresh = Fresh::new();
    let mirror = Mirror::start(|_| Answer::Right);
    fs::write(fresh.folder.join("apt/sources.list"), format!("deb {} trixie main\n", mirror.base())).unwrap();
    fresh.ashlar().args(["build", "it"]).run().succeeds();
    assert_eq!(mirror.asked(), base_seed().len());
}

#[test]
fn without_mirrors_and_network_the_next_step_is_named() {
    let fresh = Fresh::new();
    let ended = fresh.ashlar().args(["build", "it"]).run().ends_with(3);
    let ended = ended.tells(&[
        "error: failed to bring the sources: fetch ",
        "more files could not be had\nhelp: check the connection",
    ]);
    assert_eq!(ended.err.matches("help: ").count(), 1, "{ended}");
    let ended = fresh.ashlar().args(["--offline", "build", "it"]).run().ends_with(3);
    ended.tells(&[
        "error: failed to bring the sources: fetch ",
        "help: run it once without --offline, or bring the file in a folder (--sources DIR)\n",
    ]);
    fresh.is_clean();
}

#[test]
fn a_folder_supplies_sources_by_digest_offline() {
    let fresh = Fresh::new();
    let sources = fresh.folder.join("sources");
    bring_base_seed(&sources);
    // What the name says counts for nothing, and what nobody wants does no harm.
    fs::write(sources.join("bash_5.2.37-2+b10_amd64.deb"), "not a package").unwrap();
    fresh.ashlar().arg("--offline").arg("--sources").arg(&sources).args(["build", "it"]).run().succeeds();
    fresh.is_clean();
}

#[test]
fn a_damaged_download_is_refused() {
    let fresh = Fresh::new();
    let damaged = Mirror::start(|_| Answer::Damaged);
    let file = fresh.mirror_file("mirrors", &[&damaged]);
    let ended = fresh.ashlar().arg("--mirror").arg(&file).args(["build", "it"]).run().ends_with(3);
    let ended = ended.tells(&[
        "error: failed to bring the sources: fetch ",
        damaged.base(),
        "help: a place gave other bytes than the lock names",
    ]);
    assert!(ended.built().is_empty(), "{ended}");
    for locked in base_seed() {
        let path = fresh.folder.join("store/blobs").join(&locked.sha256[..2]).join(&locked.sha256);
        assert!(!path.exists(), "{} came into the store", locked.path);
    }
    fresh.is_clean();

    // Another mirror is asked, and believed no more than the first.
    let right = Mirror::start(|_| Answer::Right);
    let file = fresh.mirror_file("more-mirrors", &[&damaged, &right]);
    fresh.ashlar().arg("--mirror").arg(&file).args(["build", "it"]).run().succeeds();
    fresh.is_clean();
}

#[test]
fn a_damaged_partial_download_is_no_trap() {
    let fresh = Fresh::new();
    fresh.ashlar().args(["store", "check"]).run().succeeds();
    let partial = fresh.folder.join("store/partial");
    for (number, locked) in base_seed().iter().enumerate() {
        let mut bytes = fs::read(&locked.content).unwrap();
        match number % 3 {
            // Wrong from the beginning; right and too long; wrong and complete.
            0 => bytes = vec![b'x'; 100],
            1 => bytes.extend_from_slice(b"more"),
            _ => bytes[0] ^= 1,
        }
        fs::write(partial.join(format!("{}.part", locked.sha256)), bytes).unwrap();
    }
    let mirror = Mirror::start(|_| Answer::Right);
    let file = fresh.mirror_file("mirrors", &[&mirror]);
    fresh.ashlar().arg("--mirror").arg(&file).args(["build", "it"]).run().succeeds();
    fresh.is_clean();
}
