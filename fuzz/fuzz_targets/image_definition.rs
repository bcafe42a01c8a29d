// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Image definitions: accepted whatever comments say, refused with reasons that can be shown.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_fuzz::check_toml_file;
use ashlar_recipe::ImageDefinition;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| check_toml_file(bytes, ImageDefinition::parse));
