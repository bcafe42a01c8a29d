// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Go modules: which files a `go.sum` pins, and bringing them from a module proxy.
//!
//! Module reference: <https://go.dev/ref/mod>, "GOPROXY protocol", "go.sum files", "Module zip files".
//! The result is a folder that a build uses as `GOPROXY=file:///…`:
//!
//! ```text
//! <module>/@v/list             versions, one per line         made here
//! <module>/@v/<version>.info   {"Version":"v1.2.3"}           made here (the proxy's has a date that nobody signs)
//! <module>/@v/<version>.mod    verified against go.sum
//! <module>/@v/<version>.zip    verified against go.sum; only for modules that go.mod requires
//! ```
//! Upper case letters in names are written `!` and the lower case letter.

mod files;
mod hash;
mod module;
mod proxy;

pub use files::{GoModule, GoModules};
pub use hash::Hash1;
pub use module::ModuleVersion;
pub use proxy::GoProxies;
