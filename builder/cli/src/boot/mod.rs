// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Boots an image in QEMU, inside the sandbox, and judges it by its status line.
//!
//! An *Observe* step: it never changes the image, and nothing that it finds enters one.
//!
//! ```text
//! BootRequest ── plan ──> SandboxSpec ── run ──> console ── Splitter ──> Line ──> on_line (live)
//!                                          │                              └─────> Transcript ─┐
//!                                          └──> Outcome ──────────────────────────────────────┴─ judge ──> BootReport
//! ```
//!
//! The processor is emulated (TCG), so that a boot needs no `/dev/kvm` and runs the same everywhere.

mod console;
mod damage;
mod error;
mod firmware;
mod judge;
mod plan;
mod run;
mod status;

pub(crate) use damage::flip_byte;
pub(crate) use error::BootError;
pub(crate) use firmware::Firmware;
pub(crate) use run::{BootReport, BootRequest, boot};
