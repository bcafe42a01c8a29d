// SPDX-License-Identifier: Apache-2.0 OR MIT
//! SPDX 3.0.1 in JSON-LD (<https://spdx.github.io/spdx-spec/v3.0.1/>): the core, software, build and simple licensing profiles.

mod artifact;
mod build;
mod element;
mod names;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use reader::read;
pub(crate) use writer::write;
