// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The text of `/run/ashlar/initramfs.json`, from the initramfs to the program in the root.
//!
//! ```json
//! {"schema": 1, "failures": [{"operation": "…", "error": "…"}]}
//! ```

use crate::error::Malformed;
use ashlar_kernel_state::Failure;
use serde::{Deserialize, Serialize};

const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Handover {
    schema: u32,
    failures: Vec<Failure>,
}

/// The text that hands `failures` over.
pub(crate) fn text(failures: Vec<Failure>) -> String {
    serde_json::json!(Handover { schema: SCHEMA, failures }).to_string()
}

/// The failures in a text.
///
/// # Errors
/// On another schema, and on any key too many or too few.
pub(crate) fn parse(text: &str) -> Result<Vec<Failure>, Malformed> {
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
        let written =
            r#"{"failures":[{"error":"no such device","operation":"open /dev/console"}],"schema":1}"#;
        assert_eq!(text(parse(written).unwrap()), written);
    }

    #[test]
    fn another_schema_is_refused() {
        for text in ["", "{}", r#"{"schema":2,"failures":[]}"#, r#"{"schema":1,"failures":[],"x":1}"#] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
