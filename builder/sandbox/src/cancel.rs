// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A handle that ends running sandboxes from another thread.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::event::{EventfdFlags, eventfd};

use crate::error::SandboxError;

/// Ends every sandbox that was started with a clone of it, now and later. There is no way back.
#[derive(Clone, Debug)]
pub struct Cancel {
    event: Arc<OwnedFd>,
}

impl Cancel {
    /// A handle that has not been used.
    ///
    /// # Errors
    /// [`SandboxError::Channel`] when the process has no file descriptor left.
    pub fn new() -> Result<Self, SandboxError> {
        let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
            .map_err(|errno| SandboxError::Channel { source: errno.into() })?;
        Ok(Self { event: Arc::new(event) })
    }

    /// Kills the sandboxes. Their [`run`](crate::run) returns [`SandboxError::Cancelled`]. Only one `write` is made:
    /// this may be called from a signal handler.
    pub fn cancel(&self) {
        // The counter can only be full when somebody has cancelled 2^64-2 times: the handle is used either way.
        let _full = rustix::io::write(&self.event, &1_u64.to_ne_bytes());
    }

    /// Whether [`cancel`](Self::cancel) has been called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let mut fds = [PollFd::new(&self.event, PollFlags::IN)];
        matches!(poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })), Ok(1))
    }
}

impl AsFd for Cancel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.event.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_cancels_the_original_and_it_stays_so() {
        let cancel = Cancel::new().unwrap();
        assert!(!cancel.is_cancelled());
        let other = cancel.clone();
        other.cancel();
        assert!(other.is_cancelled());
        assert!(cancel.is_cancelled() && cancel.is_cancelled());
    }
}
