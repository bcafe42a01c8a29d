// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A bar, what was measured against it, and whether that says anything.
//!
//! The peer is measured twice in each round, as if it were two things. Both ratios must be below the bar, and where the
//! two halves of the peer differ by more than the tolerance nothing was learned: a pass and a miss are both
//! `inconclusive`.

use serde_json::{Value, json};

use crate::series::{Series, Statistic};

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Below the bar.
    Pass,
    /// The machine was too restless, or too little was measured.
    Inconclusive,
    /// Above the bar.
    Missed,
}

impl Verdict {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::Missed => "missed",
        }
    }
}

/// The same thing done by us and, twice, by a peer.
#[derive(Clone, Debug)]
pub(crate) struct Comparison {
    pub(crate) ours: Series,
    pub(crate) peer: Series,
    pub(crate) peer_again: Series,
    pub(crate) statistic: Statistic,
}

impl Comparison {
    /// Ours by the peer's: the worse of the two.
    pub(crate) fn ratio(&self) -> f64 {
        let ours = self.ours.get(self.statistic);
        (ours / self.peer.get(self.statistic)).max(ours / self.peer_again.get(self.statistic))
    }

    /// By how much the peer differs from itself: 0.03 is 3 %.
    pub(crate) fn unrest(&self) -> f64 {
        let (one, other) = (self.peer.get(self.statistic), self.peer_again.get(self.statistic));
        one.max(other) / one.min(other) - 1.0
    }

    pub(crate) fn judge(&self, bar: f64, tolerance: f64, rounds: usize) -> Verdict {
        let few = [&self.ours, &self.peer, &self.peer_again].iter().any(|series| series.count() < rounds);
        if few || self.unrest() > tolerance {
            Verdict::Inconclusive
        } else if self.ratio() <= bar {
            Verdict::Pass
        } else {
            Verdict::Missed
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "ours": self.ours.json(),
            "peer": self.peer.json(),
            "peer_again": self.peer_again.json(),
            "statistic": self.statistic.name(),
            "ratio": self.ratio(),
            "peer_by_itself": self.unrest(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::planted;

    fn comparison(ours: u64, peer: u64, peer_again: u64) -> Comparison {
        let series = |least: u64| planted(&[least + 50, least, least + 20]);
        Comparison {
            ours: series(ours),
            peer: series(peer),
            peer_again: series(peer_again),
            statistic: Statistic::Minimum,
        }
    }

    #[test]
    fn a_bar_is_held_against_both_halves_of_the_peer() {
        let judge = |ours, peer, again| comparison(ours, peer, again).judge(1.05, 0.03, 3);
        assert_eq!(judge(1050, 1000, 1000), Verdict::Pass);
        assert_eq!(judge(1051, 1000, 1000), Verdict::Missed);
        assert_eq!(judge(1060, 1020, 1000), Verdict::Missed, "1.039 of one half, but 1.06 of the other");
        assert_eq!(judge(900, 1000, 1000), Verdict::Pass);
    }

    #[test]
    fn a_peer_that_differs_from_itself_proves_nothing() {
        let judge = |ours, peer, again| comparison(ours, peer, again).judge(1.05, 0.03, 3);
        assert_eq!(judge(1000, 1000, 1031), Verdict::Inconclusive);
        assert_eq!(judge(2000, 1031, 1000), Verdict::Inconclusive);
    }

    #[test]
    fn too_few_rounds_prove_nothing() {
        assert_eq!(comparison(1000, 1000, 1000).judge(1.05, 0.03, 4), Verdict::Inconclusive);
    }

    #[test]
    fn the_worst_verdict_is_the_greatest() {
        assert!(Verdict::Missed > Verdict::Inconclusive && Verdict::Inconclusive > Verdict::Pass);
    }
}
