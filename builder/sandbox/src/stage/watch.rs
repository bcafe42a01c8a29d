// SPDX-License-Identifier: Apache-2.0 OR MIT
//! PID 1's second thread: answers the filter, keeps the deadline, and notices that the caller has gone.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::attempts::{Attempts, Name, answer_next};
use crate::control::Failure;
use crate::syscall::kill_all;

/// What both threads of PID 1 know.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) attempts: Attempts,
    pub(super) timed_out: AtomicBool,
}

/// What the watch looks at.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) listener: OwnedFd,
    pub(super) caller: UnixStream,
    pub(super) deadline: Option<Instant>,
    pub(super) name: Name,
}

impl Watch {
    /// Starts it; it ends with the process.
    pub(super) fn start(self, shared: Arc<Shared>) -> Result<(), Failure> {
        let body = move || self.go(&shared);
        thread::Builder::new()
            .name("watch".to_owned())
            .spawn(body)
            .map(drop)
            .map_err(Failure::of("start the watch"))
    }

    fn go(mut self, shared: &Shared) {
        loop {
            let wait =
                self.deadline.map(|deadline| timespec(deadline.saturating_duration_since(Instant::now())));
            let mut fds =
                [PollFd::new(&self.listener, PollFlags::IN), PollFd::new(&self.caller, PollFlags::IN)];
            match poll(&mut fds, wait.as_ref()) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(_) => exit(3),
            }
            let [question, caller] = fds.map(|fd| fd.revents());
            if !caller.is_empty() {
                // The caller sends nothing: it has closed. With this process everything in the sandbox ends.
                exit(3);
            }
            if !question.is_empty() && answer_next(&self.listener, &shared.attempts, &self.name).is_err() {
                // Whoever waits for an answer would wait for ever.
                exit(3);
            }
            if self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                self.deadline = None;
                shared.timed_out.store(true, Ordering::SeqCst);
                if kill_all().is_err() {
                    exit(3);
                }
            }
        }
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}
