// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The page of `ashlar timeline`.

use std::collections::BTreeMap;
use std::fs;

use ashlar_system_tests::{Folder, Project, nonce, shared_store};
use serde_json::{Value, json};

use crate::look::look;

/// A pixel is divided into 64 parts; edges of two bars may fall into the same one.
const EDGE: f64 = 1.0 / 32.0;
/// Narrower bars are lines, which the next one may cover.
const VISIBLE: f64 = 3.0;

/// A bar as it is shown.
#[derive(Clone, Debug)]
struct Bar {
    name: String,
    title: String,
    lane: u64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    shadow: String,
    color: String,
    in_front: bool,
}

fn bars(seen: &Value) -> Vec<Bar> {
    let number = |bar: &Value, key: &str| bar[key].as_f64().unwrap();
    let text = |bar: &Value, key: &str| bar[key].as_str().unwrap().to_owned();
    let bars = seen["bars"].as_array().unwrap().iter();
    bars.map(|bar| Bar {
        name: text(bar, "name"),
        title: text(bar, "title"),
        lane: bar["lane"].as_u64().unwrap(),
        left: number(bar, "left"),
        right: number(bar, "right"),
        top: number(bar, "top"),
        bottom: number(bar, "bottom"),
        shadow: text(bar, "shadow"),
        color: text(bar, "color"),
        in_front: bar["in_front"].as_bool().unwrap(),
    })
    .collect()
}

/// Asserts that a text holds others, in this order.
#[track_caller]
fn holds(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} is not (in this order) in {text}"));
        rest = &rest[at + part.len()..];
    }
}

fn seconds(ms: u64) -> String {
    if ms < 10_000 {
        format!("{}.{:03} s", ms / 1000, ms % 1000)
    } else {
        format!("{}.{} s", ms / 1000, ms % 1000 / 100)
    }
}

#[test]
#[ignore = "brings a browser of 110 MB; run by `just test-browser`"]
fn a_person_sees_the_critical_path_a_bar_for_each_derivation_and_the_hits() {
    let store = shared_store();
    let project = Project::importing_the_checkout();
    let nonce = nonce();
    for (name, build, time) in
        [("slow", "", "3"), ("quick", "", "1"), ("top", "host = [\"slow:runtime\", \"quick:runtime\"]", "1")]
    {
        let step = format!("sleep {time}; mkdir -p \"$OUT/usr\"; echo {nonce} > \"$OUT/usr/{name}\"");
        project.simple_recipe(name, build, &step);
    }
    project.ashlar(&store).args(["--jobs", "2", "build", "top"]).run().succeeds();
    let folder = Folder::temporary();
    let page = folder.join("page.html");
    let told =
        project.ashlar(&store).args(["--json", "timeline", "--last", "-o"]).arg(&page).run().succeeds();
    let told: Value = serde_json::from_str(&told.out).unwrap();
    let seen = look(&fs::read_to_string(&page).unwrap());

    // The text, from top to bottom.
    let text = seen["text"].as_str().unwrap();
    let steps = told["critical_path"]["steps"].as_array().unwrap();
    let names: Vec<&str> = steps.iter().map(|step| step["name"].as_str().unwrap()).collect();
    let positions =
        ["recipe slow", "recipe top"].map(|name| names.iter().position(|found| *found == name).unwrap());
    assert!(positions[0] < positions[1] && !names.contains(&"recipe quick"), "{names:?}");
    let wall = told["wall_ms"].as_u64().unwrap();
    let path = told["critical_path"]["took_ms"].as_u64().unwrap();
    assert!(path >= 4000 && path <= wall, "{told}");
    holds(
        text,
        &["Build of top", "It succeeded.", "Totals", "elapsed", "Critical path", &seconds(path), "Timeline"],
    );
    let mut rows: Vec<String> = vec!["Critical path".to_owned()];
    for step in steps {
        rows.push(step["name"].as_str().unwrap().to_owned());
        rows.push(seconds(step["took_ms"].as_u64().unwrap()));
        rows.push("%".to_owned());
    }
    holds(text, &rows.iter().map(String::as_str).collect::<Vec<_>>());

    // The bars.
    let bars = bars(&seen);
    let built = told["built"].as_u64().unwrap();
    assert_eq!(bars.len() as u64, built, "{bars:?}");
    let mut lanes: BTreeMap<u64, Vec<Bar>> = BTreeMap::new();
    for bar in &bars {
        lanes.entry(bar.lane).or_default().push(bar.clone());
    }
    assert_eq!(lanes.len(), 2, "slow and quick were built at the same time: {bars:?}");
    for lane in lanes.values_mut() {
        lane.sort_by(|one, other| one.left.total_cmp(&other.left));
        for pair in lane.windows(2) {
            assert!(pair[0].right <= pair[1].left + EDGE, "two bars of one worker overlap: {pair:?}");
        }
    }
    let chart = (seen["chart"]["left"].as_f64().unwrap(), seen["chart"]["right"].as_f64().unwrap());
    for bar in &bars {
        assert!(
            bar.left >= chart.0 - EDGE && bar.right <= chart.1 + EDGE,
            "{bar:?} leaves the chart {chart:?}"
        );
        if bar.right - bar.left >= VISIBLE {
            assert!(bar.bottom - bar.top > 10.0 && bar.in_front, "{bar:?} cannot be seen");
            assert_ne!(seen["paper"].as_str().unwrap(), bar.color, "{bar:?} has the colour of the paper");
        }
    }
    let find = |name: &str| {
        bars.iter().find(|bar| bar.name == name).unwrap_or_else(|| panic!("no bar {name}: {bars:?}"))
    };
    let (slow, quick, top) = (find("recipe slow"), find("recipe quick"), find("recipe top"));
    assert!(
        slow.right - slow.left > 1.5 * (quick.right - quick.left),
        "three seconds and one: {slow:?} {quick:?}"
    );
    assert!(slow.left < quick.right && quick.left < slow.right, "at the same time: {slow:?} {quick:?}");
    assert!(
        top.left + EDGE >= slow.right && slow.title.contains("critical") && !quick.title.contains("critical")
    );
    assert!(
        slow.shadow == top.shadow && slow.shadow != quick.shadow,
        "the critical path stands out: {bars:?}"
    );

    // What is folded away can be opened without a script.
    let hits = told["hits"].as_u64().unwrap();
    assert!(hits > 20, "{told}");
    holds(text, &["Derivations", "recipe slow", &format!("Hits: {hits}")]);
    assert!(!text.contains("package make_"), "{text}");
    let opened = seen["text_opened"].as_str().unwrap();
    assert!(opened.lines().filter(|line| line.starts_with("package ")).count() > 20, "{opened}");
    assert_eq!((&seen["active"], &seen["handlers"], &seen["loaded"]), (&json!(0), &json!(0), &json!(0)));
}

/// A record that somebody else wrote, in which every text is an attack.
fn hostile_record(attack: &str) -> String {
    let digest = "7".repeat(64);
    let lines = [
        json!({"build": {"format": "ashlar-build-record", "schema": 1, "what": [attack], "start_ms": 0, "jobs": 1}}),
        json!({"derivation": {"name": format!("hit {attack}"), "kind": "merge@1", "needs": [], "hit": {"digest": digest, "from": "store", "at_ms": 0}}}),
        json!({"derivation": {"name": format!("built {attack}"), "kind": attack, "needs": [0]}}),
        json!({"derivation": {"name": format!("failed {attack}"), "kind": attack, "needs": [1]}}),
        json!({"derivation": {"name": format!("skipped {attack}"), "kind": attack, "needs": [2]}}),
        json!({"begun": {"derivation": 1, "digest": digest, "queued_ms": 0, "begun_ms": 0, "worker": 0}}),
        json!({"ended": {"derivation": 1, "ended_ms": 500, "outcome": "built", "used": {}}}),
        json!({"begun": {"derivation": 2, "digest": digest, "queued_ms": 500, "begun_ms": 500, "worker": 0}}),
        json!({"ended": {"derivation": 2, "ended_ms": 1000, "outcome": "failed", "reason": attack, "used": {}}}),
        json!({"end": {"ended_ms": 1000, "succeeded": false}}),
    ];
    lines.iter().map(|line| line.to_string() + "\n").collect()
}

#[test]
#[ignore = "brings a browser of 110 MB; run by `just test-browser`"]
fn markup_in_the_texts_of_a_record_is_read_and_not_run() {
    let attack = r#"</a></title></style><script>top.attacked=true</script><img src=x onerror="top.attacked=true">" onmouseover="top.attacked=true" x=""#;
    let folder = Folder::temporary();
    let (record, page) = (folder.join("record"), folder.join("page.html"));
    fs::write(&record, hostile_record(attack)).unwrap();
    let project = Project::importing_the_checkout();
    project.ashlar(&shared_store()).arg("timeline").arg(&record).arg("-o").arg(&page).run().succeeds();
    let seen = look(&fs::read_to_string(&page).unwrap());
    let text = seen["text_opened"].as_str().unwrap();
    for prefix in ["Build of", "hit", "built", "failed", "skipped"] {
        assert!(text.contains(&format!("{prefix} {attack}")), "{prefix}: {text}");
    }
    assert!(seen["title"].as_str().unwrap().contains(attack), "{seen}");
    assert_eq!(bars(&seen).len(), 2);
    assert_eq!(seen["attacked"], json!(false), "{seen}");
    assert_eq!((&seen["active"], &seen["handlers"], &seen["loaded"]), (&json!(0), &json!(0), &json!(0)));
}
