// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What several fuzz targets share: ways to give bytes to a parser, and properties of whole kinds of files.
//!
//! Each target is one file in `fuzz_targets/`, for one parser, and states a property beyond "does not panic".
#![forbid(unsafe_code)]

mod archive_limits;
mod path_rule;
mod plain;
mod toml_file;
mod trickle;

pub use archive_limits::LIMITS;
pub use path_rule::assert_stays_inside;
pub use plain::assert_is_plain;
pub use toml_file::check_toml_file;
pub use trickle::Trickle;
