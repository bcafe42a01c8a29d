// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From a console and the end of QEMU to findings. No finding means: the image is good.
//!
//! What could not be learnt is a finding too. The console is the machine's own word: it can be believed as far as the
//! root hash that it reports, and no forged line can take a finding away.

mod additions;

use std::collections::VecDeque;
use std::time::Duration;

use ashlar_sandbox::{End, Outcome};

use super::console::{LONGEST, Line, clean};
use super::disk::Disk;
use super::promise::Promise;
use super::status::{FAILURE_MARK, Phase, STATUS_MARK, Status, parse_status};

pub(super) const PANIC: &str = "Kernel panic - not syncing";
/// Lines of the console that a report without status shows.
const TAIL: usize = 20;
/// Characters of a line that a report shows.
const SHOWN: usize = 400;
/// Late failures that a report shows; the others are counted.
pub(super) const FAILURES: usize = 20;

/// What is kept of a console to judge it by; its size is bounded whatever the machine writes.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    status: Option<Line>,
    status_lines: u64,
    failures: Vec<String>,
    failure_lines: u64,
    panic: Option<String>,
    tail: VecDeque<String>,
}

impl Transcript {
    /// Takes the next line.
    pub(super) fn add(&mut self, line: Line) {
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(shorten(&line.text));
        if line.text.starts_with(STATUS_MARK.trim_end()) {
            self.status_lines += 1;
            self.status.get_or_insert(line);
        } else if line.text.starts_with(FAILURE_MARK.trim_end()) {
            self.failure_lines += 1;
            if self.failures.len() < FAILURES {
                self.failures.push(shorten(&line.text));
            }
        } else if self.panic.is_none() && line.text.contains(PANIC) {
            self.panic = Some(shorten(&line.text));
        }
    }

    fn last_lines(&self) -> String {
        if self.tail.is_empty() {
            return "the console is empty".to_owned();
        }
        let lines: Vec<&str> = self.tail.iter().map(String::as_str).collect();
        format!("the console ends with:\n    {}", lines.join("\n    "))
    }
}

/// As much of a line as a report shows.
pub(super) fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// `TAINT_OOT_MODULE` (Documentation/admin-guide/tainted-kernels.rst).
const OUT_OF_TREE: u64 = 1 << 12;

/// What the machine must show, and in what time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    /// The root hash, where the caller knows it.
    pub(super) root_hash: Option<&'a str>,
    /// The attached extensions.
    pub(super) extensions: &'a [Disk],
    /// What the image's files promise.
    pub(super) promise: &'a Promise,
    /// After which QEMU was ended.
    pub(super) timeout: Duration,
}

/// The status, where there is exactly one, and everything that is wrong.
pub(super) fn judge(
    transcript: &Transcript,
    outcome: &Outcome,
    expected: Expected<'_>,
) -> (Option<Status>, Vec<String>) {
    let mut findings = Vec::new();
    judge_end(outcome, expected.timeout, &mut findings);
    if let Some(panic) = &transcript.panic {
        findings.push(format!("the kernel panicked: {panic}"));
    }
    findings
        .extend(transcript.failures.iter().map(|line| format!("after its status, init reported: {line}")));
    let untold = transcript.failure_lines - transcript.failures.len() as u64;
    if untold > 0 {
        findings.push(format!("after its status, init reported {untold} more failures"));
    }
    let status = sole_status(transcript).map_err(|finding| findings.push(finding)).ok();
    if let Some(status) = &status {
        judge_status(status, expected.root_hash, &mut findings);
        additions::judge_extensions(status, expected.extensions, expected.promise, &mut findings);
        additions::judge_modules(status, expected.promise, &mut findings);
        additions::judge_services(status, expected.promise, &mut findings);
    }
    (status, findings)
}

/// Whether QEMU ended as a machine that powers off.
pub(super) fn judge_end(outcome: &Outcome, timeout: Duration, findings: &mut Vec<String>) {
    match outcome.end {
        End::Exited(0) => {}
        End::Exited(status) => findings.push(format!("QEMU ended with exit status {status}")),
        End::Signalled(signal) => findings.push(format!("QEMU was ended by signal {signal}")),
        End::TimedOut => {
            findings.push(format!("the machine did not power off within {} seconds", timeout.as_secs_f64()));
        }
    }
    if outcome.out_of_memory {
        findings.push("QEMU needed more memory than the machine's and its own share".to_owned());
    }
    findings.extend(outcome.network.iter().map(|attempt| {
        format!("{} tried to reach {} ({})", attempt.program, attempt.address, attempt.arguments)
    }));
    if outcome.network.is_empty() && outcome.network_count > 0 {
        findings.push(format!("QEMU tried to reach the network {} times", outcome.network_count));
    }
}

fn sole_status(transcript: &Transcript) -> Result<Status, String> {
    let Some(line) = &transcript.status else {
        return Err(format!("there is no status line; {}", transcript.last_lines()));
    };
    if transcript.status_lines > 1 {
        // Whichever of them is init's, something else could write a line like it.
        return Err(format!("there are {} status lines, so none can be believed", transcript.status_lines));
    }
    if line.cut {
        return Err(format!("the status line is longer than {LONGEST} bytes"));
    }
    let json = line.text.strip_prefix(STATUS_MARK).unwrap_or_default();
    parse_status(json).map_err(|reason| {
        format!("the status line cannot be understood: {reason}; it is: {}", shorten(&line.text))
    })
}

fn judge_status(status: &Status, expected: Option<&str>, findings: &mut Vec<String>) {
    for failure in &status.failures {
        let text = format!("init failed to {}: {}", failure.operation, failure.error);
        // JSON hides from the console what would be a control character in a text.
        findings.push(clean(text.as_bytes()));
    }
    if status.phase != Phase::Root {
        findings.push("the root was not entered: the status comes from the initramfs".to_owned());
    }
    match (status.root_hash.as_deref(), expected) {
        (None, _) => findings.push("no verity device is live, so the root has no identity".to_owned()),
        (Some(found), Some(expected)) if found != expected => {
            findings.push(format!("the root hash is {found}, but this image's is {expected}"));
        }
        (Some(_), _) => {}
    }
    if status.verity_status.as_deref() != Some("verified") {
        let found = status.verity_status.as_deref().unwrap_or("unknown");
        findings.push(format!("the root's verity status is {found}, not verified"));
    }
    if status.sig_enforce != Some(true) {
        let found = status.sig_enforce.map_or("it is unknown whether it does", |_| "it says so itself");
        findings.push(format!("the kernel does not enforce module signatures ({found})"));
    }
    if !matches!(status.lockdown.as_deref(), Some("integrity" | "confidentiality")) {
        let found = status.lockdown.as_deref().unwrap_or("unknown");
        findings.push(format!("the kernel's lockdown is {found}, not integrity or confidentiality"));
    }
    match status.tainted {
        Some(0) => {}
        // Modules from outside of the kernel's tree say so, and only extensions bring them.
        Some(OUT_OF_TREE) if !status.extensions.is_empty() => {}
        // An oops or a warning sets a bit, so none of them is overlooked.
        Some(bits) => findings.push(format!(
            "the kernel is tainted ({bits}): Documentation/admin-guide/tainted-kernels.rst names the bits"
        )),
        None => findings.push("it is unknown whether the kernel is tainted".to_owned()),
    }
}

#[cfg(test)]
mod tests;
