// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A world for tests of the machine: its clock is a number, and what it is told to do succeeds at once.

use super::super::file::Kind;
use super::super::order::{Exit, Trouble};
use super::*;
use std::collections::BTreeSet;

pub(super) fn service(name: &str, kind: Kind, after: &[usize]) -> Service {
    Service {
        name: name.to_owned(),
        kind,
        program: "/usr/bin/x".to_owned(),
        arguments: Vec::new(),
        environment: [].into(),
        after: after.to_vec(),
        start: Duration::from_secs(20),
        stop: Duration::from_secs(10),
        report: false,
    }
}

pub(super) fn daemon(name: &str, after: &[usize]) -> Service {
    service(name, Kind::Daemon { socket: None }, after)
}

pub(super) fn listener(name: &str, after: &[usize]) -> Service {
    service(name, Kind::Daemon { socket: Some("/run/x".to_owned()) }, after)
}

pub(super) fn once(name: &str, after: &[usize]) -> Service {
    service(name, Kind::Once, after)
}

pub(super) const EXIT_0: Event = Event::Ended(Exit::Status(0));
pub(super) const EXIT_3: Event = Event::Ended(Exit::Status(3));

/// A machine whose world does what it is told, but for what a test says.
pub(super) struct World {
    pub(super) machine: Machine,
    names: Vec<String>,
    pub(super) now: Duration,
    /// Cannot be started.
    pub(super) broken: BTreeSet<&'static str>,
    /// Leave processes that cannot be killed.
    pub(super) stuck: BTreeSet<&'static str>,
    pub(super) connects: usize,
}

impl World {
    pub(super) fn new(services: &[Service]) -> Self {
        let names = services.iter().map(|service| service.name.clone()).collect();
        let (broken, stuck) = (BTreeSet::new(), BTreeSet::new());
        Self { machine: Machine::new(services), names, now: Duration::ZERO, broken, stuck, connects: 0 }
    }

    /// Lets time pass, from deadline to deadline, and gives the orders but for questions, each with its time in seconds.
    pub(super) fn until(&mut self, seconds: f64) -> Vec<String> {
        let end = Duration::from_secs_f64(seconds);
        let mut told = Vec::new();
        loop {
            let mut orders = self.machine.tick(self.now);
            while !orders.is_empty() {
                for order in orders {
                    told.extend(self.carry_out(order));
                }
                orders = self.machine.tick(self.now);
            }
            let next = self.machine.deadline().filter(|deadline| *deadline <= end);
            let Some(next) = next else { break };
            assert!(next > self.now, "a busy loop");
            self.now = next;
        }
        self.now = end;
        told
    }

    pub(super) fn event(&mut self, name: &str, event: Event) -> Vec<String> {
        let index = self.names.iter().position(|other| other == name).unwrap();
        let orders = self.machine.event(self.now, index, event);
        let mut told: Vec<String> = orders.into_iter().filter_map(|order| self.carry_out(order)).collect();
        told.extend(self.until(self.now.as_secs_f64()));
        told
    }

    fn carry_out(&mut self, (index, order): Ordered) -> Option<String> {
        let name = self.names[index].clone();
        let answer = match &order {
            Order::Start if self.broken.contains(name.as_str()) => {
                Some(Event::NotStarted("no such file".to_owned()))
            }
            Order::Start => Some(Event::Started),
            Order::Connect => {
                self.connects += 1;
                Some(Event::Silent("nobody listens".to_owned()))
            }
            Order::Look if self.stuck.contains(name.as_str()) => None,
            Order::Look => Some(Event::Empty),
            _ => None,
        };
        let word = match &order {
            Order::Start => "start".to_owned(),
            Order::Terminate => "terminate".to_owned(),
            Order::Kill => "kill".to_owned(),
            Order::Tell(Trouble::Run(reason) | Trouble::Stop(reason)) => format!("tell [{reason}]"),
            Order::Connect | Order::Look => String::new(),
        };
        let told = (!word.is_empty()).then(|| format!("{} {word} {name}", self.now.as_secs_f64()));
        let more = answer.map(|answer| self.machine.event(self.now, index, answer)).unwrap_or_default();
        let more: Vec<String> = more.into_iter().filter_map(|order| self.carry_out(order)).collect();
        told.into_iter().chain(more).reduce(|one, other| format!("{one}, {other}"))
    }

    pub(super) fn states(&self) -> Vec<String> {
        let reports = self.machine.report().into_iter();
        reports.map(|report| format!("{} {:?} {}", report.name, report.state, report.restarts)).collect()
    }

    pub(super) fn error(&self, name: &str) -> Option<String> {
        self.machine.report().into_iter().find(|report| report.name == name).unwrap().error
    }
}
