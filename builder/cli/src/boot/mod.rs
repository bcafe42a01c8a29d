// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Boots an image in QEMU, inside the sandbox, and judges it by its status line.
//!
//! An *Observe* step: it never changes the image, and nothing that it finds enters one.
//!
//! ```text
//! BootRequest ── plan ──> SandboxSpec ── watch ──> console ── Splitter ──> Line ──> on_line (live)
//!                                            │                              └─────> Transcript ─┐
//!                                            └──> Outcome ──────────────────────────────────────┴─ judge ──> BootReport
//! ```
//!
//! The processor is emulated (TCG), so that a boot needs no `/dev/kvm` and runs the same everywhere.

mod console;
mod damage;
mod disk;
mod error;
mod firmware;
mod judge;
mod plan;
mod promise;
mod run;
mod services;
mod status;
mod trial;
mod trusted_keys;
mod watch;

pub(crate) use damage::flip_byte;
pub(crate) use disk::Disk;
pub(crate) use error::BootError;
pub(crate) use firmware::{Firmware, OVMF_VARIABLES as EMPTY_VARIABLES};
pub(crate) use promise::{Promise, extension_disks};
pub(crate) use run::{BootReport, BootRequest, boot};
pub(crate) use services::Service;
pub(crate) use trial::{TrialRequest, try_modules};
pub(crate) use trusted_keys::trusted_keys;
