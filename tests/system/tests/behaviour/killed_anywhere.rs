// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `kill -9` at a hundred random moments of a build: the store is clean each time, and what is built at last is right.
//!
//! Each build goes on from what the killed one before it left, until one comes to its end; then everything is forgotten and
//! it begins anew. So kills fall into every phase: opening the store, reading sources, unpacking, running, capturing, recording.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use ashlar_system_tests::{Ended, Folder, Project, Running, bring_base_seed, nonce, scratch_root};
use serde_json::Value;

const KILLS: usize = 100;
/// What is built: recipes that need each other, so that there is always something left.
const RECIPES: [(&str, &str); 5] = [
    ("one", ""),
    ("two", "host = [\"one:runtime\"]"),
    ("three", "host = [\"one:runtime\"]"),
    ("four", "host = [\"two:runtime\", \"three:runtime\"]"),
    ("five", "host = [\"four:runtime\"]"),
];
const GOAL: &str = "five";

struct Scene {
    folder: Folder,
    project: Project,
}

impl Scene {
    fn new() -> Self {
        let scene =
            Self { folder: Folder::below(&scratch_root()), project: Project::importing_the_checkout() };
        bring_base_seed(&scene.folder.join("sources"));
        for (name, needs) in RECIPES {
            let step = format!(
                "mkdir -p \"$OUT/usr/{name}\"; for i in $(seq 200); do echo \"$i {name}\" > \"$OUT/usr/{name}/$i\"; done"
            );
            scene.project.simple_recipe(name, needs, &step);
        }
        scene
    }

    fn store(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn start(&self, store: &str) -> Running {
        let call = self.project.ashlar(&self.store(store)).args(["--offline", "--sources"]);
        call.arg(self.folder.join("sources")).args(["build", GOAL]).start()
    }

    fn ashlar(&self, store: &str, words: &[&str]) -> Ended {
        self.project.ashlar(&self.store(store)).args(words).run()
    }

    /// Nothing in the store is damaged or left over, and the record of the killed build can be read.
    fn is_clean(&self, store: &str, when: &str) {
        let check = self.ashlar(store, &["store", "check"]);
        assert!(check.code() == Some(0) && check.out.ends_with("clean\n"), "{when}: {check}");
        // Killed before it had looked at anything, it leaves none.
        if fs::read_dir(self.store(store).join("records")).into_iter().flatten().next().is_some() {
            let told = self.ashlar(store, &["--json", "timeline"]);
            assert!(told.code() == Some(0), "{when}: {told}");
            let told: Value = serde_json::from_str(&told.out).unwrap();
            assert_eq!(told["failed"], 0, "{when}: {told}");
        }
    }

    /// Removes all results, so that the next build makes them again.
    fn forget(&self, store: &str) {
        let realisations = self.store(store).join("realisations");
        fs::remove_dir_all(&realisations).unwrap();
        fs::create_dir(&realisations).unwrap();
    }
}

/// Numbers that nobody chose, and that can be had again (xorshift64, by Marsaglia).
struct Moments(u64);

impl Moments {
    fn next(&mut self, below: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        below.mul_f64((self.0 >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

#[test]
#[ignore = "takes minutes: just test-kills"]
fn a_build_that_is_killed_at_a_hundred_random_moments_ends_as_one_that_is_not() {
    let scene = Scene::new();
    let begin = Instant::now();
    let right = scene.start("undisturbed").wait().succeeds();
    let longest = begin.elapsed();
    let seed = u64::from_str_radix(&nonce(), 16).unwrap() | 1;
    let mut moments = Moments(seed);
    let (mut kills, mut wholes, mut busy) = (0, 0, 0);
    while kills < KILLS {
        let moment = moments.next(longest);
        let mut build = scene.start("killed");
        let begin = Instant::now();
        while begin.elapsed() < moment && !build.has_ended() {
            std::thread::sleep(Duration::from_millis(1));
        }
        if build.has_ended() {
            let ended = build.wait().succeeds();
            assert_eq!(ended.out, right.out, "seed {seed:x}, after {kills} kills: {ended}");
            wholes += 1;
            scene.forget("killed");
            continue;
        }
        busy += usize::from(build.err().contains("derivations to build"));
        build.kill();
        kills += 1;
        scene.is_clean("killed", &format!("seed {seed:x}, kill {kills}, {moment:?} after the start"));
    }
    assert!(busy > KILLS / 4, "{busy} of {KILLS} kills met a build at work: this test tests too little");
    let last = scene.start("killed").wait().succeeds();
    assert_eq!(last.out, right.out, "seed {seed:x}: {last}");
    scene.is_clean("killed", "at the end");
    assert!(wholes < 10 * KILLS, "{wholes} builds came to their end before they were killed");
    // Not only the result: every artifact on the way is that of the undisturbed build.
    for (name, _) in RECIPES {
        let digest = |store: &str| scene.ashlar(store, &["--offline", "build", name]).succeeds().out;
        assert_eq!(digest("killed"), digest("undisturbed"), "seed {seed:x}");
    }
}
