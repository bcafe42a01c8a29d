// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How services stop, and that whatever happens they can.

use super::super::order::Exit;
use super::world::{EXIT_0, EXIT_3, World, daemon, listener, once};
use super::*;

#[test]
fn services_stop_in_reverse_each_after_all_that_rest_upon_it() {
    let mut world = World::new(&[daemon("a", &[]), once("b", &[]), listener("c", &[0]), once("d", &[2])]);
    world.until(1.0);
    world.event("b", EXIT_0);
    world.event("c", Event::Answered);
    assert_eq!(world.states()[3], "d Failed 0", "it runs, which is none of the four");
    world.machine.stop();
    assert_eq!(world.until(1.0), ["1 terminate d"]);
    assert_eq!(world.until(3.0), Vec::<String>::new());
    assert_eq!(world.event("d", Event::Ended(Exit::Signal(15))), ["3 kill d", "3 terminate c"]);
    assert!(!world.machine.is_stopped());
    let told = world.until(13.0);
    assert_eq!(told, ["13 tell [it did not end within 10 seconds and was killed] c", "13 kill c"]);
    assert_eq!(world.event("c", Event::Ended(Exit::Signal(9))), ["13 terminate a"]);
    assert_eq!(world.event("a", EXIT_3), ["13 kill a"]);
    assert!(world.machine.is_stopped() && world.machine.deadline().is_none());
    assert_eq!(world.until(1000.0), Vec::<String>::new());
}

#[test]
fn nothing_is_started_once_the_machine_ends() {
    let mut world = World::new(&[listener("a", &[]), daemon("b", &[]), once("c", &[0])]);
    world.until(0.0);
    world.event("b", EXIT_3);
    world.machine.stop();
    // b rests, c waits; a was not ready yet, and no longer has to be.
    assert_eq!(world.until(5.0), ["0 terminate a"]);
    assert_eq!(world.event("a", EXIT_0), ["5 kill a"]);
    assert!(world.machine.is_stopped());
    assert_eq!(world.until(1000.0), Vec::<String>::new());
}

#[test]
fn a_process_that_cannot_be_killed_holds_the_end_up_for_seconds_only() {
    let mut world = World::new(&[daemon("a", &[]), daemon("b", &[])]);
    world.stuck = ["b"].into();
    world.until(0.0);
    world.machine.stop();
    let told = world.until(100.0);
    assert_eq!(
        told,
        [
            "0 terminate b",
            "10 tell [it did not end within 10 seconds and was killed] b",
            "10 kill b",
            "15 tell [processes of it were still there 5 seconds after SIGKILL] b",
            "15 terminate a",
            "25 tell [it did not end within 10 seconds and was killed] a",
            "25 kill a",
            "30 tell [processes of it were still there 5 seconds after SIGKILL] a",
        ]
    );
    assert!(world.machine.is_stopped());
    assert_eq!(world.event("a", EXIT_0), Vec::<String>::new(), "too late to matter");
}

#[test]
fn no_sequence_of_events_makes_two_lives_or_a_busy_loop() {
    // A fixed pseudo-random sequence (xorshift64), so that a failure can be repeated.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % below
    };
    let mut starts = 0;
    for _ in 0..300 {
        let services: Vec<Service> = (0..6)
            .map(|index| {
                let after: Vec<usize> = (0..index).filter(|_| next(4) == 0).collect();
                [daemon, listener, once][next(3)](&format!("s{index}"), &after)
            })
            .collect();
        let mut machine = Machine::new(&services);
        let (mut now, mut alive, mut stopped) = (Duration::ZERO, [false; 6], false);
        for _ in 0..200 {
            let mut orders = machine.tick(now);
            for (index, order) in std::mem::take(&mut orders) {
                if order == Order::Start {
                    assert!(!alive[index] && !stopped, "a second life, or one after the end");
                    starts += 1;
                    alive[index] = next(4) != 0;
                    let event = if alive[index] { Event::Started } else { Event::NotStarted(String::new()) };
                    assert!(
                        machine
                            .event(now, index, event)
                            .iter()
                            .all(|(_, order)| matches!(order, Order::Tell(_)))
                    );
                }
            }
            let index = next(6);
            let event = match next(9) {
                0 => Some(Event::Answered),
                1 => Some(Event::Silent(String::new())),
                2 => Some(Event::Ended(Exit::Status(next(2) as i32))),
                3 => Some(Event::Ended(Exit::Signal(9))),
                4 => Some(Event::Unknown(String::new())),
                5 => {
                    machine.event(now, index, EXIT_0);
                    Some(Event::Empty)
                }
                6 if next(40) == 0 => {
                    stopped = true;
                    machine.stop();
                    None
                }
                _ => {
                    now += Duration::from_millis(next(4000) as u64);
                    None
                }
            };
            if let Some(event) = event {
                machine.event(now, index, event);
            }
            // Events end a life, and so does time where nothing can be killed.
            for (index, member) in machine.members.iter().enumerate() {
                alive[index] &= member.life.is_alive();
            }
            machine.report();
            machine.is_settled();
        }
        if !stopped {
            machine.stop();
        }
        for _ in 0..10_000 {
            while !machine.tick(now).is_empty() {}
            let Some(deadline) = machine.deadline() else { break };
            assert!(deadline > now, "a busy loop");
            now = deadline;
        }
        assert!(machine.is_stopped(), "whatever happens, the machine can end");
    }
    assert!(starts > 1000, "{starts}");
}
