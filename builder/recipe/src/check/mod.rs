// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Checks across files: references that lead nowhere, circles, missing files, exceptions that have run out.

mod circles;
mod dates;
mod files;
mod references;
mod reporter;

pub(crate) use circles::circles;
pub(crate) use dates::dates;
pub(crate) use files::files;
pub(crate) use references::references;
