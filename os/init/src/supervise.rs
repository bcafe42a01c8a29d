// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The rest of PID 1's life: run services, reap whatever ends, and end the machine when told.
//!
//! One thread and one place where it waits. It wakes up when a signal comes, a service speaks, or a service's time is up.

use crate::console::{self, Console};
use crate::error::InitError;
use crate::power::{self, End};
use crate::services::{Cgroups, Service, ServiceReport, Services, Voice};
use crate::syscall;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::WaitOptions;
use rustix::time::Timespec;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::thread::sleep;
use std::time::Duration;

const CGROUPS: &str = "/sys/fs/cgroup";
/// `sizeof(struct signalfd_siginfo)`, whose first member is the number of the signal, as u32 (signalfd(2)).
const SIGNAL_SIZE: usize = 128;
/// How often it looks for ended children where no signal can tell.
const BLIND: Duration = Duration::from_millis(100);

/// Never returns. For a machine that runs no services.
pub(crate) fn forever() -> ! {
    let mut failures = Vec::new();
    let supervisor = Supervisor::new(Vec::new(), &mut failures);
    failures.iter().for_each(console::print_failure);
    supervisor.forever(None)
}

/// PID 1 at work.
#[derive(Debug)]
pub(crate) struct Supervisor<V = Console> {
    signals: Option<File>,
    services: Services<V>,
}

impl Supervisor {
    /// Starts nothing yet. The signals must be blocked already, so that none is lost between two rounds. Adds what
    /// failed.
    pub(crate) fn new(services: Vec<Service>, failures: &mut Vec<InitError>) -> Self {
        let cgroups = Cgroups::below(CGROUPS);
        if !services.is_empty() {
            failures.extend(cgroups.prepare());
        }
        let signals = syscall::signal_descriptor();
        let signals = signals.map_err(|source| failures.push(InitError::Signals { source })).ok();
        Self { signals, services: Services::new(services, &cgroups, Console) }
    }

    /// Never returns: ends the machine, in order, at once where `end` says so, otherwise when a signal does.
    pub(crate) fn forever(mut self, end: Option<End>) -> ! {
        let end = end.unwrap_or_else(|| self.until_told());
        self.services.stop();
        self.until(Services::is_stopped);
        power::end(end)
    }
}

impl<V: Voice> Supervisor<V> {
    /// Starts the services, and returns when the status line can tell what became of each, or when the machine is to
    /// end before that.
    pub(crate) fn settle(&mut self) -> Option<End> {
        self.until(Services::is_settled)
    }

    /// For the status line, which is out after this.
    pub(crate) fn report(&mut self) -> Vec<ServiceReport> {
        self.services.report()
    }

    fn until_told(&mut self) -> End {
        loop {
            if let Some(end) = self.until(|_| false) {
                return end;
            }
        }
    }

    /// Works until `done`, or until a signal asks for the end. While services are stopped, further signals change
    /// nothing.
    fn until(&mut self, done: impl Fn(&Services<V>) -> bool) -> Option<End> {
        loop {
            reap(&mut self.services);
            self.services.turn();
            if done(&self.services) {
                return None;
            }
            self.wait();
            self.services.listen();
            let asked = self.signals.as_ref().and_then(pending_end);
            if asked.is_some() && !self.services.is_stopping() {
                return asked;
            }
        }
    }

    /// Waits until something is to be done.
    fn wait(&mut self) {
        let pause = self.services.pause();
        let pause = if self.signals.is_some() { pause } else { Some(pause.unwrap_or(BLIND).min(BLIND)) };
        // A pause that poll cannot express is as good as none.
        let timeout = pause.and_then(|pause| Timespec::try_from(pause).ok());
        let signals = self.signals.iter().map(|signals| signals.as_fd());
        let mut descriptors: Vec<PollFd<'_>> = signals
            .chain(self.services.descriptors())
            .map(|descriptor| PollFd::from_borrowed_fd(descriptor, PollFlags::IN))
            .collect();
        let polled = poll(&mut descriptors, timeout.as_ref());
        drop(descriptors);
        match polled {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(source) => {
                self.services.tell(&InitError::Wait { source: source.into() });
                // Reaping must go on, but without a busy loop.
                sleep(Duration::from_secs(1));
            }
        }
    }
}

/// The first end that a pending signal asks for. Those that only say that a child has ended are used up.
fn pending_end(mut signals: &File) -> Option<End> {
    let mut signal = [0; SIGNAL_SIZE];
    while let Ok(SIGNAL_SIZE) = signals.read(&mut signal) {
        let number = u32::from_ne_bytes([signal[0], signal[1], signal[2], signal[3]]);
        if let Some(end) = End::of_signal(number.cast_signed()) {
            return Some(end);
        }
    }
    None
}

/// Waits for every child that has ended: services, and orphans that became children of PID 1.
fn reap<V: Voice>(services: &mut Services<V>) {
    loop {
        match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) => services.ended(pid, status),
            Err(rustix::io::Errno::INTR) => {}
            Ok(None) | Err(rustix::io::Errno::CHILD) => return,
            Err(source) => {
                services.tell(&InitError::Reap { source: source.into() });
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests;
