// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bytes from the network, verified before anything else sees them.
//!
//! The one crate of the host side that opens sockets. It takes digests and places to look, and hands over
//! files whose digest was checked while they arrived; a mirror is never trusted, only asked. It knows nothing
//! of the store: the caller names a folder for partial files and moves a verified file on.
//!
//! | module | what it brings |
//! |---|---|
//! | [`Fetcher`] | files by SHA-256 over HTTP(S), `file:` and local folders; unpinned signed metadata |
//! | [`mirrors`] | package mirrors, from a mirrors file or the machine's apt configuration |
//! | [`crates`] | the crates of a `Cargo.lock`, through the host's `cargo` |
//! | [`go`] | Go modules of a `go.sum`, from a module proxy |
//!
//! TLS roots are the machine's; `SSL_CERT_FILE` and `SSL_CERT_DIR` replace them. Proxies are taken from
//! `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` by the HTTP library.
#![forbid(unsafe_code)]

pub mod crates;
mod error;
mod fetcher;
mod folder;
#[doc(hidden)]
pub mod fuzzing;
pub mod go;
#[cfg(test)]
mod hostile;
mod job;
pub mod mirrors;
mod part;
mod progress;
mod reason;
mod transfer;
mod troubles;

pub use error::FetchError;
pub use fetcher::{Config, Fetcher, Request, Unpinned};
pub use folder::LocalFolder;
pub use progress::{Progress, Silent};
pub use reason::{Attempt, Reason};
