// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Runs one specification from a JSON file, on the caller's own terminal: for tests, benchmarks and the curious.
//!
//! `ashlar-sandbox-stage SPEC.json [COUNT]` runs it COUNT times (1), until one does not succeed, and exits like the
//! command; 125 when there was no sandbox, 124 when it timed out, 123 when it tried to reach the network.
#![forbid(unsafe_code)]

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use ashlar_sandbox::{Cancel, Console, End, Outcome, SandboxError, SandboxSpec, dispatch, run};

fn main() -> ExitCode {
    dispatch();
    let mut errors = std::io::stderr();
    let (code, message) = match sandbox() {
        Ok(outcome) => judge(&outcome),
        Err(message) => (125, message),
    };
    if !message.is_empty() {
        // Nobody listens: the exit code still speaks.
        let _closed = writeln!(errors, "{message}");
    }
    ExitCode::from(code)
}

fn sandbox() -> Result<Outcome, String> {
    let mut arguments = std::env::args_os().skip(1);
    let usage = || "usage: ashlar-sandbox-stage SPEC.json [COUNT]".to_owned();
    let file = arguments.next().ok_or_else(usage)?;
    let count =
        arguments.next().map_or(Some(1), |count| count.to_str()?.parse::<u32>().ok()).ok_or_else(usage)?;
    let text = std::fs::read(&file).map_err(|error| format!("{}: {error}", Path::new(&file).display()))?;
    let spec: SandboxSpec = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    let explain = |error: SandboxError| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        let help = error.help().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        format!("failed to {error}{cause}{help}")
    };
    let cancel = Cancel::new().map_err(explain)?;
    let once = || run(&spec, Path::new("/proc/self/exe"), Console::Terminal, &cancel).map_err(explain);
    let mut outcome = once()?;
    for _ in 1..count {
        if !outcome.success() {
            break;
        }
        outcome = once()?;
    }
    Ok(outcome)
}

fn judge(outcome: &Outcome) -> (u8, String) {
    if let Some(attempt) = outcome.network.first() {
        return (123, format!("{} tried to reach {}", attempt.program, attempt.address));
    }
    match outcome.end {
        End::Exited(code) => (u8::try_from(code).unwrap_or(1), String::new()),
        End::Signalled(signal) => (128_u8.saturating_add(u8::try_from(signal).unwrap_or(0)), String::new()),
        End::TimedOut => (124, "timed out".to_owned()),
    }
}
