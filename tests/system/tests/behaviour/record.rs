// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The build record, and `ashlar timeline` on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ashlar_system_tests::{Ended, Folder, Project, bring_base_seed, nonce, scratch_root, wait_until};
use serde_json::Value;

/// A project with `below` ← `top` and a store of its own.
struct Scene {
    folder: Folder,
    project: Project,
}

impl Scene {
    /// `step` is what `below` does first.
    fn new(step: &str) -> Self {
        let scene =
            Self { folder: Folder::below(&scratch_root()), project: Project::importing_the_checkout() };
        bring_base_seed(&scene.folder.join("sources"));
        let write = |name: &str| format!("mkdir -p \"$OUT/usr\"; echo {} > \"$OUT/usr/{name}\"", nonce());
        scene.project.simple_recipe("below", "", &format!("{step}\n{}", write("below")));
        scene.project.simple_recipe("top", "host = [\"below:runtime\"]", &write("top"));
        scene
    }

    fn store(&self) -> PathBuf {
        self.folder.join("store")
    }

    fn build(&self) -> Ended {
        let call = self.project.ashlar(&self.store()).args(["--offline", "--sources"]);
        call.arg(self.folder.join("sources")).args(["build", "top"]).run()
    }

    fn records(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.store().join("records")).into_iter().flatten().flatten();
        let mut records: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        records.sort();
        records
    }

    /// What programs are told of the newest record.
    fn told(&self) -> Value {
        let told = self.project.ashlar(&self.store()).args(["--json", "timeline", "--last"]).run().succeeds();
        serde_json::from_str(&told.out).unwrap()
    }

    fn timeline(&self, arguments: &[&Path]) -> Ended {
        self.project.ashlar(&self.store()).arg("timeline").args(arguments).run()
    }
}

/// The objects of a record's lines that have this key.
fn lines(record: &Path, key: &str) -> Vec<Value> {
    let text = fs::read_to_string(record).unwrap();
    let values = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    values.filter_map(|value| value.get(key).cloned()).collect()
}

#[test]
fn a_build_writes_down_what_it_did_and_one_with_nothing_to_do_that_it_had_it_all() {
    let scene = Scene::new("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done");
    scene.build().succeeds();
    let [record] = &scene.records()[..] else { panic!("{:?}", scene.records()) };
    let planned = lines(record, "derivation");
    let index = |name: &str| planned.iter().position(|one| one["name"] == name).unwrap();
    let (below, top) = (index("recipe below"), index("recipe top"));
    let ended = |derivation: usize| {
        lines(record, "ended").into_iter().find(|one| one["derivation"] == derivation).unwrap()
    };
    assert_eq!(planned[below]["kind"], "sandboxed");
    assert!(planned.iter().any(|one| one["kind"] == "unpack-deb@1"));
    let used = &ended(below)["used"];
    assert!(used["user_ms"].as_u64().unwrap() > 50, "a loop takes CPU time: {used}");
    assert!(used["peak_process_bytes"].as_u64().unwrap() > 100_000, "{used}");
    // The sysroot is tens of megabytes; what it writes is one line.
    assert!(used["bytes_in"].as_u64().unwrap() > 20_000_000 && used["bytes_out"] == 17, "{used}");
    assert!(
        ended(top)["used"]["bytes_in"].as_u64() > used["bytes_in"].as_u64(),
        "it is shown what it needs too"
    );
    let begun = lines(record, "begun");
    let begun_top = begun.iter().find(|one| one["derivation"] == top).unwrap();
    assert!(begun_top["queued_ms"].as_u64() >= ended(below)["ended_ms"].as_u64());

    let told = scene.told();
    let steps = told["critical_path"]["steps"].as_array().unwrap();
    let names: Vec<&str> = steps.iter().map(|step| step["name"].as_str().unwrap()).collect();
    let at = |name: &str| names.iter().position(|found| *found == name);
    assert!(at("recipe below").is_some() && at("recipe below") < at("recipe top"), "{names:?}");
    assert_eq!((&told["succeeded"], &told["hits"]), (&Value::from(true), &Value::from(0)), "{told}");

    scene.build().succeeds();
    assert_eq!(scene.records().len(), 2);
    let again = scene.told();
    assert_eq!((&again["built"], &again["hits"]), (&Value::from(0), &told["built"]), "{again}");
    assert_eq!(again["critical_path"]["steps"], Value::Array(Vec::new()));
    // The older one has its name.
    let name = record.file_name().unwrap();
    assert_eq!(scene.timeline(&[Path::new(name)]).succeeds().out, scene.timeline(&[record]).succeeds().out);
    let check = scene.project.ashlar(&scene.store()).args(["store", "check"]).run().succeeds();
    assert!(check.out.ends_with("clean\n"), "{check}");
}

#[test]
fn a_failed_build_says_what_failed_and_what_was_skipped() {
    let scene = Scene::new("echo no; exit 7");
    scene.build().ends_with(1);
    let told = scene.told();
    assert_eq!((&told["succeeded"], &told["complete"]), (&Value::from(false), &Value::from(true)), "{told}");
    assert_eq!(told["failed"], 1, "{told}");
    assert!(told["skipped"].as_u64().unwrap() >= 1, "top is never begun: {told}");
    let page = scene.timeline(&[]).succeeds().out;
    for text in ["It failed.", "build recipe below: its steps ended with status 7", "<li>recipe top</li>"] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn a_killed_build_leaves_a_record_of_what_it_did_before() {
    let scene = Scene::new("echo begun; sleep 600");
    let call = scene.project.ashlar(&scene.store()).args(["--offline", "--sources"]);
    let build = call.arg(scene.folder.join("sources")).args(["build", "top"]).start();
    wait_until("the step runs", Duration::from_secs(120), || {
        let logs = fs::read_dir(scene.store().join("logs")).into_iter().flatten().flatten();
        logs.filter_map(|log| fs::read_to_string(log.path()).ok()).any(|text| text.contains("begun"))
    });
    build.kill();
    let told = scene.told();
    assert_eq!((&told["complete"], &told["interrupted"]), (&Value::from(false), &Value::from(1)), "{told}");
    assert!(told["built"].as_u64().unwrap() > 20, "the packages of the seed were unpacked: {told}");
    assert!(scene.timeline(&[]).succeeds().out.contains("It was killed, or had not ended"));
}

#[test]
fn a_record_that_cannot_be_written_fails_no_build() {
    let scene = Scene::new("true");
    scene.project.ashlar(&scene.store()).args(["store", "check"]).run().succeeds();
    let records = scene.store().join("records");
    fs::remove_dir(&records).unwrap();
    fs::write(&records, "").unwrap();
    let ended =
        scene.build().succeeds().tells(&["warning: failed to write the build record", "goes on without it"]);
    assert_eq!(ended.built(), ["below", "top"], "{ended}");
}

#[test]
fn what_is_no_record_is_refused_with_the_line_and_the_next_step() {
    let scene = Scene::new("true");
    let path = scene.folder.join("record");
    let timeline = || scene.timeline(&[&path]);
    fs::write(&path, "{\"build\":{\"format\":\"ashlar-build-record\",\"schema\":9}}\n").unwrap();
    timeline()
        .ends_with(1)
        .tells(&["its schema is 9, and this tool reads 1", "help: show it with the version"]);
    fs::write(&path, "<html>\n").unwrap();
    timeline()
        .ends_with(1)
        .tells(&["read line 1 of the build record", "help: name a file that `ashlar build` wrote"]);
    fs::remove_file(&path).unwrap();
    timeline().ends_with(2).tells(&["find the build record", "help: `ashlar build WHAT` writes one"]);
    scene.timeline(&[]).ends_with(1).tells(&["the store has none", "help: `ashlar build WHAT` writes one"]);
}
