// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Control data: what is read, written again as fields, is read as the same.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_debian::{DebianError, Stanza, Stanzas};
use libfuzzer_sys::fuzz_target;

fn parse(bytes: &[u8]) -> Result<Vec<Stanza<'_>>, DebianError> {
    Stanzas::new("x", bytes)?.collect()
}

fn write(stanzas: &[Stanza<'_>]) -> String {
    let mut text = String::new();
    for stanza in stanzas {
        for field in stanza.fields() {
            text.extend([field.name, ":", field.value, "\n"]);
        }
        text.push('\n');
    }
    text
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(stanzas) = parse(bytes) else { return };
    let text = write(&stanzas);
    let again = parse(text.as_bytes()).expect("what was read, written again, is refused");
    assert_eq!(write(&again), text);
    for (stanza, again) in stanzas.iter().zip(&again) {
        let fields = |stanza: &Stanza<'_>| -> Vec<(String, String)> {
            stanza.fields().iter().map(|field| (field.name.to_owned(), field.value.to_owned())).collect()
        };
        assert_eq!(fields(stanza), fields(again));
        for field in stanza.fields() {
            assert_eq!(stanza.get(&field.name.to_ascii_uppercase()), Some(field.value));
        }
    }
    assert_eq!(stanzas.len(), again.len());
});
