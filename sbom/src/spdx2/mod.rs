// SPDX-License-Identifier: Apache-2.0 OR MIT
//! SPDX 2.3 in JSON (<https://spdx.github.io/spdx-spec/v2.3/>, and its JSON schema).

mod model;
mod names;
mod reader;
mod writer;

pub(crate) use model::or_none;
pub(crate) use reader::read;
pub(crate) use writer::write;
