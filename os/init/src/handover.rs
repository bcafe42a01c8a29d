// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the initramfs tells the program in the root: `/run/ashlar/initramfs.json`, written and read only here.
//!
//! ```json
//! {"schema": 1, "failures": [{"operation": "…", "error": "…"}]}
//! ```
//! Only what cannot be asked of the kernel again; facts such as the root hash never travel through a file.

use crate::error::{InitError, Malformed};
use crate::mounts;
use ashlar_kernel_state::Failure;
use serde::{Deserialize, Serialize};
use std::fs;

const FOLDER: &str = "/run/ashlar";
const PATH: &str = "/run/ashlar/initramfs.json";
const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Handover {
    schema: u32,
    failures: Vec<Failure>,
}

/// Keeps the failures that did not stop the initramfs.
pub(crate) fn write(failures: Vec<Failure>) -> Result<(), InitError> {
    mounts::create_directory(FOLDER)?;
    let text = serde_json::json!(Handover { schema: SCHEMA, failures }).to_string();
    fs::write(PATH, text).map_err(|source| InitError::Write { path: PATH.to_owned(), source })
}

/// The failures of the initramfs.
///
/// # Errors
/// Also when there is no file: then nobody knows what failed.
pub(crate) fn read() -> Result<Vec<Failure>, InitError> {
    let text =
        fs::read_to_string(PATH).map_err(|source| InitError::Read { path: PATH.to_owned(), source })?;
    parse(&text).map_err(|source| InitError::Understand { path: PATH.to_owned(), source })
}

fn parse(text: &str) -> Result<Vec<Failure>, Malformed> {
    let handover: Handover = serde_json::from_str(text).map_err(|error| Malformed::new(error.to_string()))?;
    if handover.schema != SCHEMA {
        return Err(Malformed::new(format!("schema {} instead of {SCHEMA}", handover.schema)));
    }
    Ok(handover.failures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_survive_the_way() {
        let text = r#"{"schema":1,"failures":[{"operation":"open /dev/console","error":"no such device"}]}"#;
        let failures = parse(text).unwrap();
        assert_eq!(
            serde_json::json!(Handover { schema: 1, failures }),
            serde_json::from_str::<serde_json::Value>(text).unwrap()
        );
    }

    #[test]
    fn another_schema_is_refused() {
        for text in ["", "{}", r#"{"schema":2,"failures":[]}"#, r#"{"schema":1,"failures":[],"x":1}"#] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
