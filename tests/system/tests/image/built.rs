// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The build itself.

use crate::scene::{Scene, expected};

#[test]
fn from_an_empty_store_it_is_what_ashlar_expected_says() {
    let scene = Scene::get();
    let built = scene
        .built
        .clone()
        .succeeds()
        .tells(&["image qemu: all ", " artifacts are as ashlar.expected says\n"]);
    assert!(built.out.contains(&format!("{}  image qemu:out\n", expected("image qemu:out"))), "{built}");
    assert!(built.out.contains(&format!("{}  root hash\n", expected("root hash"))), "{built}");
    // Kernel and modules are compared as everything else is.
    for name in ["recipe linux:image", "recipe linux:modules"] {
        assert!(built.out.contains(&format!("{}  {name}\n", expected(name))), "{built}");
    }
}

#[test]
fn a_second_build_has_nothing_to_do_and_needs_no_network() {
    let scene = Scene::get();
    let again = scene.ashlar().args(["--offline", "build", "qemu"]).run().succeeds();
    assert_eq!(again.out, scene.built.out);
    let lines: Vec<&str> = again.err.lines().collect();
    assert!(lines.len() == 1 && lines[0].starts_with("image qemu: all "), "{again}");
}

#[test]
fn the_store_is_clean() {
    let check = Scene::get().ashlar().args(["store", "check"]).run().succeeds();
    assert!(check.out.ends_with(" realisations: clean\n"), "{check}");
}
