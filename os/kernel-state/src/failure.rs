// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One operation that failed, in the form that lines on the console carry: `{"error": "…", "operation": "…"}`.

use serde::{Deserialize, Serialize};
use std::error::Error;

/// What was tried, and why it failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    operation: String,
    error: String,
}

/// An error whose text is the operation, and whose sources say why.
impl<E: Error> From<&E> for Failure {
    fn from(error: &E) -> Self {
        let mut causes = Vec::new();
        let mut next = error.source();
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        Self { operation: error.to_string(), error: causes.join(": ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Malformed, StateError};

    #[test]
    fn the_operation_and_all_its_causes_are_told() {
        let source = std::io::Error::other(Malformed::new("it is off"));
        let failure = Failure::from(&StateError::Read { path: "/proc/keys".to_owned(), source });
        let expected = Failure { operation: "read /proc/keys".to_owned(), error: "it is off".to_owned() };
        assert_eq!(failure, expected);
    }
}
