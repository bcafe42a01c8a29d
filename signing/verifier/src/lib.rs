// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Judges module signatures by other code than wrote them (docs/design/release.md).
#![forbid(unsafe_code)]
