// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The life of one service: events and a clock in, orders out. No system call, so that tables can test all of it.
//!
//! ```text
//! Waiting ─▶ Starting ─▶ Ready ───────────▶ Ending ─▶ Resting ─▶ Starting …     a daemon, again and again
//!                └──────────────────────────▶ Ending ─▶ Done | Failed           once
//!            Starting | Ready ─▶ Stopping ─▶ Ending ─▶ Stopped                  when the machine ends
//! ```
//! `Ending` lasts until no process of the service is left, so two lives of one service never overlap.
//! Times are durations since a moment that is the same for all calls.

use super::asking::Asking;
use super::file::{Kind, Service};
use super::order::{Event, Exit, Order, Trouble};
use std::time::Duration;

/// The pause before a daemon's first restart; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// After a life of this length the next pause is the first one again.
const LONG_LIFE: Duration = Duration::from_secs(60);
/// How long killed processes may take to be gone; only one that waits for a broken device takes longer.
const KILL_PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Phase {
    Waiting,
    Starting { since: Duration, asking: Asking },
    Ready { since: Duration },
    Stopping { since: Duration, until: Duration },
    Ending(Ending),
    Resting { until: Duration },
    Done,
    Failed,
    Stopped,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ending {
    /// When this life began.
    since: Duration,
    /// When to give up.
    until: Duration,
    /// The main process has ended; others may remain.
    main_ended: bool,
    asking: Asking,
    outcome: Outcome,
}

/// One service through all of its lives.
#[derive(Debug)]
pub(crate) struct Life {
    once: bool,
    has_socket: bool,
    start: Duration,
    stop: Duration,
    phase: Phase,
    /// Not so once the machine ends.
    wanted: bool,
    restarts: u32,
    pause: Duration,
    error: Option<String>,
    silence: Option<String>,
}

impl Life {
    pub(crate) fn new(service: &Service) -> Self {
        Self {
            once: service.kind == Kind::Once,
            has_socket: matches!(service.kind, Kind::Daemon { socket: Some(_) }),
            start: service.start,
            stop: service.stop,
            phase: Phase::Waiting,
            wanted: true,
            restarts: 0,
            pause: FIRST_PAUSE,
            error: None,
            silence: None,
        }
    }

    pub(crate) fn phase(&self) -> &Phase {
        &self.phase
    }

    /// How often it was started again.
    pub(crate) fn restarts(&self) -> u32 {
        self.restarts
    }

    /// Why it failed last, whatever became of it since.
    pub(crate) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Whether what comes after it may start.
    pub(crate) fn is_reached(&self) -> bool {
        matches!(self.phase, Phase::Ready { .. } | Phase::Done)
    }

    /// Whether its first attempt is over. What only waits has none; the machine knows for what.
    pub(crate) fn is_tried(&self) -> bool {
        match &self.phase {
            Phase::Waiting => false,
            Phase::Starting { .. } | Phase::Stopping { .. } => self.error.is_some(),
            Phase::Ending(_) => !self.once && self.error.is_some(),
            Phase::Ready { .. } | Phase::Resting { .. } | Phase::Done | Phase::Failed | Phase::Stopped => {
                true
            }
        }
    }

    /// Whether it may have a process.
    pub(crate) fn is_alive(&self) -> bool {
        matches!(
            self.phase,
            Phase::Starting { .. } | Phase::Ready { .. } | Phase::Stopping { .. } | Phase::Ending(_)
        )
    }

    /// The first start, which the machine decides.
    pub(crate) fn begin(&mut self, now: Duration) -> Order {
        self.silence = None;
        self.phase = Phase::Starting { since: now, asking: Asking::from(now) };
        Order::Start
    }

    /// From now on it is neither started nor missed.
    pub(crate) fn dismiss(&mut self) {
        self.wanted = false;
        if !self.is_alive() {
            self.phase = Phase::Stopped;
        }
    }

    /// Asks a dismissed service to end, unless it is ending.
    pub(crate) fn terminate(&mut self, now: Duration) -> Option<Order> {
        let (Phase::Starting { since, .. } | Phase::Ready { since }) = self.phase else { return None };
        self.phase = Phase::Stopping { since, until: now + self.stop };
        Some(Order::Terminate)
    }

    /// What the clock brings. To be called until it gives nothing.
    pub(crate) fn tick(&mut self, now: Duration) -> Vec<Order> {
        match &mut self.phase {
            Phase::Resting { until } if now >= *until => {
                self.restarts = self.restarts.saturating_add(1);
                vec![self.begin(now)]
            }
            Phase::Starting { since, asking } if self.wanted => {
                let since = *since;
                if now >= since + self.start {
                    let trouble = self.fail(self.overdue());
                    self.end(now, since, false, Outcome::Failed);
                    return vec![trouble, Order::Kill];
                }
                if self.has_socket && asking.is_due(now) { vec![Order::Connect] } else { Vec::new() }
            }
            Phase::Stopping { since, until } if now >= *until => {
                let since = *since;
                let trouble = format!("it did not end within {} seconds and was killed", self.stop.as_secs());
                self.end(now, since, false, Outcome::Done);
                vec![Order::Tell(Trouble::Stop(trouble)), Order::Kill]
            }
            Phase::Ending(ending) if now >= ending.until => {
                let (since, seconds) = (ending.since, KILL_PATIENCE.as_secs());
                let trouble =
                    self.fail(format!("processes of it were still there {seconds} seconds after SIGKILL"));
                self.conclude(now, since, Outcome::Failed);
                vec![trouble]
            }
            Phase::Ending(ending) if ending.main_ended => {
                if ending.asking.is_due(now) {
                    vec![Order::Look]
                } else {
                    Vec::new()
                }
            }
            _ => Vec::new(),
        }
    }

    /// What an event brings.
    pub(crate) fn event(&mut self, now: Duration, event: Event) -> Vec<Order> {
        match (event, &mut self.phase) {
            (Event::Started, Phase::Starting { since, .. }) if !self.once && !self.has_socket => {
                self.phase = Phase::Ready { since: *since };
            }
            (Event::Answered, Phase::Starting { since, .. }) => self.phase = Phase::Ready { since: *since },
            (Event::Silent(reason), Phase::Starting { .. }) => self.silence = Some(reason),
            (Event::NotStarted(reason), Phase::Starting { since, .. }) => {
                let since = *since;
                let trouble = self.fail(reason);
                self.conclude(now, since, Outcome::Failed);
                return vec![trouble];
            }
            (Event::Ended(exit), _) => return self.ended(now, exit),
            (Event::Empty, Phase::Ending(ending)) => {
                let (since, outcome) = (ending.since, ending.outcome);
                self.conclude(now, since, outcome);
            }
            (Event::Unknown(reason), Phase::Ending(ending)) => {
                let since = ending.since;
                let trouble = self.fail(reason);
                self.conclude(now, since, Outcome::Failed);
                return vec![trouble];
            }
            _ => {}
        }
        Vec::new()
    }

    /// The next time at which [`Self::tick`] brings something.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        match &self.phase {
            Phase::Resting { until } | Phase::Stopping { until, .. } => Some(*until),
            Phase::Starting { since, asking } if self.wanted => {
                let limit = *since + self.start;
                Some(if self.has_socket { limit.min(asking.at) } else { limit })
            }
            Phase::Ending(ending) => {
                Some(if ending.main_ended { ending.until.min(ending.asking.at) } else { ending.until })
            }
            _ => None,
        }
    }

    fn ended(&mut self, now: Duration, exit: Exit) -> Vec<Order> {
        let (since, before) = match &mut self.phase {
            Phase::Starting { since, .. } => (*since, true),
            Phase::Ready { since } | Phase::Stopping { since, .. } => (*since, false),
            Phase::Ending(ending) => {
                ending.main_ended = true;
                ending.asking = Asking::from(now);
                return Vec::new();
            }
            _ => return Vec::new(),
        };
        let well = !self.wanted || (self.once && exit == Exit::Status(0));
        let mut orders = Vec::new();
        if !well {
            orders.push(self.fail(match (self.once, before) {
                (true, _) => format!("it ended with {exit}"),
                (false, true) => format!("it ended with {exit} before it was ready"),
                (false, false) => format!("it ended with {exit} after it was ready"),
            }));
        }
        self.end(now, since, true, if well { Outcome::Done } else { Outcome::Failed });
        // What it left behind would be an orphan, or the next life's rival.
        orders.push(Order::Kill);
        orders
    }

    fn overdue(&self) -> String {
        let seconds = self.start.as_secs();
        match (&self.silence, self.once) {
            (_, true) => format!("it did not end within {seconds} seconds and was killed"),
            (Some(reason), false) => format!("it was not ready within {seconds} seconds: {reason}"),
            (None, false) => format!("it was not ready within {seconds} seconds"),
        }
    }

    fn fail(&mut self, reason: String) -> Order {
        if !self.wanted {
            return Order::Tell(Trouble::Stop(reason));
        }
        self.error = Some(reason.clone());
        Order::Tell(Trouble::Run(reason))
    }

    fn end(&mut self, now: Duration, since: Duration, main_ended: bool, outcome: Outcome) {
        let (until, asking) = (now + KILL_PATIENCE, Asking::from(now));
        self.phase = Phase::Ending(Ending { since, until, main_ended, asking, outcome });
    }

    /// Nothing of it is left, or nothing can be done about it.
    fn conclude(&mut self, now: Duration, since: Duration, outcome: Outcome) {
        self.phase = match outcome {
            _ if !self.wanted => Phase::Stopped,
            Outcome::Done => Phase::Done,
            Outcome::Failed if self.once => Phase::Failed,
            Outcome::Failed => {
                if now.saturating_sub(since) >= LONG_LIFE {
                    self.pause = FIRST_PAUSE;
                }
                let until = now + self.pause;
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                Phase::Resting { until }
            }
        };
    }
}
