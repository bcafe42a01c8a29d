// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How often the same question is put where the kernel tells nobody of the answer.

use std::time::Duration;

/// When to ask again: at first soon, then ever more rarely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asking {
    pub(super) at: Duration,
    pause: Duration,
}

impl Asking {
    const FIRST: Duration = Duration::from_millis(10);
    const LONGEST: Duration = Duration::from_millis(500);

    pub(super) fn from(now: Duration) -> Self {
        Self { at: now, pause: Self::FIRST }
    }

    /// Whether it is time, and then the next time is later.
    pub(super) fn is_due(&mut self, now: Duration) -> bool {
        let due = now >= self.at;
        if due {
            self.at = now + self.pause;
            self.pause = (self.pause * 2).min(Self::LONGEST);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_come_soon_and_then_ever_more_rarely() {
        let (mut asking, mut now, mut pauses) = (Asking::from(Duration::ZERO), Duration::ZERO, Vec::new());
        for _ in 0..9 {
            assert!(asking.is_due(now) && !asking.is_due(now));
            pauses.push((asking.at - now).as_millis());
            now = asking.at;
        }
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 500, 500, 500]);
    }
}
