// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Decoders that a comparison of releases is given: what takes programs of the seed, or crates that read kernels and
//! signatures.

mod erofs;
mod kernel;
mod module;

pub(crate) use erofs::SandboxedErofs;
pub(crate) use kernel::KernelDecoder;
pub(crate) use module::ModuleDecoder;
