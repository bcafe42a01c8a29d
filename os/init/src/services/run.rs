// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One service as the kernel has it: its cgroup, its main process, its pipes.

use super::cgroup::Cgroup;
use super::file::Service;
use super::output::{Allowance, Tail};
use super::pipe::{Part, Pipe};
use super::running::Voice;
use super::spawn;
use crate::error::InitError;
use rustix::process::{Pid, Signal, kill_process};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::time::Duration;

/// Parts that are read of a pipe whose writers have ended. The kernel's largest pipe for anyone but root is a mebibyte;
/// a process that has left the cgroup could write for ever.
const MOST_PARTS: usize = 1024;

/// A service, running or not.
#[derive(Debug)]
pub(crate) struct Run {
    service: Service,
    cgroup: Cgroup,
    main: Option<Pid>,
    stdout: Option<Pipe>,
    stderr: Option<Pipe>,
    allowance: Allowance,
    /// Of the current or last life; `None` before the first, and where nobody asks for it.
    tail: Option<Tail>,
}

impl Run {
    pub(crate) fn new(service: Service, cgroup: Cgroup) -> Self {
        let allowance = Allowance::new(Duration::ZERO);
        Self { service, cgroup, main: None, stdout: None, stderr: None, allowance, tail: None }
    }

    pub(crate) fn service(&self) -> &Service {
        &self.service
    }

    /// Its main process, until that has been waited for.
    pub(crate) fn main(&self) -> Option<Pid> {
        self.main
    }

    /// The main process has been waited for.
    pub(crate) fn main_ended(&mut self) {
        self.main = None;
    }

    pub(crate) fn output(&self) -> Option<String> {
        self.tail.as_ref().map(Tail::text)
    }

    pub(crate) fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.stdout.iter().chain(&self.stderr).map(|pipe| pipe.as_fd())
    }

    pub(crate) fn start(&mut self) -> Result<(), InitError> {
        let started = spawn::start(&self.service, &self.cgroup)?;
        self.main = Some(started.main);
        self.stdout = Some(Pipe::new(started.stdout));
        self.stderr = Some(Pipe::new(started.stderr));
        self.tail = self.service.report.then(Tail::default);
        Ok(())
    }

    /// SIGKILL to all of it.
    pub(crate) fn kill(&self) -> Result<(), InitError> {
        // By number too, because a process of root can leave its cgroup.
        let main = self.main.map_or(Ok(()), |main| kill_process(main, Signal::KILL));
        self.cgroup.kill()?;
        main.map_err(|source| InitError::Stop { source: source.into() })
    }

    /// Whether no process of it is left.
    pub(crate) fn is_gone(&self) -> Result<bool, InitError> {
        Ok(self.main.is_none() && self.cgroup.is_empty()?)
    }

    /// Passes on one part of each output.
    pub(crate) fn listen(&mut self, now: Duration, voice: &mut dyn Voice) {
        self.listen_to(true, now, voice);
        self.listen_to(false, now, voice);
    }

    /// Passes on all that is left of the outputs, and closes them.
    pub(crate) fn finish(&mut self, now: Duration, voice: &mut dyn Voice) {
        for stdout in [true, false] {
            for _ in 0..MOST_PARTS {
                if !self.listen_to(stdout, now, voice) {
                    break;
                }
            }
            self.close(stdout, now, voice);
        }
        if let Some(line) = self.allowance.left_out() {
            voice.line(&format!("{}: {line}", self.service.name));
        }
    }

    /// Whether there was something.
    fn listen_to(&mut self, stdout: bool, now: Duration, voice: &mut dyn Voice) -> bool {
        let pipe = if stdout { &mut self.stdout } else { &mut self.stderr };
        let Some(open) = pipe else { return false };
        match open.read() {
            Part::Bytes(bytes) => {
                if let Some(tail) = self.tail.as_mut().filter(|_| stdout) {
                    tail.feed(&bytes);
                }
                let (name, allowance) = (&self.service.name, &mut self.allowance);
                open.lines.feed(&bytes, |line| say(name, allowance, now, &line, voice));
                true
            }
            Part::Nothing => false,
            Part::End => {
                self.close(stdout, now, voice);
                false
            }
        }
    }

    fn close(&mut self, stdout: bool, now: Duration, voice: &mut dyn Voice) {
        let pipe = if stdout { &mut self.stdout } else { &mut self.stderr };
        if let Some(line) = pipe.take().and_then(|mut pipe| pipe.lines.finish()) {
            say(&self.service.name, &mut self.allowance, now, &line, voice);
        }
    }
}

fn say(name: &str, allowance: &mut Allowance, now: Duration, line: &str, voice: &mut dyn Voice) {
    let line = format!("{name}: {line}");
    if allowance.take(now, line.len() + 1) {
        if let Some(count) = allowance.left_out() {
            voice.line(&format!("{name}: {count}"));
        }
        voice.line(&line);
    }
}

#[cfg(test)]
mod tests;
