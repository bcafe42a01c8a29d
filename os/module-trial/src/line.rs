// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The lines that a host reads (builder/cli/src/boot/trial.rs): a mark and canonical JSON.
//!
//! ```json
//! ASHLAR-TRIAL-STATE {"lockdown": "integrity", "sig_enforce": true, "tainted": 0, "trusted_keys": ["…"]}
//! ASHLAR-TRIAL {"errno": 129, "file": "unsigned.ko", "log": ["Loading of unsigned module is rejected"], "stuck": []}
//! ASHLAR-TRIAL-END {"tried": 1}
//! ```
//! `errno` is 0 where the kernel loaded the module, and -1 where the error has no number. `stuck` names modules that
//! the file brought and that could not be removed: what was tried after it may have failed only because of them.
//! In the state, what the kernel did not say is null and has a failure of its own.

use ashlar_kernel_state::SecurityState;
use serde::Serialize;

/// What came of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Trial {
    /// Path on the disk.
    pub(crate) file: String,
    pub(crate) errno: i32,
    /// What the kernel logged meanwhile.
    pub(crate) log: Vec<String>,
    pub(crate) stuck: Vec<String>,
}

impl Trial {
    pub(crate) fn line(&self) -> String {
        // serde_json's map is ordered, and json! with these types cannot fail.
        format!("ASHLAR-TRIAL {}", serde_json::json!(self))
    }
}

/// The line of the state.
pub(crate) fn state(state: &SecurityState) -> String {
    let json = serde_json::json!({
        "sig_enforce": state.sig_enforce,
        "lockdown": state.lockdown,
        "tainted": state.tainted,
        "trusted_keys": state.trusted_keys,
    });
    format!("ASHLAR-TRIAL-STATE {json}")
}

/// The last line.
pub(crate) fn end(tried: usize) -> String {
    format!("ASHLAR-TRIAL-END {}", serde_json::json!({ "tried": tried }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_the_golden_bytes() {
        let trial = Trial {
            file: "a/unsigned.ko".to_owned(),
            errno: 129,
            log: vec!["Loading of unsigned module is rejected".to_owned()],
            stuck: Vec::new(),
        };
        assert_eq!(
            trial.line(),
            concat!(
                r#"ASHLAR-TRIAL {"errno":129,"file":"a/unsigned.ko","#,
                r#""log":["Loading of unsigned module is rejected"],"stuck":[]}"#
            )
        );
        let known = SecurityState {
            sig_enforce: Some(true),
            lockdown: Some("integrity".to_owned()),
            tainted: Some(0),
            modules_loaded: Some(Vec::new()),
            trusted_keys: Some(vec!["module key of x: 89ab".to_owned()]),
        };
        assert_eq!(
            state(&known),
            concat!(
                r#"ASHLAR-TRIAL-STATE {"lockdown":"integrity","sig_enforce":true,"tainted":0,"#,
                r#""trusted_keys":["module key of x: 89ab"]}"#
            )
        );
        assert_eq!(
            state(&SecurityState::default()),
            r#"ASHLAR-TRIAL-STATE {"lockdown":null,"sig_enforce":null,"tainted":null,"trusted_keys":null}"#
        );
        assert_eq!(end(7), r#"ASHLAR-TRIAL-END {"tried":7}"#);
    }

    #[test]
    fn a_forged_line_in_a_file_name_or_message_stays_inside_its_string() {
        let forged = "\nASHLAR-TRIAL-END {\"tried\":1}\r\n\u{1b}[2J".to_owned();
        let trial = Trial { file: forged.clone(), errno: 0, log: vec![forged], stuck: Vec::new() };
        assert!(!trial.line().contains(['\n', '\r', '\u{1b}']), "{:?}", trial.line());
    }
}
