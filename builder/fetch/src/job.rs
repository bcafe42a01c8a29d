// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One file from the first place that gives it: which place is asked when, and when to give up.
//!
//! Every place is asked once per round. A place that lacks the file, refuses it or gave a wrong one is not
//! asked again; one that broke off is, after a pause that doubles, and the bytes it gave are kept for the next.
//! A round that brought much does not count: a large file over a bad line is slow, not hopeless.
//! Servers that broke off several times in a row, for whatever file, are asked after the others.

use std::time::Duration;

use crate::part::Part;
use crate::reason::without_credentials;
use crate::transfer::{Failure, Limits, download};
use crate::{Attempt, FetchError, Fetcher, Progress, Reason};

/// A round that brought at least this much does not count as failed.
const MUCH: u64 = 1 << 20;

/// One file to bring.
pub(crate) struct Job<'a> {
    pub(crate) name: &'a str,
    pub(crate) urls: &'a [String],
    pub(crate) limits: Limits,
    /// Whether the bytes are the right ones. Runs on complete files only, except that a part found on disk is
    /// judged before anything is asked where its size is not known.
    pub(crate) judge: &'a dyn Fn(&Part) -> Result<(), Reason>,
    /// Whether bytes of several attempts may be joined: only where the judge would notice a mixture.
    pub(crate) resumes: bool,
}

impl Job<'_> {
    /// Fills `part` with verified bytes. Gives the place that did it; none where they were there already.
    pub(crate) fn run(
        &self,
        fetcher: &Fetcher,
        part: &mut Part,
        progress: &dyn Progress,
    ) -> Result<Option<&str>, FetchError> {
        progress.started(self.name, self.limits.expected);
        let outcome = self.rounds(fetcher, part, progress);
        progress.finished(self.name, outcome.as_ref().map(|_| ()));
        outcome
    }

    fn rounds(
        &self,
        fetcher: &Fetcher,
        part: &mut Part,
        progress: &dyn Progress,
    ) -> Result<Option<&str>, FetchError> {
        if self.was_complete(part)? {
            progress.advanced(self.name, part.len());
            return Ok(None);
        }
        if self.urls.is_empty() {
            return Err(FetchError::NoPlace { name: self.name.to_owned() });
        }
        let mut outcomes: Vec<Option<Reason>> = vec![None; self.urls.len()];
        let mut failed_rounds = 0;
        // The most bytes there ever were: one that counted anew after each restart could go on for ever.
        let mut most = part.len();
        loop {
            let before = most;
            let mut order: Vec<usize> = (0..self.urls.len()).collect();
            order.sort_by_key(|&index| fetcher.troubles().has(&self.urls[index]));
            for index in order {
                if outcomes[index].as_ref().is_some_and(|reason| !reason.is_transient()) {
                    continue;
                }
                let url = &self.urls[index];
                match self.ask(fetcher, url, part, progress) {
                    Ok(()) => {
                        fetcher.troubles().note(url, false);
                        return Ok(Some(url));
                    }
                    Err(Failure::Here(error)) => return Err(error),
                    Err(Failure::Place(reason)) => {
                        most = most.max(part.len());
                        fetcher.troubles().note(url, reason.is_transient());
                        let attempt = Attempt { url: without_credentials(url), reason: reason.clone() };
                        progress.set_back(self.name, &attempt);
                        outcomes[index] = Some(reason);
                    }
                }
            }
            let hope = outcomes.iter().flatten().any(Reason::is_transient);
            if most - before < MUCH {
                failed_rounds += 1;
            }
            if !hope || failed_rounds >= fetcher.config().rounds {
                break;
            }
            std::thread::sleep(pause(fetcher.config().pause, failed_rounds));
        }
        let attempts = self.urls.iter().zip(outcomes).filter_map(|(url, reason)| {
            reason.map(|reason| Attempt { url: without_credentials(url), reason })
        });
        Err(FetchError::Exhausted { name: self.name.to_owned(), attempts: attempts.collect() })
    }

    /// Whether an earlier run left the whole file.
    fn was_complete(&self, part: &mut Part) -> Result<bool, FetchError> {
        let length = part.len();
        if length == 0 {
            return Ok(false);
        }
        let may_be_whole = self.limits.expected.is_none_or(|expected| expected == length);
        if may_be_whole && (self.judge)(part).is_ok() {
            return Ok(true);
        }
        if length >= self.limits.bound() {
            part.restart()?;
        }
        Ok(false)
    }

    /// Asks one place, a second time from the first byte where the fault may lie in bytes kept from before.
    fn ask(
        &self,
        fetcher: &Fetcher,
        url: &str,
        part: &mut Part,
        progress: &dyn Progress,
    ) -> Result<(), Failure> {
        loop {
            if !self.resumes {
                part.restart().map_err(Failure::Here)?;
            }
            part.begin();
            let mut advanced = |total| progress.advanced(self.name, total);
            let outcome =
                fetcher.runtime().block_on(download(fetcher, url, part, self.limits, &mut advanced));
            let reason = match outcome {
                Ok(()) => match (self.judge)(part) {
                    Ok(()) => return Ok(()),
                    Err(reason) => reason,
                },
                Err(Failure::Place(reason @ (Reason::TooLarge { .. } | Reason::Range { .. }))) => reason,
                Err(failure) => return Err(failure),
            };
            let inherited = part.is_inherited();
            part.restart().map_err(Failure::Here)?;
            progress.advanced(self.name, 0);
            if !inherited {
                return Err(reason.into());
            }
        }
    }
}

/// `first`, doubled with every further failure, at most 16 times it.
fn pause(first: Duration, failures: u32) -> Duration {
    first * 2_u32.pow(failures.saturating_sub(1).min(4))
}
