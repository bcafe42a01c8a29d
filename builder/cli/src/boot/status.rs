// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The status line of `os/init`: `ASHLAR-STATUS ` and one JSON object (os/init/src/status.rs says what its keys mean).
//!
//! Strict: an unknown key, a missing key (what is unknown is `null`, never left out) or another schema is an error, so
//! that a change of the writer cannot pass unseen.

use serde::{Deserialize, Deserializer, Serialize};

use super::services::Service;

/// What a status line begins with.
pub(super) const STATUS_MARK: &str = "ASHLAR-STATUS ";
/// What a failure begins with that came too late for the status line.
pub(super) const FAILURE_MARK: &str = "ASHLAR-FAILURE ";

const SCHEMA: u32 = 3;

/// What the machine says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Status {
    /// Version of the format.
    pub(crate) schema: u32,
    /// Which program speaks.
    pub(crate) phase: Phase,
    /// `uname -r`.
    pub(crate) kernel_release: String,
    /// Root hash as read back from device-mapper.
    #[serde(deserialize_with = "present")]
    pub(crate) root_hash: Option<String>,
    /// `verified` or `corrupted`.
    #[serde(deserialize_with = "present")]
    pub(crate) verity_status: Option<String>,
    /// Whether the kernel refuses modules without a valid signature.
    #[serde(deserialize_with = "present")]
    pub(crate) sig_enforce: Option<bool>,
    /// `none`, `integrity` or `confidentiality`.
    #[serde(deserialize_with = "present")]
    pub(crate) lockdown: Option<String>,
    /// Bits of Documentation/admin-guide/tainted-kernels.rst.
    #[serde(deserialize_with = "present")]
    pub(crate) tainted: Option<u64>,
    /// Names of the loaded modules.
    #[serde(deserialize_with = "present")]
    pub(crate) modules_loaded: Option<Vec<String>>,
    /// Descriptions of the keys that the kernel checks signatures of modules with.
    #[serde(deserialize_with = "present")]
    pub(crate) trusted_keys: Option<Vec<String>>,
    /// Extensions in use.
    pub(crate) extensions: Vec<ActiveExtension>,
    /// In the order of their start.
    pub(crate) services: Vec<Service>,
    /// What the root says it is.
    #[serde(deserialize_with = "present")]
    pub(crate) os: Option<Os>,
    /// Milliseconds since the kernel started.
    pub(crate) uptime_ms: u64,
    /// Everything that failed.
    pub(crate) failures: Vec<Failure>,
}

/// Which program printed a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Phase {
    /// `/init` of the initramfs: the root was not entered.
    Initramfs,
    /// `/usr/bin/init` of the root.
    Root,
}

/// From the root's os-release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Os {
    /// `ID`.
    pub(crate) id: String,
    /// `VERSION_ID`.
    pub(crate) version: String,
}

/// An extension in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActiveExtension {
    /// Its name.
    pub(crate) name: String,
    /// Root hash as read back from device-mapper.
    pub(crate) root_hash: String,
}

/// One operation of init that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failure {
    /// What was tried.
    pub(crate) operation: String,
    /// Why it failed.
    pub(crate) error: String,
}

/// Serde lets an absent `Option` pass as `None`; one that names its deserializer must be present.
pub(super) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(from)
}

/// Reads what follows the mark.
///
/// # Errors
/// What is wrong with it, to be read after "cannot be understood: ".
pub(super) fn parse_status(json: &str) -> Result<Status, String> {
    let status: Status = serde_json::from_str(json).map_err(|error| error.to_string())?;
    match status.schema {
        SCHEMA => Ok(status),
        other => Err(format!("its schema is {other}, not {SCHEMA}")),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// As os/init/src/status.rs prints it; its own test pins the same bytes.
    pub(in super::super) const GOOD: &str = concat!(
        r#"{"extensions":[{"name":"writeboost","root_hash":"0f0f"}],"failures":[],"#,
        r#""kernel_release":"6.12.107-ashlar","lockdown":"integrity","modules_loaded":["loop"],"#,
        r#""os":{"id":"ashlar","version":"0.1.0"},"phase":"root","root_hash":"00ff","schema":3,"#,
        r#""services":[{"error":null,"name":"trial","output":"hello\n","restarts":0,"state":"done"}],"#,
        r#""sig_enforce":true,"tainted":0,"#,
        r#""trusted_keys":["module key of ashlar-qemu-0.1.0-x86_64: 89ab"],"uptime_ms":1234,"#,
        r#""verity_status":"verified"}"#
    );

    #[test]
    fn the_line_of_init_is_read_whole() {
        let status = parse_status(GOOD).unwrap();
        assert_eq!(status.phase, Phase::Root);
        assert_eq!(status.root_hash.as_deref(), Some("00ff"));
        assert_eq!(status.extensions[0].root_hash, "0f0f");
        let keys = status.trusted_keys.as_deref();
        assert_eq!(keys, Some(&["module key of ashlar-qemu-0.1.0-x86_64: 89ab".to_owned()][..]));
        assert_eq!(status.services[0].output.as_deref(), Some("hello\n"));
        assert_eq!(status.os, Some(Os { id: "ashlar".to_owned(), version: "0.1.0".to_owned() }));
        let again = serde_json::to_value(&status).unwrap();
        assert_eq!(again, serde_json::from_str::<serde_json::Value>(GOOD).unwrap());
    }

    #[test]
    fn what_init_could_not_learn_is_null() {
        let text = concat!(
            r#"{"extensions":[],"failures":[{"error":"input/output error","operation":"read the verified root at byte 4096"}],"#,
            r#""kernel_release":"6.12.107-ashlar","lockdown":null,"modules_loaded":null,"os":null,"#,
            r#""phase":"initramfs","root_hash":null,"schema":3,"services":[],"sig_enforce":null,"tainted":null,"#,
            r#""trusted_keys":null,"uptime_ms":1234,"verity_status":null}"#
        );
        let status = parse_status(text).unwrap();
        assert_eq!((status.phase, status.sig_enforce, status.tainted), (Phase::Initramfs, None, None));
        assert_eq!(status.failures[0].error, "input/output error");
    }

    #[test]
    fn each_key_must_be_there_once_and_no_other() {
        let value: serde_json::Map<String, serde_json::Value> = serde_json::from_str(GOOD).unwrap();
        assert_eq!(value.len(), 15);
        for key in value.keys() {
            let mut without = value.clone();
            without.remove(key);
            let text = serde_json::to_string(&without).unwrap();
            assert!(parse_status(&text).is_err(), "{key} may be left out");
        }
        for bad in [
            GOOD.replacen('{', r#"{"debug":true,"#, 1),
            GOOD.replacen('{', r#"{"root_hash":"aa","#, 1),
            GOOD.replace(r#""schema":3"#, r#""schema":2"#),
            GOOD.replace(r#""schema":3"#, r#""schema":4"#),
            GOOD.replace(r#""output":"hello\n","#, ""),
            GOOD.replace(r#""error":null,"#, ""),
            GOOD.replace(r#""restarts":0"#, r#""restarts":0,"pid":1"#),
            GOOD.replace(r#""state":"done""#, r#""state":"running""#),
            GOOD.replace(r#""name":"writeboost","#, ""),
            GOOD.replace(r#""name":"writeboost""#, r#""name":"writeboost","x":1"#),
            GOOD.replace(r#""trusted_keys":["#, r#""trusted_keys":[null,"#),
            GOOD.replace(r#""phase":"root""#, r#""phase":"shell""#),
            GOOD.replace(r#""sig_enforce":true"#, r#""sig_enforce":"true""#),
            GOOD.replace(r#""tainted":0"#, r#""tainted":-1"#),
            format!("{GOOD}{GOOD}"),
            "[".repeat(100_000),
            String::new(),
        ] {
            assert!(parse_status(&bad).is_err(), "{bad:.200}");
        }
        for end in 0..GOOD.len() {
            assert!(parse_status(&GOOD[..end]).is_err(), "cut at {end}");
        }
    }
}
