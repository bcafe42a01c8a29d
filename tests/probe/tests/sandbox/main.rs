// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The sandbox, asserted from inside: every fact of the contract, and every attack that it must withstand.
//!
//! Each test runs as the calling user and, where that is root, once more as an ordinary one. The binary has a `main`
//! of its own, because it is three programs: the test runner, the helper that becomes a sandbox, and the victims of the
//! tests that kill a caller or forbid namespaces.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test; clippy knows only those of the usual harness"
)]

mod attacks;
mod binds;
mod contract;
mod ends;
mod harness;
mod limits;
mod network;
mod roles;
mod sysroot;

use std::process::ExitCode;

fn main() -> ExitCode {
    ashlar_sandbox::dispatch();
    if let Some(code) = roles::play() {
        return code;
    }
    harness::main(&[
        attacks::TESTS,
        binds::TESTS,
        contract::TESTS,
        ends::TESTS,
        limits::TESTS,
        network::TESTS,
    ])
}
