// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Go modules: which files a `go.sum` pins, and bringing them from a module proxy.
//!
//! Module reference: <https://go.dev/ref/mod>, "GOPROXY protocol", "go.sum files", "Module zip files".
//! A proxy, and a folder that serves as one (`GOPROXY=file:///…`), has
//!
//! ```text
//! <module>/@v/list             versions, one per line
//! <module>/@v/<version>.info   {"Version":"v1.2.3"}
//! <module>/@v/<version>.mod    pinned by go.sum
//! <module>/@v/<version>.zip    pinned by go.sum; wanted only for modules that go.mod requires
//! ```
//! Upper case letters in names are written `!` and the lower case letter. Only what go.sum pins is fetched; the rest is
//! written by whoever makes a folder of this shape, because the proxy's own (with dates) is signed by nobody.

mod client;
mod file;
mod files;
mod hash;
mod module;
mod proxy;
mod zip_frame;

pub use client::GoClient;
pub use file::{GoFile, GoFileKind};
pub use files::{GoModule, GoModules};
pub use hash::Hash1;
pub(crate) use hash::of_zip_within;
pub use module::ModuleVersion;
pub use proxy::GoProxies;
