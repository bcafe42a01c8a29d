// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The image, from an empty store to a booted system.
#![forbid(unsafe_code)]
