// SPDX-License-Identifier: Apache-2.0 OR MIT
//! All services of a machine: who starts when, when the boot is settled, who stops when. No system call.

use super::file::Service;
use super::life::{Life, Phase};
use super::order::{Event, Order};
use super::report::{ServiceReport, ServiceState};
use std::time::Duration;

/// An order, and the place of its service in the list.
pub(crate) type Ordered = (usize, Order);

#[derive(Debug)]
struct Member {
    name: String,
    after: Vec<usize>,
    life: Life,
}

/// The services in the order of their start.
#[derive(Debug)]
pub(crate) struct Machine {
    members: Vec<Member>,
    stopping: bool,
}

impl Machine {
    pub(crate) fn new(services: &[Service]) -> Self {
        let member = |service: &Service| Member {
            name: service.name.clone(),
            after: service.after.clone(),
            life: Life::new(service),
        };
        Self { members: services.iter().map(member).collect(), stopping: false }
    }

    /// What is to be done now. To be called, with the events of what was done, until it gives nothing.
    pub(crate) fn tick(&mut self, now: Duration) -> Vec<Ordered> {
        let mut orders = Vec::new();
        for index in 0..self.members.len() {
            let may_begin = self.may_begin(index);
            let Some(member) = self.members.get_mut(index) else { continue };
            if may_begin {
                orders.push((index, member.life.begin(now)));
            } else {
                orders.extend(member.life.tick(now).into_iter().map(|order| (index, order)));
            }
        }
        if self.stopping {
            // Only the last one, so that each ends while all that it rests upon still runs.
            let last = self.members.iter_mut().enumerate().rev().find(|(_, member)| member.life.is_alive());
            if let Some((index, member)) = last {
                orders.extend(member.life.terminate(now).map(|order| (index, order)));
            }
        }
        orders
    }

    /// What an event of one service brings.
    pub(crate) fn event(&mut self, now: Duration, index: usize, event: Event) -> Vec<Ordered> {
        let Some(member) = self.members.get_mut(index) else { return Vec::new() };
        member.life.event(now, event).into_iter().map(|order| (index, order)).collect()
    }

    /// From now on nothing is started, and all that runs is stopped.
    pub(crate) fn stop(&mut self) {
        self.stopping = true;
        self.members.iter_mut().for_each(|member| member.life.dismiss());
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping
    }

    /// Whether nothing of any service is left after [`Self::stop`].
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopping && self.members.iter().all(|member| !member.life.is_alive())
    }

    /// Whether each service has been tried once, or waits for one that failed.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled().iter().all(|settled| *settled)
    }

    /// The next time at which [`Self::tick`] gives something.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.members.iter().filter_map(|member| member.life.deadline()).min()
    }

    /// What the status line says, outputs apart, which are not known here.
    pub(crate) fn report(&self) -> Vec<ServiceReport> {
        let report = |member: &Member| ServiceReport {
            name: member.name.clone(),
            state: ServiceState::of(&member.life),
            restarts: member.life.restarts(),
            error: self.error(member),
            output: None,
        };
        self.members.iter().map(report).collect()
    }

    fn may_begin(&self, index: usize) -> bool {
        self.members.get(index).is_some_and(|member| {
            *member.life.phase() == Phase::Waiting && self.awaited(member).next().is_none()
        })
    }

    /// What a member comes after and cannot start without.
    fn awaited<'a>(&'a self, member: &'a Member) -> impl Iterator<Item = &'a Member> {
        let after = member.after.iter().filter_map(|after| self.members.get(*after));
        after.filter(|other| !other.life.is_reached())
    }

    fn settled(&self) -> Vec<bool> {
        let mut settled: Vec<bool> = Vec::new();
        for member in &self.members {
            // Whatever a member comes after stands before it.
            let in_vain = member.after.iter().any(|after| {
                let reached = self.members.get(*after).is_some_and(|other| other.life.is_reached());
                !reached && settled.get(*after).copied().unwrap_or_default()
            });
            settled.push(match member.life.phase() {
                Phase::Waiting => in_vain,
                _ => member.life.is_tried(),
            });
        }
        settled
    }

    fn error(&self, member: &Member) -> Option<String> {
        if *member.life.phase() != Phase::Waiting {
            return member.life.error().map(str::to_owned);
        }
        let reasons: Vec<String> = self
            .awaited(member)
            .map(|other| match ServiceState::of(&other.life) {
                ServiceState::Waiting => format!("{}, which waits itself", other.name),
                _ => format!("{}, which failed", other.name),
            })
            .collect();
        Some(format!("it was not started: it comes after {}", reasons.join(", and ")))
    }
}

#[cfg(test)]
mod end_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod world;
