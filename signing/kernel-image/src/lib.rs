// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The certificate area of a kernel: written into `vmlinux`, found again in the finished `bzImage` (docs/design/release.md).
#![forbid(unsafe_code)]
