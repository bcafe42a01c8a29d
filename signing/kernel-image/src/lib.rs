// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The certificate area of a kernel: written into `vmlinux`, found again in the finished `bzImage` (docs/design/release.md).
//!
//! A kernel is compiled with an empty area, so that nothing compiled depends on a key. [`insert_certificates`]
//! fills it in the linked `vmlinux`; the boot wrapper then makes a `bzImage` of that. [`find_certificates`] is
//! other code: it goes the way of a booting machine, from the boot header through the compressed payload to
//! the segments, and says which certificates this kernel will trust. [`unpack`] goes the same way and gives all that
//! it passes, so that two kernels can be compared. Bytes in, bytes out: no file, no process.
#![forbid(unsafe_code)]

mod certificate_list;
mod error;
mod find;
mod insert;
mod payload;
mod segments;
mod symbols;
mod system_map;
mod unpack;
mod vmlinux;

#[cfg(test)]
mod foreign;
#[cfg(test)]
mod synthetic;

pub use error::KernelImageError;
pub use find::find_certificates;
pub use insert::insert_certificates;
pub use unpack::{Unpacked, unpack};
