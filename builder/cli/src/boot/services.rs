// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the status line says of the machine's services: judged, and told to whoever boots.
//!
//! Keys: os/init/src/services/report.rs; meaning: docs/design/services.md.

use serde::{Deserialize, Serialize};

use super::console::clean;
use super::status::present;

/// One service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    /// Its name in the image.
    pub(crate) name: String,
    /// Where it stood when all had been tried.
    pub(crate) state: ServiceState,
    /// How often it had been started again.
    pub(crate) restarts: u32,
    /// Why it failed last, or why it waits.
    #[serde(deserialize_with = "present")]
    pub(crate) error: Option<String>,
    /// The end of its standard output, where the image asks for that.
    #[serde(deserialize_with = "present")]
    pub(crate) output: Option<String>,
}

/// Where a service stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ServiceState {
    /// A daemon that serves.
    Ready,
    /// One that runs once, and ended well.
    Done,
    /// It ended badly, or was not ready in time.
    Failed,
    /// It was not started, because of another.
    Waiting,
}

impl Service {
    /// What is wrong with it, for the finding's text.
    pub(super) fn finding(&self) -> Option<String> {
        match self.state {
            ServiceState::Ready | ServiceState::Done => None,
            ServiceState::Failed | ServiceState::Waiting => Some(format!("the service {}", self.summary())),
        }
    }

    /// Its lines for whoever boots, without anything that a terminal would obey.
    pub(crate) fn lines(&self) -> Vec<String> {
        let output = self.output.as_deref().unwrap_or_default().lines();
        let output = output.map(|line| format!("  > {}", clean(line.as_bytes())));
        std::iter::once(format!("service {}", self.summary())).chain(output).collect()
    }

    fn summary(&self) -> String {
        let state = match self.state {
            ServiceState::Ready => "is ready",
            ServiceState::Done => "is done",
            ServiceState::Failed => "failed",
            ServiceState::Waiting => "waits",
        };
        let restarts = match self.restarts {
            0 => String::new(),
            count => format!(", started again {count} times"),
        };
        let error = self.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
        clean(format!("{} {state}{restarts}{error}", self.name).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(state: ServiceState, restarts: u32, error: Option<&str>, output: Option<&str>) -> Service {
        let (error, output) = (error.map(str::to_owned), output.map(str::to_owned));
        Service { name: "trial".to_owned(), state, restarts, error, output }
    }

    #[test]
    fn each_state_has_its_line_and_the_bad_ones_a_finding() {
        let cases = [
            (service(ServiceState::Ready, 0, None, None), "trial is ready", false),
            (service(ServiceState::Done, 0, None, Some("")), "trial is done", false),
            (
                service(ServiceState::Ready, 2, Some("it ended with signal 9"), None),
                "trial is ready, started again 2 times: it ended with signal 9",
                false,
            ),
            (
                service(ServiceState::Failed, 0, Some("it ended with exit status 1"), None),
                "trial failed: it ended with exit status 1",
                true,
            ),
            (
                service(ServiceState::Waiting, 0, Some("it comes after x"), None),
                "trial waits: it comes after x",
                true,
            ),
        ];
        for (service, expected, bad) in cases {
            assert_eq!(service.lines(), [format!("service {expected}")]);
            assert_eq!(service.finding(), bad.then(|| format!("the service {expected}")));
        }
    }

    #[test]
    fn terminal_takeover_by_an_output_or_error_leaves_plain_text() {
        let hostile = "\u{1b}[2Jone\r\n\u{9b}31mtwo\u{202e}\n";
        let service = service(ServiceState::Failed, 0, Some(hostile), Some(hostile));
        let expected = ["service trial failed: one31mtwo", "  > one", "  > 31mtwo"];
        assert_eq!(service.lines(), expected);
        assert!(!service.finding().unwrap().contains(char::is_control));
    }
}
