// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Builds by programs in the sandbox: set up what they see, run the steps, judge and capture the result.

mod asserts;
mod room;
mod share_out;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use ashlar_digest::DerivationId;
use ashlar_plan::SandboxedAction;
use ashlar_record::Used;
use ashlar_sandbox::{Cancel, End, Limits, Outcome, Usage};
use ashlar_store::{Attribute, CaptureOptions, Store};
use ashlar_tree::{Mode, Tree, TreePath};
use serde_json::Value;

pub use room::{Room, fixed_environment};

use crate::{EngineError, Surroundings};

/// Log lines that an error shows.
const TAIL: usize = 30;

/// What a sandboxed build needs beside its derivation.
#[derive(Debug)]
pub(crate) struct Workshop<'a> {
    pub(crate) store: &'a Store,
    /// The program that becomes the sandbox.
    pub(crate) helper: &'a Path,
    pub(crate) surroundings: &'a Surroundings,
    pub(crate) limits: &'a Limits,
    pub(crate) cancel: &'a Cancel,
}

impl Workshop<'_> {
    /// Runs `action` and gives its outputs, their contents stored. `used` learns what its programs used, also where it fails.
    pub(crate) fn build(
        &self,
        label: &str,
        id: DerivationId,
        action: &SandboxedAction,
        used: &mut Used,
    ) -> Result<BTreeMap<String, Tree>, EngineError> {
        let log = self.store.log_path(id);
        let room = Room::prepare(self.store, label, action, self.surroundings, self.limits)?;
        let steps = self.run(&room.steps_spec(), &log, label, false)?;
        add(used, &steps.usage);
        self.judge(&steps, label, &log, "its steps")?;
        if !action.tests.is_empty() {
            let tests = self.run(&room.tests_spec(), &log, label, true)?;
            add(used, &tests.usage);
            self.judge(&tests, label, &log, "its tests")?;
        }
        let attributes = attributes(label, action)?;
        let options = CaptureOptions { attributes: Some(&attributes), unlock: true, skip: None };
        let installed = self.store.capture(room.out(), options).map_err(EngineError::store(label))?;
        let mut findings = asserts::check(self.store, label, &installed, &action.asserts)?;
        let outputs = match share_out::share_out(&installed, &action.outputs) {
            Ok(outputs) => outputs,
            Err(more) => {
                findings.extend(more);
                BTreeMap::new()
            }
        };
        if findings.is_empty() {
            room.remove(label)?;
            Ok(outputs)
        } else {
            Err(EngineError::Result { label: label.to_owned(), findings, log })
        }
    }

    fn run(
        &self,
        spec: &ashlar_sandbox::SandboxSpec,
        log: &Path,
        label: &str,
        append: bool,
    ) -> Result<Outcome, EngineError> {
        let mut options = std::fs::OpenOptions::new();
        options.create(true).write(true).append(append).truncate(!append);
        let file = options.open(log).map_err(EngineError::io("open the log", log))?;
        ashlar_sandbox::run(spec, self.helper, ashlar_sandbox::Console::Log(file), self.cancel)
            .map_err(|cause| EngineError::Sandbox { label: label.to_owned(), cause: Box::new(cause) })
    }

    /// Fails unless the command exited with 0 and kept away from the network.
    fn judge(&self, outcome: &Outcome, label: &str, log: &Path, what: &str) -> Result<(), EngineError> {
        let mut reasons = Vec::new();
        match outcome.end {
            End::Exited(0) => {}
            End::Exited(status) => reasons.push(format!("{what} ended with status {status}")),
            End::Signalled(signal) => reasons.push(format!("{what} were killed by signal {signal}")),
            End::TimedOut => reasons.push(format!("{what} took longer than they may")),
        }
        if outcome.out_of_memory {
            reasons.push("the sandbox ran out of the memory that it may use".to_owned());
        }
        for attempt in &outcome.network {
            reasons.push(format!(
                "{} tried to reach {}, and builds have no network ({})",
                attempt.program, attempt.address, attempt.arguments
            ));
        }
        if reasons.is_empty() {
            return Ok(());
        }
        let text = std::fs::read(log).map_err(EngineError::io("read the log", log))?;
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(TAIL)..].iter().map(|line| (*line).to_owned()).collect();
        Err(EngineError::Build {
            label: label.to_owned(),
            reason: reasons.join("; "),
            log: log.to_owned(),
            tail,
        })
    }
}

/// Adds one run: times add up, of memory the most counts.
fn add(used: &mut Used, run: &Usage) {
    let time = |before: Option<u64>, more: Duration| {
        Some(before.unwrap_or(0).saturating_add(u64::try_from(more.as_millis()).unwrap_or(u64::MAX)))
    };
    used.user_ms = time(used.user_ms, run.user);
    used.system_ms = time(used.system_ms, run.system);
    used.peak_process_bytes = used.peak_process_bytes.max(Some(run.max_rss_bytes));
    used.peak_group_bytes = used.peak_group_bytes.max(run.group_peak_bytes);
}

/// The declared modes and owners of all outputs.
fn attributes(label: &str, action: &SandboxedAction) -> Result<BTreeMap<TreePath, Attribute>, EngineError> {
    let wrong = |reason: String| EngineError::builtin(label, reason);
    let mut attributes = BTreeMap::new();
    for (path, value) in action.outputs.iter().flat_map(|rule| &rule.attributes) {
        let path = TreePath::parse(path).map_err(|cause| wrong(cause.to_string()))?;
        attributes.insert(path, attribute(value).map_err(wrong)?);
    }
    Ok(attributes)
}

/// Reads a declared attribute as `ashlar_plan` writes it into identities.
pub(crate) fn attribute(value: &Value) -> Result<Attribute, String> {
    let mode = match value.get("mode").and_then(Value::as_str) {
        Some(text) => {
            let octal = text.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
            let bits = octal.then(|| u32::from_str_radix(text, 8).ok()).flatten();
            let bits = bits.ok_or_else(|| format!("the mode {text:?} is not octal"))?;
            Some(Mode::new(bits).map_err(|cause| cause.to_string())?)
        }
        None => None,
    };
    let id = |key: &str| {
        value
            .get(key)
            .and_then(Value::as_u64)
            .and_then(|id| u32::try_from(id).ok())
            .ok_or(format!("{key} is no id"))
    };
    let mut xattrs = BTreeMap::new();
    for (name, hex) in value.get("xattrs").and_then(Value::as_object).into_iter().flatten() {
        let hex = hex.as_str().unwrap_or_default();
        let digits = hex.bytes().all(|digit| digit.is_ascii_hexdigit());
        let bytes: Option<Vec<u8>> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect();
        let bytes = bytes.filter(|_| digits);
        xattrs.insert(name.clone(), bytes.ok_or_else(|| format!("the attribute {name} is not hexadecimal"))?);
    }
    Ok(Attribute { mode, uid: id("uid")?, gid: id("gid")?, xattrs })
}
