// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why two artifacts could not be compared.

use std::error::Error;

use crate::text::printable;

/// A failed operation of a comparison.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The content of a file could not be had.
    #[error("read {} of {}", printable(path), printable(side))]
    Read {
        /// Of which artifact, as [`crate::Side::new`] was told.
        side: String,
        /// The path in it.
        path: String,
        /// Why not.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
}
