// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The lines of os/module-trial (its src/line.rs says what the keys mean), and what is wrong with them.
//!
//! A kernel that loads what it must refuse can print anything. So every count and order is checked, and each doubt is
//! a finding; whether an answer is the right one is for the caller to say.

use serde::{Deserialize, Deserializer, Serialize};

use super::super::console::Line;
use super::super::judge::{FAILURES, PANIC, shorten};
use super::super::status::FAILURE_MARK;

const MARK: &str = "ASHLAR-TRIAL";
/// Files whose answers are kept.
const MOST_TRIALS: usize = 4096;

/// What came of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trial {
    /// Its path on the disk.
    pub(crate) file: String,
    /// 0 where the kernel loaded it.
    pub(crate) errno: i32,
    /// What the kernel logged meanwhile.
    pub(crate) log: Vec<String>,
    /// Modules that it brought and that could not be removed again.
    pub(crate) stuck: Vec<String>,
}

/// What the kernel enforces and trusts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrialState {
    /// Whether it refuses modules without a valid signature.
    #[serde(deserialize_with = "present")]
    pub(crate) sig_enforce: Option<bool>,
    /// `none`, `integrity` or `confidentiality`.
    #[serde(deserialize_with = "present")]
    pub(crate) lockdown: Option<String>,
    /// Bits of Documentation/admin-guide/tainted-kernels.rst.
    #[serde(deserialize_with = "present")]
    pub(crate) tainted: Option<u64>,
    /// Descriptions of the keys that it checks signatures of modules with.
    #[serde(deserialize_with = "present")]
    pub(crate) trusted_keys: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrialEnd {
    tried: usize,
}

fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(from)
}

/// What is kept of a console; its size is bounded whatever the machine writes.
#[derive(Debug, Default)]
pub(super) struct TrialTranscript {
    state: Option<TrialState>,
    trials: Vec<Trial>,
    end: Option<TrialEnd>,
    findings: Vec<String>,
    untold: u64,
}

impl std::fmt::Debug for TrialEnd {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "TrialEnd({})", self.tried)
    }
}

impl TrialTranscript {
    /// Takes the next line.
    pub(super) fn add(&mut self, line: &Line) {
        let text = line.text.as_str();
        if let Some(rest) = text.strip_prefix(MARK) {
            if let Err(reason) = self.add_marked(rest, line.cut) {
                self.find(format!("{reason}: {}", shorten(text)));
            }
        } else if text.starts_with(FAILURE_MARK.trim_end()) {
            self.find(format!("the trial reported: {}", shorten(text)));
        } else if text.contains(PANIC) {
            self.find(format!("the kernel panicked: {}", shorten(text)));
        }
    }

    fn add_marked(&mut self, rest: &str, cut: bool) -> Result<(), String> {
        if cut {
            return Err("a line of the trial is too long".to_owned());
        }
        if self.end.is_some() {
            return Err("a line of the trial comes after its end".to_owned());
        }
        let (kind, json) =
            rest.split_once(' ').ok_or_else(|| "a line of the trial has no content".to_owned())?;
        match kind {
            "-STATE" => {
                if self.state.is_some() || !self.trials.is_empty() {
                    return Err("the state does not come once and first".to_owned());
                }
                self.state = Some(parse(json)?);
            }
            "" => {
                let trial: Trial = parse(json)?;
                if self.trials.len() == MOST_TRIALS {
                    return Err(format!("more than {MOST_TRIALS} files were tried"));
                }
                if self.trials.last().is_some_and(|last| last.file >= trial.file) {
                    return Err("a file is told out of order".to_owned());
                }
                if !trial.stuck.is_empty() {
                    let names = trial.stuck.join(", ");
                    self.find(format!("{} brought modules that stay loaded: {names}", trial.file));
                }
                self.trials.push(trial);
            }
            "-END" => self.end = Some(parse(json)?),
            _ => return Err("a line of the trial is of no known kind".to_owned()),
        }
        Ok(())
    }

    fn find(&mut self, finding: String) {
        if self.findings.len() < FAILURES {
            self.findings.push(finding);
        } else {
            self.untold += 1;
        }
    }

    /// State, answers, and everything that is wrong.
    pub(super) fn finish(self) -> (Option<TrialState>, Vec<Trial>, Vec<String>) {
        let mut findings = self.findings;
        if self.untold > 0 {
            findings.push(format!("{} more findings of this kind", self.untold));
        }
        if self.state.is_none() {
            findings.push("the machine did not tell its state".to_owned());
        }
        match self.end {
            None => findings.push("the trial did not come to its end".to_owned()),
            Some(TrialEnd { tried }) if tried != self.trials.len() => {
                findings.push(format!("{tried} files were tried, but {} were told of", self.trials.len()));
            }
            Some(_) => {}
        }
        (self.state, self.trials, findings)
    }
}

fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|error| format!("a line of the trial cannot be understood ({error})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As os/module-trial/src/line.rs prints them; its own test pins the same bytes.
    const STATE: &str = concat!(
        r#"ASHLAR-TRIAL-STATE {"lockdown":"integrity","sig_enforce":true,"tainted":0,"#,
        r#""trusted_keys":["module key of x: 89ab"]}"#
    );
    const TRIAL: &str = concat!(
        r#"ASHLAR-TRIAL {"errno":129,"file":"a/unsigned.ko","#,
        r#""log":["Loading of unsigned module is rejected"],"stuck":[]}"#
    );
    const LOADED: &str = r#"ASHLAR-TRIAL {"errno":0,"file":"b.ko","log":[],"stuck":[]}"#;
    const END: &str = r#"ASHLAR-TRIAL-END {"tried":2}"#;

    fn read(lines: &[&str]) -> (Option<TrialState>, Vec<Trial>, Vec<String>) {
        let mut transcript = TrialTranscript::default();
        for line in lines {
            transcript.add(&Line { text: (*line).to_owned(), cut: false });
        }
        transcript.finish()
    }

    fn findings(lines: &[&str]) -> Vec<String> {
        read(lines).2
    }

    #[test]
    fn the_lines_of_a_good_trial_are_read_whole() {
        let (state, trials, findings) =
            read(&["[    1.0] Linux", STATE, TRIAL, LOADED, END, "reboot: Power down"]);
        assert_eq!(findings, Vec::<String>::new());
        let state = state.unwrap();
        assert_eq!((state.sig_enforce, state.trusted_keys.unwrap().len()), (Some(true), 1));
        let told: Vec<_> = trials.iter().map(|trial| (&*trial.file, trial.errno)).collect();
        assert_eq!(told, [("a/unsigned.ko", 129), ("b.ko", 0)]);
        assert_eq!(trials[0].log, ["Loading of unsigned module is rejected"]);
    }

    #[test]
    fn each_doubt_is_a_finding() {
        let stuck = LOADED.replace(r#""stuck":[]"#, r#""stuck":["evil"]"#);
        let failure = r#"ASHLAR-FAILURE {"error":"x","operation":"mount erofs on /disk"}"#;
        let panic = "[    2.5] Kernel panic - not syncing: Attempted to kill init!";
        let cases: [(&[&str], &str); 13] = [
            (&[TRIAL, LOADED, END], "did not tell its state"),
            (&[STATE, TRIAL, LOADED], "did not come to its end"),
            (&[STATE, TRIAL, END], "2 files were tried, but 1 were told of"),
            (&[STATE, STATE, TRIAL, LOADED, END], "once and first"),
            (&[STATE, TRIAL, LOADED, END, END], "comes after its end"),
            (&[STATE, LOADED, TRIAL, END], "out of order"),
            (&[STATE, TRIAL, TRIAL, LOADED, END], "out of order"),
            (&[STATE, TRIAL, &stuck, END], "b.ko brought modules that stay loaded: evil"),
            (&[STATE, failure, TRIAL, LOADED, END], "the trial reported: ASHLAR-FAILURE"),
            (&[STATE, TRIAL, LOADED, panic, END], "the kernel panicked"),
            (&[STATE, TRIAL, LOADED, "ASHLAR-TRIAL-STAT {}", END], "no known kind"),
            (&[STATE, TRIAL, LOADED, "ASHLAR-TRIAL", END], "has no content"),
            (&[STATE, TRIAL, LOADED, "ASHLAR-TRIAL {}", END], "missing field"),
        ];
        for (lines, expected) in cases {
            let found = findings(lines);
            assert!(found.iter().any(|finding| finding.contains(expected)), "{expected}: {found:?}");
        }
        assert_eq!(findings(&[]).len(), 2);
    }

    #[test]
    fn a_forged_answer_cannot_replace_one_or_hide() {
        // A loaded module could print the answer that is wanted; the true one is then one too many.
        let forged = TRIAL.replace("a/unsigned.ko", "b.ko");
        assert_eq!(findings(&[STATE, TRIAL, &forged, LOADED, END]).len(), 1);
        let early_end = END.replace('2', "1");
        assert_eq!(findings(&[STATE, TRIAL, &early_end, LOADED, END]).len(), 2);
    }

    #[test]
    fn memory_exhaustion_by_endless_lines_is_bounded() {
        let mut transcript = TrialTranscript::default();
        for number in 0..2 * MOST_TRIALS {
            let text = LOADED.replace("b.ko", &format!("{number:09}.ko"));
            transcript.add(&Line { text, cut: false });
        }
        let (_, trials, findings) = transcript.finish();
        assert_eq!(trials.len(), MOST_TRIALS);
        assert_eq!(findings.len(), FAILURES + 3);
        let mut transcript = TrialTranscript::default();
        transcript.add(&Line { text: TRIAL.to_owned(), cut: true });
        assert!(transcript.finish().2[0].contains("too long"));
    }

    proptest! {
        #[test]
        fn any_console_is_read_without_a_panic(lines in prop::collection::vec(
            prop_oneof![
                ".*",
                "ASHLAR-TRIAL.*",
                (0..STATE.len(), any::<char>()).prop_map(|(at, new)| {
                    let (before, after) = STATE.split_at(at);
                    format!("{before}{new}{after}")
                }),
                (0..TRIAL.len()).prop_map(|end| TRIAL[..end].to_owned()),
                Just(TRIAL.to_owned()),
                Just(END.to_owned()),
            ],
            0..20,
        )) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let (state, trials, findings) = read(&lines);
            // Only the three true lines in their order are without a finding, and they are never all here.
            prop_assert!(!findings.is_empty() || (state.is_some() && trials.len() == 2));
        }
    }
}
