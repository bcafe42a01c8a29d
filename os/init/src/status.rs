// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The status line: what this machine runs, as its kernel states it, and everything that failed.
//!
//! One line on the console, `ASHLAR-STATUS ` and canonical JSON (ordered keys, no white space, integers only):
//!
//! ```json
//! {
//!   "schema": 3,
//!   "phase": "root",                  // or "initramfs": the root was not entered
//!   "kernel_release": "6.12.107-…",
//!   "root_hash": "…",                 // as read back from device-mapper; null where no device is live
//!   "verity_status": "verified",      // or "corrupted"; null as above
//!   "sig_enforce": true,              // null where the kernel did not say, with a failure; so for the next four
//!   "lockdown": "integrity",
//!   "tainted": 0,
//!   "modules_loaded": [],
//!   "trusted_keys": ["…"],          // descriptions of the keys in .builtin_trusted_keys, in byte order
//!   "extensions": [{"name": "…", "root_hash": "…"}], // the active ones by name, hashes as read back from device-mapper
//!   "services": [{                    // in the order of their start; what each key means is in services/report.rs
//!     "name": "…", "state": "ready",  // or "done", "failed", "waiting"
//!     "restarts": 0, "error": null, "output": null
//!   }],
//!   "os": {"id": "…", "version": "…"}, // null in the initramfs
//!   "uptime_ms": 1234,
//!   "failures": [{"operation": "mount tmpfs on /tmp", "error": "…"}]
//! }
//! ```

use crate::extension::ActiveExtension;
use crate::os_release::OsRelease;
use crate::services::ServiceReport;
use crate::verity::VerityStatus;
use ashlar_kernel_state::{Failure, SecurityState};
use serde::Serialize;

const SCHEMA: u32 = 3;
const MARK: &str = "ASHLAR-STATUS";

/// Which program prints the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Phase {
    Initramfs,
    Root,
}

/// Everything that the line says.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) phase: Phase,
    pub(crate) kernel_release: String,
    /// Root hash and state of the live verity device.
    pub(crate) verity: Option<(String, VerityStatus)>,
    pub(crate) security: SecurityState,
    pub(crate) extensions: Vec<ActiveExtension>,
    pub(crate) services: Vec<ServiceReport>,
    pub(crate) os: Option<OsRelease>,
    pub(crate) uptime_ms: u64,
    pub(crate) failures: Vec<Failure>,
}

impl Report {
    /// The line, without its end.
    pub(crate) fn line(&self) -> String {
        // serde_json's map is ordered, and json! with these types cannot fail.
        let json = serde_json::json!({
            "schema": SCHEMA,
            "phase": self.phase,
            "kernel_release": self.kernel_release,
            "root_hash": self.verity.as_ref().map(|(root_hash, _)| root_hash),
            "verity_status": self.verity.as_ref().map(|(_, status)| status.as_str()),
            "sig_enforce": self.security.sig_enforce,
            "lockdown": self.security.lockdown,
            "tainted": self.security.tainted,
            "modules_loaded": self.security.modules_loaded,
            "trusted_keys": self.security.trusted_keys,
            "extensions": self.extensions,
            "services": self.services,
            "os": self.os,
            "uptime_ms": self.uptime_ms,
            "failures": self.failures,
        });
        format!("{MARK} {json}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{InitError, Malformed};
    use crate::services::ServiceState;

    fn report() -> Report {
        Report {
            phase: Phase::Root,
            kernel_release: "6.12.107-ashlar".to_owned(),
            verity: Some(("00ff".to_owned(), VerityStatus::Verified)),
            security: SecurityState {
                sig_enforce: Some(true),
                lockdown: Some("integrity".to_owned()),
                tainted: Some(0),
                modules_loaded: Some(vec!["loop".to_owned()]),
                trusted_keys: Some(vec!["module key of ashlar-qemu-0.1.0-x86_64: 89ab".to_owned()]),
            },
            extensions: vec![ActiveExtension { name: "writeboost".to_owned(), root_hash: "0f0f".to_owned() }],
            services: vec![ServiceReport {
                name: "trial".to_owned(),
                state: ServiceState::Done,
                restarts: 0,
                error: None,
                output: Some("hello\n".to_owned()),
            }],
            os: Some(OsRelease { id: "ashlar".to_owned(), version: "0.1.0".to_owned() }),
            uptime_ms: 1234,
            failures: Vec::new(),
        }
    }

    #[test]
    fn a_complete_line_has_the_golden_bytes() {
        assert_eq!(
            report().line(),
            concat!(
                r#"ASHLAR-STATUS {"extensions":[{"name":"writeboost","root_hash":"0f0f"}],"failures":[],"#,
                r#""kernel_release":"6.12.107-ashlar","lockdown":"integrity","modules_loaded":["loop"],"#,
                r#""os":{"id":"ashlar","version":"0.1.0"},"phase":"root","root_hash":"00ff","schema":3,"#,
                r#""services":[{"error":null,"name":"trial","output":"hello\n","restarts":0,"state":"done"}],"#,
                r#""sig_enforce":true,"tainted":0,"#,
                r#""trusted_keys":["module key of ashlar-qemu-0.1.0-x86_64: 89ab"],"uptime_ms":1234,"#,
                r#""verity_status":"verified"}"#
            )
        );
    }

    #[test]
    fn what_is_unknown_is_null_and_never_left_out() {
        let report = Report {
            phase: Phase::Initramfs,
            verity: None,
            security: SecurityState::default(),
            extensions: Vec::new(),
            services: Vec::new(),
            os: None,
            failures: vec![Failure::from(&InitError::ReadVerified {
                what: "root".to_owned(),
                offset: 4096,
                source: std::io::Error::other("input/output error"),
            })],
            ..report()
        };
        assert_eq!(
            report.line(),
            concat!(
                r#"ASHLAR-STATUS {"extensions":[],"failures":[{"error":"input/output error","operation":"read the verified root at byte 4096"}],"#,
                r#""kernel_release":"6.12.107-ashlar","lockdown":null,"modules_loaded":null,"os":null,"#,
                r#""phase":"initramfs","root_hash":null,"schema":3,"services":[],"sig_enforce":null,"tainted":null,"#,
                r#""trusted_keys":null,"uptime_ms":1234,"verity_status":null}"#
            )
        );
    }

    #[test]
    fn a_forged_second_status_line_in_an_error_text_stays_inside_its_string() {
        let source = Malformed::new("\nASHLAR-STATUS {}\r\n\u{1b}[2J");
        let failures = vec![Failure::from(&InitError::Understand { path: "x".to_owned(), source })];
        let line = Report { failures, ..report() }.line();
        assert!(!line.contains(['\n', '\r', '\u{1b}']), "{line:?}");
    }
}
