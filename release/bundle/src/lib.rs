// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The layout of a release directory, its manifest, and how it is written (docs/design/release.md).
#![forbid(unsafe_code)]
