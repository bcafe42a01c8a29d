// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The security state as the kernel states it, never as the command line or the build wished it.

use crate::error::{Malformed, StateError};
use crate::kernel_text::{parse_flag, parse_lockdown, parse_tainted};
use crate::{module, trusted_keys};
use std::fs;

const SIG_ENFORCE: &str = "/sys/module/module/parameters/sig_enforce";
const LOCKDOWN: &str = "/sys/kernel/security/lockdown";
const TAINTED: &str = "/proc/sys/kernel/tainted";

/// What could be learnt; an absent value comes with a failure.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct SecurityState {
    /// Whether the kernel refuses modules without a valid signature.
    pub sig_enforce: Option<bool>,
    /// `none`, `integrity` or `confidentiality`.
    pub lockdown: Option<String>,
    /// Bits of Documentation/admin-guide/tainted-kernels.rst.
    pub tainted: Option<u64>,
    /// Names, in byte order.
    pub modules_loaded: Option<Vec<String>>,
    /// Descriptions of the keys that signatures of modules are checked with, in byte order.
    pub trusted_keys: Option<Vec<String>>,
}

impl SecurityState {
    /// Reads everything, and gives what failed beside it.
    #[must_use]
    pub fn read() -> (Self, Vec<StateError>) {
        let mut failures = Vec::new();
        let state = Self {
            sig_enforce: learn(SIG_ENFORCE, parse_flag, &mut failures),
            lockdown: learn(LOCKDOWN, parse_lockdown, &mut failures),
            tainted: learn(TAINTED, parse_tainted, &mut failures),
            modules_loaded: module::loaded_modules().map_err(|failure| failures.push(failure)).ok(),
            trusted_keys: learn(trusted_keys::PATH, trusted_keys::parse, &mut failures).map(|found| {
                failures.extend(found.foreign_failure());
                found.descriptions
            }),
        };
        (state, failures)
    }
}

fn learn<T>(
    path: &str,
    parse: impl Fn(&str) -> Result<T, Malformed>,
    failures: &mut Vec<StateError>,
) -> Option<T> {
    let value = fs::read_to_string(path)
        .map_err(|source| StateError::Read { path: path.to_owned(), source })
        .and_then(|text| {
            parse(&text).map_err(|source| StateError::Understand { path: path.to_owned(), source })
        });
    value.map_err(|failure| failures.push(failure)).ok()
}
