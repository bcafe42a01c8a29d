// SPDX-License-Identifier: Apache-2.0 OR MIT
//! DSSE envelopes, in-toto statements, SLSA provenance and long-lived keys (docs/design/release.md).
#![forbid(unsafe_code)]
