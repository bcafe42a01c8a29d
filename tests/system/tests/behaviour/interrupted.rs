// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `kill -9` in each phase of a build: the next build gives the right result, from a store that is clean.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ashlar_system_tests::{
    Answer, Folder, Mirror, Project, Running, bring_base_seed, nonce, scratch_root, shared_store, wait_until,
};

const LONG: Duration = Duration::from_secs(120);

/// A project, a store of its own, and what the recipe `it` gives in another.
struct Scene {
    folder: Folder,
    project: Project,
    right: String,
}

impl Scene {
    fn new(step: &str) -> Self {
        let folder = Folder::below(&scratch_root());
        let project = Project::importing_the_checkout();
        project.simple_recipe("it", "", step);
        bring_base_seed(&folder.join("sources"));
        // In another store, where nobody interrupts; what slows the step down is not there.
        let right = project.ashlar(&shared_store()).args(["build", "it"]).run().succeeds().out;
        Self { folder, project, right }
    }

    fn store(&self) -> PathBuf {
        self.folder.join("store")
    }

    fn start(&self) -> Running {
        let sources = self.folder.join("sources");
        let call = self.project.ashlar(&self.store()).args(["--offline", "--verbose", "--sources"]);
        call.arg(sources).args(["build", "it"]).start()
    }

    /// The store is clean, before and after a build that gives the right result.
    fn recovers(&self) {
        self.is_clean();
        let ended = self.start().wait().succeeds();
        assert_eq!(ended.out, self.right, "{ended}");
        self.is_clean();
    }

    fn is_clean(&self) {
        let check = self.project.ashlar(&self.store()).args(["store", "check"]).run().succeeds();
        assert!(check.out.ends_with("clean\n"), "{check}");
    }

    /// Removes results of packages and recipes, so that the next build makes them again from the sources.
    fn forget(&self) {
        fs::remove_dir_all(self.store().join("realisations")).unwrap();
        fs::create_dir(self.store().join("realisations")).unwrap();
    }
}

/// Whether some log of the store has this line.
fn logged(store: &Path, line: &str) -> bool {
    let logs = fs::read_dir(store.join("logs")).into_iter().flatten().flatten();
    logs.filter_map(|entry| fs::read(entry.path()).ok())
        .any(|text| String::from_utf8_lossy(&text).lines().any(|found| found == line))
}

/// Whether a process has this word in its command line.
fn runs(word: &str) -> bool {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .any(|line| String::from_utf8_lossy(&line).split('\0').any(|found| found == word))
}

#[test]
fn killed_while_it_fetches() {
    let scene = Scene::new("mkdir \"$OUT/usr\"; echo it > \"$OUT/usr/it\"");
    // Five files arrive, of all others one half.
    let mirror = Mirror::start(|number| if number < 5 { Answer::Right } else { Answer::HalfThenSilence });
    let file = scene.folder.join("mirrors");
    fs::write(&file, mirror.base()).unwrap();
    let partial = scene.store().join("partial");
    for _ in 0..2 {
        let call = scene.project.ashlar(&scene.store()).without_mirrors(&partial);
        let build = call.arg("--mirror").arg(&file).args(["build", "it"]).start();
        let halves = || {
            let parts = fs::read_dir(&partial).into_iter().flatten().flatten();
            parts.filter(|part| part.metadata().is_ok_and(|found| found.len() > 0)).count()
        };
        wait_until("a download has begun", LONG, || halves() > 0);
        build.kill();
    }
    scene.recovers();
}

#[test]
fn killed_while_it_unpacks_packages() {
    let scene = Scene::new("mkdir \"$OUT/usr\"; echo it > \"$OUT/usr/it\"");
    for packages in [0, 1, 7, 20, 33] {
        let build = scene.start();
        wait_until("packages are unpacked", LONG, || {
            let text = build.err();
            text.contains("derivations to build") && text.matches("] built package ").count() >= packages
        });
        build.kill();
        scene.is_clean();
        scene.forget();
    }
    scene.recovers();
    scene.forget();
    scene.recovers();
}

#[test]
fn killed_while_a_step_runs_and_nothing_of_it_goes_on() {
    let word = format!("86400.{}", u64::from_str_radix(&nonce(), 16).unwrap());
    // The second process is what a build must not leave behind.
    let step = format!(
        "mkdir \"$OUT/usr\"; for i in $(seq 50); do echo $i > \"$OUT/usr/$i\"; done\n\
         echo begun; (sleep {word} & echo $! > pid); i=0\n\
         while [ $i -lt 40 ]; do i=$((i+1)); sleep 0.1; done; kill $(cat pid); echo ended"
    );
    let scene = Scene::new(&step);
    for _ in 0..2 {
        let build = scene.start();
        wait_until("the step runs", LONG, || logged(&scene.store(), "begun") && runs(&word));
        build.kill();
        wait_until("all processes of the killed build are gone", Duration::from_secs(20), || !runs(&word));
        scene.is_clean();
    }
    scene.recovers();
}

#[test]
fn killed_while_the_result_is_captured() {
    let step =
        "mkdir -p \"$OUT/usr\"\nfor i in $(seq 3000); do echo \"$i it\" > \"$OUT/usr/$i\"; done\necho ended";
    let scene = Scene::new(step);
    let mut late = 0;
    for milliseconds in [0, 20, 60, 120, 200, 350] {
        let build = scene.start();
        wait_until("the step has ended", LONG, || logged(&scene.store(), "ended"));
        std::thread::sleep(Duration::from_millis(milliseconds));
        build.kill();
        scene.is_clean();
        // Where the kill came too late, there is a result; the next round has to make it again.
        for log in fs::read_dir(scene.store().join("logs")).unwrap().flatten() {
            let id = log.path().file_stem().unwrap().to_str().unwrap().to_owned();
            let result = scene.store().join("realisations").join(&id[..2]).join(&id);
            late += usize::from(fs::remove_file(result).is_ok());
            fs::remove_file(log.path()).unwrap();
        }
    }
    assert!(late < 6, "no kill came before the result was there: this test tests nothing");
    scene.recovers();
}
