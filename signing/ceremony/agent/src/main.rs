// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The process that holds a release's key.
fn main() {}
