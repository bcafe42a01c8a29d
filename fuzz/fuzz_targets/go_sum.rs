// SPDX-License-Identifier: Apache-2.0 OR MIT
//! go.sum as the SBOM takes checksums from it: neither order nor repetition says anything, and what stands there is known.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_sbom::{GoBuild, GoModule, GoSums};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(sums) = GoSums::parse(text) else { return };
    let mut lines: Vec<&str> = text.lines().collect();
    lines.reverse();
    let turned = lines.join("\n");
    assert_eq!(
        GoSums::parse(&format!("{turned}\n{turned}")).as_ref().ok(),
        Some(&sums),
        "order says something"
    );
    let module = |line: &&str| {
        let mut fields = line.split_whitespace().map(str::to_owned);
        let (path, version, sum) = (fields.next()?, fields.next()?, fields.next()?);
        Some(GoModule { path, version, sum, replaced_by: None })
    };
    let modules: Vec<GoModule> = lines.iter().filter_map(module).collect();
    let known = GoBuild { modules, ..GoBuild::default() };
    assert!(sums.unknown(&known).is_empty(), "a line is not known");
    let other = GoModule {
        path: "a b".to_owned(),
        version: "v1.0.0".to_owned(),
        sum: "h1:".to_owned(),
        replaced_by: None,
    };
    assert_eq!(sums.unknown(&GoBuild { modules: vec![other], ..GoBuild::default() }).len(), 1);
});
