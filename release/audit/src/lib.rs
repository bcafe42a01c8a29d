// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Distrusts a release directory (docs/design/release.md).
#![forbid(unsafe_code)]
