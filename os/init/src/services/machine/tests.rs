// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Who starts, and starts again: tables of services, events and times, and the orders that they must give.

use super::super::order::Exit;
use super::world::{EXIT_0, EXIT_3, World, daemon, listener, once};
use super::*;

#[test]
fn each_starts_when_all_that_it_comes_after_are_ready_or_done() {
    let mut world = World::new(&[
        once("firewall", &[]),
        listener("d", &[0]),
        daemon("e", &[]),
        once("trial", &[0, 1, 2]),
    ]);
    assert_eq!(world.until(1.0), ["0 start firewall", "0 start e"]);
    assert!(!world.machine.is_settled());
    assert_eq!(world.event("firewall", EXIT_0), ["1 kill firewall", "1 start d"]);
    assert_eq!(world.until(5.0), Vec::<String>::new(), "d is started, but not ready");
    assert!(!world.machine.is_settled());
    assert_eq!(world.event("d", Event::Answered), ["5 start trial"]);
    assert!(!world.machine.is_settled());
    assert_eq!(world.event("trial", EXIT_0), ["5 kill trial"]);
    assert!(world.machine.is_settled());
    assert_eq!(world.states(), ["firewall Done 0", "d Ready 0", "e Ready 0", "trial Done 0"]);
    assert_eq!(world.machine.deadline(), None, "nothing is left to be done");
}

#[test]
fn nothing_at_all_is_settled_and_stopped_at_once() {
    let mut world = World::new(&[]);
    assert!(world.machine.is_settled() && !world.machine.is_stopped());
    world.machine.stop();
    assert!(world.machine.is_stopped() && world.machine.deadline().is_none());
}

#[test]
fn a_socket_is_tried_soon_and_then_ever_more_rarely() {
    let mut world = World::new(&[listener("d", &[])]);
    world.until(0.2);
    assert_eq!(world.connects, 5, "after 0, 10, 30, 70 and 150 milliseconds");
    world.until(15.0);
    assert!((30..40).contains(&world.connects), "{}", world.connects);
    world.event("d", Event::Answered);
    let connects = world.connects;
    world.until(1000.0);
    assert_eq!((world.connects, world.states()), (connects, vec!["d Ready 0".to_owned()]));
}

#[test]
fn a_daemon_that_ends_is_started_again_after_doubling_pauses() {
    let mut world = World::new(&[daemon("d", &[])]);
    assert_eq!(world.until(0.0), ["0 start d"]);
    let mut pauses = Vec::new();
    for restarts in 1..=9 {
        let ended = world.now;
        let told = world.event("d", EXIT_0);
        let at = ended.as_secs_f64();
        assert_eq!(
            told,
            [format!("{at} tell [it ended with exit status 0 after it was ready] d"), format!("{at} kill d")]
        );
        assert_eq!(world.states(), [format!("d Failed {}", restarts - 1)]);
        world.now = world.machine.deadline().unwrap();
        pauses.push((world.now - ended).as_secs());
        assert_eq!(world.until(world.now.as_secs_f64()), [format!("{} start d", world.now.as_secs_f64())]);
        assert_eq!(world.states(), [format!("d Ready {restarts}")]);
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    // It lives for 59 seconds: no better. For 60: it has proven itself.
    for (life, pause) in [(59, 60), (60, 1), (1, 2)] {
        world.until(world.now.as_secs_f64() + f64::from(life));
        world.event("d", Event::Ended(Exit::Signal(9)));
        assert_eq!(world.machine.deadline().unwrap() - world.now, Duration::from_secs(pause), "{life}");
        world.now = world.machine.deadline().unwrap();
        world.until(world.now.as_secs_f64());
    }
    assert_eq!(world.error("d").unwrap(), "it ended with signal 9 after it was ready");
}

#[test]
fn a_daemon_that_is_not_ready_in_time_is_killed_and_started_again() {
    let mut world = World::new(&[listener("d", &[]), once("trial", &[0])]);
    let told = world.until(20.0);
    let reason = "it was not ready within 20 seconds: nobody listens";
    assert_eq!(told, ["0 start d".to_owned(), format!("20 tell [{reason}] d"), "20 kill d".to_owned()]);
    assert!(world.machine.is_settled(), "the first attempt has failed");
    assert_eq!(world.states(), ["d Failed 0", "trial Waiting 0"]);
    assert_eq!(world.error("d").unwrap(), reason);
    assert_eq!(world.error("trial").unwrap(), "it was not started: it comes after d, which failed");
    assert_eq!(world.event("d", Event::Ended(Exit::Signal(9))), Vec::<String>::new());
    assert_eq!(world.until(21.0), ["21 start d"]);
    assert!(world.machine.is_settled());
    // What comes after it starts late rather than never.
    assert_eq!(world.event("d", Event::Answered), ["21 start trial"]);
    assert_eq!(world.states()[0], "d Ready 1");
    assert_eq!(world.error("d").unwrap(), reason, "it is well again, but the boot was not");
}

#[test]
fn a_daemon_that_ends_before_it_is_ready_has_failed_its_first_attempt() {
    let mut world = World::new(&[listener("d", &[])]);
    world.until(2.0);
    world.event("d", EXIT_0);
    assert!(world.machine.is_settled());
    assert_eq!(world.error("d").unwrap(), "it ended with exit status 0 before it was ready");
}

#[test]
fn what_comes_after_a_failure_is_not_started_and_says_why() {
    let mut world = World::new(&[
        once("a", &[]),
        once("b", &[]),
        daemon("c", &[0, 1]),
        once("d", &[2]),
        daemon("e", &[]),
    ]);
    world.until(0.0);
    assert_eq!(world.event("a", EXIT_3), ["0 tell [it ended with exit status 3] a", "0 kill a"]);
    assert!(!world.machine.is_settled(), "b still runs");
    world.event("b", Event::Ended(Exit::Signal(11)));
    assert_eq!(world.until(1000.0), Vec::<String>::new(), "what runs once is not started again");
    assert!(world.machine.is_settled());
    assert_eq!(world.states(), ["a Failed 0", "b Failed 0", "c Waiting 0", "d Waiting 0", "e Ready 0"]);
    assert_eq!(world.error("b").unwrap(), "it ended with signal 11");
    let error = world.error("c").unwrap();
    assert_eq!(error, "it was not started: it comes after a, which failed, and b, which failed");
    assert_eq!(world.error("d").unwrap(), "it was not started: it comes after c, which waits itself");
}

#[test]
fn one_that_runs_once_is_killed_and_failed_when_its_time_is_up() {
    let mut world = World::new(&[once("trial", &[])]);
    let reason = "it did not end within 20 seconds and was killed";
    assert_eq!(world.until(20.0)[1..], [format!("20 tell [{reason}] trial"), "20 kill trial".to_owned()]);
    assert!(!world.machine.is_settled(), "its output may not be whole yet");
    world.event("trial", Event::Ended(Exit::Signal(9)));
    assert!(world.machine.is_settled());
    assert_eq!(
        (world.states(), world.error("trial").unwrap()),
        (vec!["trial Failed 0".to_owned()], reason.to_owned())
    );
}

#[test]
fn what_cannot_be_started_has_failed() {
    let mut world = World::new(&[once("a", &[]), daemon("d", &[])]);
    world.broken = ["a", "d"].into();
    let told = world.until(3.0);
    assert_eq!(
        told,
        [
            "0 start a, 0 tell [no such file] a",
            "0 start d, 0 tell [no such file] d",
            "1 start d, 1 tell [no such file] d",
            "3 start d, 3 tell [no such file] d",
        ]
    );
    assert!(world.machine.is_settled());
    assert_eq!(world.states(), ["a Failed 0", "d Failed 2"]);
    world.broken.clear();
    assert_eq!(world.until(7.0), ["7 start d"]);
    assert_eq!(world.states(), ["a Failed 0", "d Ready 3"]);
}

#[test]
fn two_lives_of_one_service_never_overlap() {
    let mut world = World::new(&[daemon("d", &[]), once("trial", &[])]);
    world.stuck = ["d", "trial"].into();
    world.until(0.0);
    world.event("d", EXIT_3);
    world.event("trial", EXIT_0);
    assert_eq!(world.until(4.0), Vec::<String>::new(), "what they left behind is still there");
    assert!(!world.machine.is_settled(), "trial is not done while something of it runs");
    let reason = "processes of it were still there 5 seconds after SIGKILL";
    let told = world.until(5.5);
    assert_eq!(told, [format!("5 tell [{reason}] d"), format!("5 tell [{reason}] trial")]);
    assert_eq!(world.states(), ["d Failed 0", "trial Failed 0"]);
    assert_eq!(world.until(6.0), ["6 start d"]);
}
