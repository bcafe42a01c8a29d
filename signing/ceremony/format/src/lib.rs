// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Templates of module signatures: every byte a function of public key, release id, epoch and module digest (docs/design/release.md).
#![forbid(unsafe_code)]
