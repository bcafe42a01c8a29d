// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Every part of a derivation is changed once, and named.

use std::collections::BTreeMap;
use std::sync::Arc;

use ashlar_digest::{Sha256, SourceDigest, TreeDigest};
use serde_json::json;

use super::*;
use crate::{Action, Derivation, OutputRule, SandboxedAction, SandboxedStep};

fn digest(of: &str) -> TreeDigest {
    TreeDigest::new(Sha256::of(of.as_bytes()))
}

fn sample() -> SandboxedAction {
    let run = |script: &str| SandboxedStep::Run { script: script.into() };
    SandboxedAction {
        host: "x86_64-linux".into(),
        target: "x86_64-linux".into(),
        sysroot: digest("sysroot"),
        target_root: None,
        sources: BTreeMap::from([
            ("file".into(), Input::Source(SourceDigest::new(Sha256::of(b"file")))),
            ("patches".into(), Input::Tree(digest("patches"))),
        ]),
        steps: Arc::new(vec![
            SandboxedStep::Unpack { source: "file".into() },
            run("make\n"),
            run("make install\n"),
        ]),
        tests: vec!["true\n".into()],
        asserts: vec![json!({"kernel-config": {"file": "config"}})],
        environment: BTreeMap::from([("CFLAGS".into(), "-O2".into())]),
        epoch: 1,
        outputs: vec![OutputRule {
            name: "runtime".into(),
            patterns: vec!["**".into()],
            attributes: BTreeMap::new(),
        }],
    }
}

fn encoded(action: SandboxedAction) -> Value {
    let derivation = Derivation { label: "it".into(), action: Action::Sandboxed(Box::new(action)) };
    read_encoding(derivation.encode().unwrap().as_bytes()).unwrap()
}

fn found(change: impl Fn(&mut SandboxedAction)) -> Vec<Difference> {
    let mut changed = sample();
    change(&mut changed);
    differences(&encoded(sample()), &encoded(changed))
}

fn text(what: &str, before: &str, after: &str) -> Vec<Difference> {
    vec![Difference::Text { what: what.into(), before: before.into(), after: after.into() }]
}

fn value(what: &str, before: Option<&str>, after: Option<&str>) -> Vec<Difference> {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    vec![Difference::Value { what: what.into(), before: owned(before), after: owned(after) }]
}

#[test]
fn every_part_of_a_derivation_is_named_when_it_differs() {
    assert_eq!(found(|_| {}), []);
    let run = |script: &str| SandboxedStep::Run { script: script.into() };
    assert_eq!(
        found(|action| Arc::make_mut(&mut action.steps)[1] = run("make -k\n")),
        text("step 2 (run)", "make\n", "make -k\n")
    );
    assert_eq!(
        found(|action| Arc::make_mut(&mut action.steps).insert(1, run("new\n"))),
        text("step 2 (run)", "", "new\n")
    );
    assert_eq!(
        found(|action| drop(Arc::make_mut(&mut action.steps).remove(2))),
        text("step 3 (run)", "make install\n", "")
    );
    assert_eq!(found(|action| action.tests.push("false\n".into())), text("test 2", "", "false\n"));
    assert_eq!(found(|action| action.environment.clear()), value("variable CFLAGS", Some("-O2"), None));
    assert_eq!(found(|action| action.epoch = 2), value("source epoch", Some("1"), Some("2")));
    assert_eq!(
        found(|action| action.host.push('x')),
        value("host platform", Some("x86_64-linux"), Some("x86_64-linuxx"))
    );
    assert_eq!(
        found(|action| action.outputs[0].patterns.push("x".into())),
        text("output runtime", "**\n", "**\nx\n")
    );
    let Difference::Text { what, .. } = &found(|action| action.asserts.clear())[0] else {
        panic!("an assertion is text")
    };
    assert_eq!(what, "assertion 1 (kernel-config)");
}

#[test]
fn what_is_read_is_named_by_what_it_is_for() {
    let input = |role: Role, before: Option<Input>, after: Option<Input>| {
        vec![Difference::Input { role, before, after }]
    };
    let tree = |of: &str| Some(Input::Tree(digest(of)));
    assert_eq!(
        found(|action| action.sysroot = digest("x")),
        input(Role::Sysroot, tree("sysroot"), tree("x"))
    );
    assert_eq!(
        found(|action| action.target_root = Some(digest("x"))),
        input(Role::TargetRoot, None, tree("x"))
    );
    assert_eq!(
        found(|action| action.sources.retain(|name, _| name != "patches")),
        input(Role::Source("patches".into()), tree("patches"), None)
    );
}

#[test]
fn a_typed_step_differs_in_its_parameters_by_name() {
    let typed = |words: &[&str]| SandboxedStep::Typed {
        kind: "autotools".into(),
        script: "script\n".into(),
        parameters: BTreeMap::from([(
            "configure".into(),
            words.iter().map(|word| (*word).to_owned()).collect(),
        )]),
    };
    let of = |words: &[&str]| {
        let mut action = sample();
        Arc::make_mut(&mut action.steps).push(typed(words));
        encoded(action)
    };
    assert_eq!(
        differences(&of(&["--a"]), &of(&["--a", "--b"])),
        text("step 4 (autotools)", "configure: --a\nscript\n", "configure: --a\nconfigure: --b\nscript\n")
    );
}

#[test]
fn what_a_recipe_says_comes_before_what_it_reads_and_that_before_what_the_tool_says() {
    let mut changed = encoded(sample());
    changed["sandbox"] = json!(99);
    changed["sysroot"] = json!(digest("x").to_string());
    changed["steps"][1] = json!({"run": "make -k\n"});
    changed["unheard-of"] = json!([1]);
    let names: Vec<String> = differences(&encoded(sample()), &changed)
        .into_iter()
        .map(|difference| match difference {
            Difference::Text { what, .. } | Difference::Value { what, .. } => what,
            Difference::Input { role, .. } => role.to_string(),
        })
        .collect();
    assert_eq!(names, ["step 2 (run)", "sysroot", "sandbox policy", "unheard-of"]);
}

#[test]
fn what_an_earlier_version_said_of_a_step_or_an_output_is_not_lost() {
    let mut swapped = sample();
    swapped.outputs.insert(0, OutputRule { name: "dev".into(), ..swapped.outputs[0].clone() });
    let mut other = swapped.clone();
    other.outputs.reverse();
    let ordered = text("order of outputs", "dev\nruntime\n", "runtime\ndev\n");
    assert_eq!(differences(&encoded(swapped), &encoded(other)), ordered);
    for (key, place) in [("steps", "/steps/1"), ("outputs", "/outputs/0")] {
        let mut before = encoded(sample());
        before.pointer_mut(place).unwrap()["unheard-of"] = json!(1);
        let found = differences(&before, &encoded(sample()));
        let [Difference::Text { what, before, after }] = &found[..] else { panic!("{found:?}") };
        assert_eq!(what, key);
        assert!(before.contains("unheard-of") && !after.contains("unheard-of"), "{found:?}");
    }
}

#[test]
fn a_text_that_is_no_derivation_is_refused() {
    for bad in [
        &b""[..],
        b"ashlar-derivation 2\n{}\n",
        b"ashlar-derivation 1\n{",
        b"ashlar-derivation 1\n[]",
        b"\xff",
    ] {
        assert!(read_encoding(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn no_difference_says_the_same_of_both() {
    let with = |key: &str, value: Value| {
        let mut changed = encoded(sample());
        changed[key] = value;
        changed
    };
    for (key, one, two) in [
        ("steps", json!([]), json!({})),
        ("tests", json!(["true\n"]), json!("true\n")),
        ("outputs", json!([{"name": "a"}]), json!([{"name": "a", "because": "b"}])),
        ("sysroot", json!("one"), json!("two")),
        ("sources", json!({"a": {"url": "b"}}), json!({"a": {"url": "c"}})),
        ("environment", json!({}), json!({"A": null})),
        ("epoch", json!(1), json!("1")),
        ("unheard-of", json!("[]\n"), json!([])),
    ] {
        let found = differences(&with(key, one.clone()), &with(key, two.clone()));
        assert!(!found.is_empty() && found.iter().all(Difference::is_one), "{key}: {one}, {two}: {found:?}");
    }
}
