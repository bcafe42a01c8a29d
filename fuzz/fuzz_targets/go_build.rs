// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Programs of Go and the lines that stand in them: what was read, written again, is the same.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_sbom::{GoBuild, GoModule};
use libfuzzer_sys::fuzz_target;

fn line(word: &str, module: &GoModule) -> String {
    let GoModule { path, version, sum, replaced_by } = module;
    let replaced = replaced_by.as_ref().map(|module| line("=>", module)).unwrap_or_default();
    format!("{word}\t{path}\t{version}\t{sum}\n{replaced}")
}

/// The lines of what is built; settings are quoted in ways of Go's own, so they are left away.
fn written(build: &GoBuild) -> String {
    let main = build.main.as_ref().map(|main| line("mod", main)).unwrap_or_default();
    let modules: String = build.modules.iter().map(|module| line("dep", module)).collect();
    format!("path\t{}\n{main}{modules}", build.path)
}

fuzz_target!(|bytes: &[u8]| {
    let lines = std::str::from_utf8(bytes).ok().and_then(|text| GoBuild::parse_modules(text).ok());
    for build in GoBuild::of_program(bytes).ok().flatten().into_iter().chain(lines) {
        let components = build.components();
        assert!(components.len() <= build.modules.len() + 1);
        let written = written(&build);
        // What a line ends with depends on whether another follows; Go ends none with a carriage return.
        if written.contains('\r') {
            continue;
        }
        let again = GoBuild::parse_modules(&written).expect("what was read, written again, is refused");
        assert_eq!((&again.path, &again.main, &again.modules), (&build.path, &build.main, &build.modules));
    }
});
