// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whatever bytes a build installs, judging them comes to an end and says the same twice.

use std::convert::Infallible;

use proptest::prelude::*;

use crate::judge;
use crate::planted::{Planted, dlopen_note, question, tree};

fn is_judged(path: &str, bytes: &[u8]) {
    let (own, blobs) = tree(&[(path, bytes)]);
    let judged = || judge(&question(&own), |blob| Ok::<_, Infallible>(blobs[&blob].clone()));
    assert_eq!(judged(), judged());
}

fn whole() -> Vec<u8> {
    let sections = vec![
        dlopen_note(r#"[{"soname":["libx.so"],"priority":"required"}]"#),
        (".comment", 1, b"GCC\0".to_vec()),
    ];
    Planted { libraries: vec!["libc.so"], run_path: Some("/out"), sections, ..Planted::program() }.bytes()
}

proptest! {
    #[test]
    fn no_bytes_behind_a_magic_number_panic(
        magic in prop::sample::select(vec![&b""[..], b"\x7fELF\x02\x01\x01", b"\x7fELF\x01\x02\x01", b"!<arch>\n", b"!<thin>\n", b"\x1f\x8b\x08", b"#!"]),
        rest in prop::collection::vec(any::<u8>(), 0..400),
        name in prop::sample::select(vec!["usr/x", "usr/x.pyc", "usr/x.a"]),
    ) {
        is_judged(name, &[magic, &rest].concat());
    }

    #[test]
    fn no_changed_bytes_of_a_program_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut bytes = whole();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        is_judged("usr/bin/x", &bytes);
    }

    #[test]
    fn no_cut_program_panics(length in any::<prop::sample::Index>()) {
        let bytes = whole();
        is_judged("usr/bin/x", &bytes[..length.index(bytes.len())]);
    }

    #[test]
    fn no_text_around_a_mark_panics(before in ".{0,40}", mark in prop::sample::select(vec!["/build/", "=/out", "root@ashlar", "-I/target"]), behind in ".{0,80}") {
        is_judged("usr/share/x", format!("{before}{mark}{behind}").as_bytes());
    }
}
