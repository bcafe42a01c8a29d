// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Readers that count and stop: what lies between a stranger's bytes and a decompressor, and behind it.
//!
//! Errors have to pass through decompressors and the tar reader, which know only [`io::Error`] and sometimes rewrite
//! it. So the first problem is noted aside, in [`Ledger`], and looked up there.

use std::cell::{Cell, RefCell};
use std::io::{self, Read};

use crate::ArchiveProblem;

/// What an archive may cost. The defaults hold for every package and source of the seed with room to spare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all that comes out of decompression.
    pub unpacked: u64,
    /// Bytes of one file.
    pub file: u64,
    /// Number of entries.
    pub entries: u64,
    /// Unpacked bytes for each packed byte, judged from [`Limits::RATIO_FREE`] unpacked bytes on.
    pub ratio: u64,
}

impl Limits {
    /// Unpacked bytes up to which no ratio is too high: a small file of zeros is no bomb.
    pub const RATIO_FREE: u64 = 64 << 20;
}

impl Default for Limits {
    fn default() -> Self {
        Self { unpacked: 8 << 30, file: 4 << 30, entries: 1_000_000, ratio: 250 }
    }
}

/// The first problem of an archive, and the bytes that went in.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    problem: RefCell<Option<ArchiveProblem>>,
    packed: Cell<u64>,
    /// Whether the decompressed bytes have been read to their end.
    ended: Cell<bool>,
}

impl Ledger {
    /// Notes `problem` unless there is an earlier one, and gives the error to pass on.
    pub(super) fn fail(&self, problem: ArchiveProblem) -> io::Error {
        let error = io::Error::other(problem.clone());
        self.problem.borrow_mut().get_or_insert(problem);
        error
    }

    /// A new stream of decompressed bytes begins.
    pub(super) fn begin(&self) {
        self.ended.set(false);
    }

    /// The noted problem of a tar stream. What the tar reader says after the last byte is a truncation.
    pub(super) fn tar_problem(&self, error: &io::Error) -> ArchiveProblem {
        self.problem(
            error,
            if self.ended.get() { |_| ArchiveProblem::Truncated } else { ArchiveProblem::TarHeader },
        )
    }

    pub(super) fn has_failed(&self) -> bool {
        self.problem.borrow().is_some()
    }

    /// The noted problem, or what `otherwise` makes of an error that did not come from here.
    pub(super) fn problem(
        &self,
        error: &io::Error,
        otherwise: impl FnOnce(String) -> ArchiveProblem,
    ) -> ArchiveProblem {
        self.problem.borrow_mut().take().unwrap_or_else(|| match error.kind() {
            io::ErrorKind::UnexpectedEof => ArchiveProblem::Truncated,
            _ => otherwise(error.to_string()),
        })
    }
}

/// The stranger's bytes, counted.
pub(super) struct Input<'l, R> {
    pub(super) reader: R,
    pub(super) ledger: &'l Ledger,
}

impl<R: Read> Read for Input<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.reader.read(buffer) {
                Ok(count) => {
                    self.ledger.packed.set(self.ledger.packed.get() + count as u64);
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.ledger.fail(ArchiveProblem::Input(error.to_string()))),
            }
        }
    }
}

/// Exactly `left` bytes of `reader`: an end before that is a truncation, and never looks like an end.
pub(super) struct Exactly<'l, R> {
    pub(super) reader: R,
    pub(super) left: u64,
    pub(super) ledger: &'l Ledger,
}

impl<R: Read> Read for Exactly<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let want = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if want == 0 {
            return Ok(0);
        }
        let count = self.reader.read(&mut buffer[..want])?;
        if count == 0 {
            return Err(self.ledger.fail(ArchiveProblem::Truncated));
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// Decompressed bytes, held against the limits.
pub(super) struct Metered<'l, R> {
    pub(super) reader: R,
    pub(super) format: &'static str,
    pub(super) unpacked: u64,
    pub(super) limits: &'l Limits,
    pub(super) ledger: &'l Ledger,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer).map_err(|error| {
            let format = self.format;
            let problem = self.ledger.problem(&error, |cause| ArchiveProblem::Compression { format, cause });
            self.ledger.fail(problem)
        })?;
        self.unpacked += count as u64;
        if count == 0 && !buffer.is_empty() {
            self.ledger.ended.set(true);
        }
        let limit = |what, limit| Err(self.ledger.fail(ArchiveProblem::Limit { what, limit }));
        if self.unpacked > self.limits.unpacked {
            return limit("unpacked bytes", self.limits.unpacked);
        }
        let allowed = self.ledger.packed.get().saturating_mul(self.limits.ratio).max(Limits::RATIO_FREE);
        if self.unpacked > allowed {
            return limit("unpacked bytes for each packed byte", self.limits.ratio);
        }
        Ok(count)
    }
}
