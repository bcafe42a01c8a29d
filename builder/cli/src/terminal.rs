// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The terminal: live lines where a person looks, plain ones otherwise.
//!
//! Results go to standard output, everything else to standard error. Plain lines come when something begins to matter and when it ends, never
//! more than one every few seconds for downloads.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ashlar_compare::escaped;
use ashlar_digest::DerivationId;
use ashlar_engine::{EngineError, Events, How};
use ashlar_fetch::{Attempt, FetchError};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::failure::{Failure, chain};

/// How often plain lines tell about downloads.
const DOWNLOAD_PAUSE: Duration = Duration::from_secs(5);

/// Where everything is shown.
pub(crate) struct Terminal {
    verbose: bool,
    json: bool,
    live: bool,
    bars: MultiProgress,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: BTreeMap<String, ProgressBar>,
    downloads: BTreeMap<String, (u64, Option<u64>)>,
    finished: (usize, u64),
    download_bar: Option<ProgressBar>,
    last_line: Option<Instant>,
    done: usize,
    to_build: usize,
    /// Failures that were shown when they happened.
    told: usize,
}

impl Terminal {
    pub(crate) fn new(verbose: bool, json: bool) -> Self {
        let live = std::io::stderr().is_terminal() && !json;
        let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bars = MultiProgress::with_draw_target(target);
        Self { verbose, json, live, bars, state: Mutex::new(State::default()) }
    }

    pub(crate) const fn json(&self) -> bool {
        self.json
    }

    /// A line for people.
    pub(crate) fn note(&self, text: &str) {
        self.bars.suspend(|| {
            // A closed standard error is no reason to stop a build.
            writeln!(std::io::stderr(), "{text}").unwrap_or_default();
        });
    }

    /// A line for people who asked for more.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbose {
            self.note(text);
        }
    }

    /// A line of the result.
    pub(crate) fn result(&self, text: &str) -> Result<(), Failure> {
        self.bars.suspend(|| writeln!(std::io::stdout(), "{text}")).map_err(unwritten)
    }

    /// The whole result, where a program reads it.
    pub(crate) fn result_json(&self, value: &Value) -> Result<(), Failure> {
        self.result(&value.to_string())
    }

    /// Why a command could not.
    pub(crate) fn failure(&self, failure: &Failure) {
        // Nobody reads it, and who closed the pipe knows.
        if matches!(failure, Failure::Unread) {
            return;
        }
        if self.json {
            let one = |error: &dyn std::error::Error, help: Option<String>| json!({"error": chain(error), "help": help});
            let value = match failure {
                Failure::Build(errors) => {
                    json!({"errors": errors.iter().map(|error| one(error, error.help())).collect::<Vec<_>>()})
                }
                other => json!({"errors": [one(other, other.help())]}),
            };
            // Nothing is left to be done if even this cannot be written.
            self.result_json(&value).unwrap_or_default();
        }
        match failure {
            Failure::Build(errors) => {
                // What failed while it ran was told at once.
                let told = self.state().told;
                errors.iter().skip(told).for_each(|error| self.build_error(error));
                if told > 0 {
                    self.note(&format!("{} of the derivations failed", errors.len()));
                }
            }
            other => {
                // What the recipe crate says of a name is a sentence of its own.
                let verb = if matches!(other, Failure::Invalid(_)) { "" } else { "failed to " };
                self.note(&lines_escaped(&format!("error: {verb}{}", chain(other))));
                if let Some(help) = other.help() {
                    self.note(&lines_escaped(&format!("help: {help}")));
                }
            }
        }
    }

    fn build_error(&self, error: &EngineError) {
        self.note(&lines_escaped(&format!("error: failed to {}", chain(error))));
        if let EngineError::Build { tail, .. } = error {
            for line in tail {
                self.note(&format!("  | {}", escaped(line)));
            }
        }
        if let Some(help) = error.help() {
            self.note(&lines_escaped(&format!("help: {help}")));
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spinner(&self, text: String) -> ProgressBar {
        let bar = self.bars.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.set_message(text);
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }

    fn show_downloads(&self, state: &mut State) {
        let open: u64 = state.downloads.values().map(|(got, _)| *got).sum();
        let (files, bytes) = state.finished;
        let text = format!(
            "fetched {files} files, {} MB; {} under way",
            (bytes + open) >> 20,
            state.downloads.len()
        );
        if self.live {
            let bar = state.download_bar.get_or_insert_with(|| self.spinner(String::new()));
            bar.set_message(text);
        } else if state.last_line.is_none_or(|last| last.elapsed() > DOWNLOAD_PAUSE) {
            state.last_line = Some(Instant::now());
            self.note(&text);
        }
    }
}

/// Why a result could not be written. A pipe that was closed is no fault: `| head` has what it wants.
fn unwritten(cause: std::io::Error) -> Failure {
    match cause.kind() {
        std::io::ErrorKind::BrokenPipe => Failure::Unread,
        _ => Failure::surroundings(format!("write the result: {cause}")),
    }
}

/// An error can name files that others made: nothing of it but the ends of its lines acts on the terminal.
fn lines_escaped(text: &str) -> String {
    text.split('\n').map(escaped).collect::<Vec<_>>().join("\n")
}

/// Our own small steps are many and quick; only packages on their way to a sysroot are told one by one when asked.
fn is_worth_a_line(key: &str, took: Duration) -> bool {
    key.starts_with("recipe ") || key.starts_with("image ") || took > Duration::from_secs(5)
}

impl Events for Terminal {
    fn planned(&self, cached: usize, to_build: usize) {
        // One command can build several times.
        let mut state = self.state();
        (state.done, state.to_build) = (0, to_build);
        drop(state);
        if to_build > 0 {
            self.note(&format!("{to_build} derivations to build, {cached} in the store"));
        }
    }

    fn started(&self, key: &str, _id: DerivationId) {
        if self.live {
            let bar = self.spinner(key.to_owned());
            self.state().running.insert(key.to_owned(), bar);
        } else if key.starts_with("recipe ") {
            self.note(&format!("building {key}"));
        }
    }

    fn waiting(&self, key: &str) {
        self.note(&format!("waiting: another process builds {key}"));
    }

    fn finished(&self, key: &str, how: How, took: Duration) {
        let (done, to_build) = {
            let mut state = self.state();
            state.done += 1;
            if let Some(bar) = state.running.remove(key) {
                bar.finish_and_clear();
            }
            (state.done, state.to_build)
        };
        if how == How::Built && is_worth_a_line(key, took) || self.verbose {
            let what = if how == How::Built { "built" } else { "had" };
            self.note(&format!("[{done}/{to_build}] {what} {key} in {:.1} s", took.as_secs_f64()));
        }
    }

    fn failed(&self, key: &str, error: &EngineError) {
        let others = {
            let mut state = self.state();
            if let Some(bar) = state.running.remove(key) {
                bar.finish_and_clear();
            }
            state.told += 1;
            state.running.len()
        };
        self.build_error(error);
        if others > 0 {
            self.note("nothing new is begun; what runs is finished first, so that it is not lost");
        }
    }

    fn record_lost(&self, error: &EngineError) {
        self.note(&format!("warning: failed to {}; the build goes on without it", chain(error)));
        if let Some(help) = error.help() {
            self.note(&format!("help: {help}"));
        }
    }
}

impl ashlar_fetch::Progress for Terminal {
    fn started(&self, name: &str, size: Option<u64>) {
        let mut state = self.state();
        state.downloads.insert(name.to_owned(), (0, size));
        self.show_downloads(&mut state);
    }

    fn advanced(&self, name: &str, total: u64) {
        let mut state = self.state();
        if let Some((got, _)) = state.downloads.get_mut(name) {
            *got = total;
        }
        self.show_downloads(&mut state);
    }

    fn set_back(&self, name: &str, attempt: &Attempt) {
        self.detail(&format!("{name}: {attempt}"));
    }

    fn finished(&self, name: &str, outcome: Result<(), &FetchError>) {
        let mut state = self.state();
        let got = state.downloads.remove(name).map_or(0, |(got, _)| got);
        if outcome.is_ok() {
            state.finished.0 += 1;
            state.finished.1 += got;
        }
        if state.downloads.is_empty()
            && let Some(bar) = state.download_bar.take()
        {
            bar.finish_and_clear();
        }
    }
}

impl ashlar_lock::Progress for Terminal {
    fn note(&self, text: &str) {
        Self::note(self, text);
    }

    fn fetching(&self) -> &dyn ashlar_fetch::Progress {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Kind;

    #[test]
    fn a_pipe_that_nobody_reads_is_no_fault_and_a_full_disk_is_one() {
        let kind = |cause: std::io::ErrorKind| unwritten(cause.into()).kind();
        assert_eq!(kind(std::io::ErrorKind::BrokenPipe), Kind::Unread);
        assert_eq!(kind(std::io::ErrorKind::StorageFull), Kind::Surroundings);
    }

    #[test]
    fn an_error_that_names_a_strange_file_moves_no_cursor() {
        assert_eq!(lines_escaped("read it:\n  a\u{1b}[2Jb\rc"), "read it:\n  a\\u{1b}[2Jb\\rc");
    }
}
