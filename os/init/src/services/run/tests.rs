// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is still in the pipes when a service has ended.

use super::super::cgroup::Cgroups;
use super::super::file::Kind;
use super::super::trial::{Folder, Heard, children, service};
use super::*;
use rustix::process::{WaitOptions, waitpid};

/// A service that has ended and to which nobody has listened.
fn ended(role: &str) -> Run {
    let cgroups = Folder::with_cgroups(&["a"]);
    let mut run = Run::new(service("a", Kind::Once, role), Cgroups::below(&cgroups.path()).of("a"));
    run.start().unwrap();
    assert!(!run.is_gone().unwrap());
    waitpid(run.main(), WaitOptions::empty()).unwrap();
    run.main_ended();
    assert!(run.is_gone().unwrap());
    run
}

#[test]
fn the_last_words_of_a_service_are_heard_after_its_end() {
    let _children = children();
    let mut heard = Heard::default();
    let mut run = ended("forge");
    assert_eq!(run.output().unwrap(), "");
    run.finish(Duration::ZERO, &mut &mut heard);
    assert!(run.output().unwrap().ends_with("\nno newline"), "{:?}", run.output());
    let last = heard.lines.iter().filter(|line| *line == "a: no newline").count();
    assert_eq!(last, 2, "of standard output and standard error: {heard:?}");
    assert_eq!(run.descriptors().count(), 0, "both are closed");
}

#[test]
fn a_pipe_that_is_kept_open_by_an_escaped_process_is_closed() {
    let _children = children();
    let mut heard = Heard::default();
    // What it leaves behind holds the pipes, and is in no cgroup that these plain files could kill.
    let mut run = ended("parent sleep 3");
    run.finish(Duration::ZERO, &mut &mut heard);
    assert_eq!(run.descriptors().count(), 0);
}
