// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Carries out what machine.rs decides, and tells it what happened.

use super::cgroup::Cgroups;
use super::file::{Kind, Service};
use super::machine::{Machine, Ordered};
use super::order::{Event, Exit, Order, Trouble};
use super::report::ServiceReport;
use super::run::Run;
use super::socket;
use crate::error::{InitError, Malformed};
use rustix::process::{Pid, Signal, WaitStatus, kill_process};
use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

/// Where what services say, and what fails, is heard.
pub(crate) trait Voice {
    /// One line, printable, beginning with the name of a service.
    fn line(&mut self, line: &str);
    /// A failure that comes too late for the status line.
    fn failure(&mut self, error: &InitError);
}

/// The services of this machine.
#[derive(Debug)]
pub(crate) struct Services<V> {
    machine: Machine,
    /// In the order of the machine.
    runs: Vec<Run>,
    voice: V,
    clock: Instant,
    /// The status line is out, so that what fails from now on has a line of its own.
    reported: bool,
}

impl<V: Voice> Services<V> {
    /// Starts none yet.
    pub(crate) fn new(services: Vec<Service>, cgroups: &Cgroups, voice: V) -> Self {
        let machine = Machine::new(&services);
        let runs = services
            .into_iter()
            .map(|service| {
                let cgroup = cgroups.of(&service.name);
                Run::new(service, cgroup)
            })
            .collect();
        Self { machine, runs, voice, clock: Instant::now(), reported: false }
    }

    /// Does all that is to be done now. Never waits.
    pub(crate) fn turn(&mut self) {
        // One moment for the whole turn, or it might never end.
        let now = self.clock.elapsed();
        loop {
            let orders = self.machine.tick(now);
            if orders.is_empty() {
                return;
            }
            self.carry_out(now, orders);
        }
    }

    /// How long [`Self::turn`] has nothing to do unless something ends or speaks.
    pub(crate) fn pause(&self) -> Option<Duration> {
        self.machine.deadline().map(|deadline| deadline.saturating_sub(self.clock.elapsed()))
    }

    /// A process that was a child of this one has ended. Only main processes of services are known here; whatever else
    /// PID 1 inherits is none of them.
    pub(crate) fn ended(&mut self, pid: Pid, status: WaitStatus) {
        let Some(index) = self.runs.iter().position(|run| run.main() == Some(pid)) else { return };
        let exit = match (status.exit_status(), status.terminating_signal()) {
            (Some(status), _) => Exit::Status(status),
            (None, Some(signal)) => Exit::Signal(signal),
            // It was stopped or goes on, and has not ended.
            (None, None) => return,
        };
        let now = self.clock.elapsed();
        if let Some(run) = self.runs.get_mut(index) {
            run.main_ended();
        }
        let orders = self.machine.event(now, index, Event::Ended(exit));
        self.carry_out(now, orders);
    }

    /// The pipes to watch for [`Self::listen`].
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.runs.iter().flat_map(Run::descriptors)
    }

    /// Passes on what services have said, some of it: there may be more. Never waits.
    pub(crate) fn listen(&mut self) {
        let now = self.clock.elapsed();
        for run in &mut self.runs {
            run.listen(now, &mut self.voice);
        }
    }

    /// Whether the status line can say what became of each service.
    pub(crate) fn is_settled(&self) -> bool {
        self.machine.is_settled()
    }

    /// For the status line, which is out after this.
    pub(crate) fn report(&mut self) -> Vec<ServiceReport> {
        self.reported = true;
        let reports = self.machine.report().into_iter().zip(&self.runs);
        reports.map(|(report, run)| ServiceReport { output: run.output(), ..report }).collect()
    }

    /// From now on services are stopped, by further turns.
    pub(crate) fn stop(&mut self) {
        self.reported = true;
        self.machine.stop();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.machine.is_stopping()
    }

    /// Tells of a failure that is none of a service.
    pub(crate) fn tell(&mut self, failure: &InitError) {
        self.voice.failure(failure);
    }

    /// Whether all are stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        self.machine.is_stopped()
    }

    fn carry_out(&mut self, now: Duration, orders: Vec<Ordered>) {
        let mut open = VecDeque::from(orders);
        while let Some((index, order)) = open.pop_front() {
            let event = self.obey(now, index, order);
            if let Some(event) = event {
                open.extend(self.machine.event(now, index, event));
            }
        }
    }

    fn obey(&mut self, now: Duration, index: usize, order: Order) -> Option<Event> {
        let run = self.runs.get_mut(index)?;
        match order {
            Order::Start => Some(match run.start() {
                Ok(()) => Event::Started,
                Err(error) => Event::NotStarted(error.in_one_line()),
            }),
            Order::Connect => match &run.service().kind {
                Kind::Daemon { socket: Some(path) } => Some(match socket::answers(path) {
                    Ok(()) => Event::Answered,
                    Err(error) => Event::Silent(error.in_one_line()),
                }),
                Kind::Daemon { socket: None } | Kind::Once => None,
            },
            Order::Terminate => {
                // Until it is waited for, which only `ended` follows, its number cannot be another's.
                let sent = run.main().map_or(Ok(()), |main| kill_process(main, Signal::TERM));
                if let Err(source) = sent {
                    self.voice.failure(&InitError::Stop { source: source.into() });
                }
                None
            }
            Order::Kill => {
                if let Err(error) = run.kill() {
                    self.voice.failure(&error);
                }
                None
            }
            Order::Look => match run.is_gone() {
                Ok(true) => {
                    run.finish(now, &mut self.voice);
                    Some(Event::Empty)
                }
                Ok(false) => None,
                Err(error) => Some(Event::Unknown(error.in_one_line())),
            },
            Order::Tell(trouble) => {
                // Until then it is in the report.
                if self.reported {
                    self.voice.failure(&failure(run.service().name.clone(), trouble));
                }
                None
            }
        }
    }
}

fn failure(name: String, trouble: Trouble) -> InitError {
    match trouble {
        Trouble::Run(reason) => InitError::RunService { name, source: Malformed::new(reason) },
        Trouble::Stop(reason) => InitError::StopService { name, source: Malformed::new(reason) },
    }
}
