// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A foreign reader for tests: of erofs metadata, written from its specification alone.

pub(crate) mod erofs;
