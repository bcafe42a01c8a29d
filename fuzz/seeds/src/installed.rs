// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files that recipes install, as the tests of builder/lint plant them, and what is said of one.

use crate::planted::{DYN, FLAGS_1_PIE, NOTE, PROGBITS, Planted, SYMTAB, dlopen_note};
use crate::{Seed, archives, two_parts};

const REPORT: &str = r#"{"findings":[{"message":"it carries symbols","rule":"stripped","subject":"usr/bin/x"}],"output":"x:runtime","schema":1,"waived":[{"because":"it has to","message":"none","rule":"relro","subject":"usr/bin/y"}]}
"#;

pub(crate) fn seeds() -> Vec<Seed> {
    let program = Planted {
        file_type: DYN,
        libraries: vec!["libc.so"],
        run_path: Some("/out"),
        dynamic: Some(vec![FLAGS_1_PIE]),
        has_relro: false,
        sections: vec![
            dlopen_note(r#"[{"soname":["libx.so"],"priority":"required"}]"#),
            (".comment", PROGBITS, b"GCC /build/x\0".to_vec()),
            (".symtab", SYMTAB, Vec::new()),
            (".note.x", NOTE, Vec::new()),
        ],
        ..Planted::program()
    };
    let object = Planted::module().bytes();
    let files = [
        ("usr/bin/x", program.bytes()),
        ("usr/lib/libx.so", Planted::library().bytes()),
        ("usr/lib/modules/x.ko", object.clone()),
        ("usr/lib/x.a", archives::ar(&[("x.o/", &object)])),
        ("usr/bin/[{a,b}] \"*", b"#!/usr/bin/missing -e\n".to_vec()),
        ("usr/x.pyc", [&[0xa7, 13, 13, 10, 0, 0, 0, 0, 1, 2, 3, 4][..], &[0; 8]].concat()),
        ("usr/share/x.gz", archives::gzip(b"x")),
        ("usr/share/x", b"built by root@ashlar in /build/x-1/ on Nov 14 2023 with -I/target".to_vec()),
    ];
    let pair =
        |(path, content): &(&str, Vec<u8>)| Seed::new("lint", two_parts::join(path.as_bytes(), content));
    let mut seeds: Vec<Seed> = files.iter().map(pair).collect();
    seeds.push(Seed::new("lint_report", REPORT));
    seeds
}
