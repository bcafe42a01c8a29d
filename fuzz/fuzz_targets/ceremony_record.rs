// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Records of ceremonies, read after an interruption: only what was recorded comes out of one, whatever its index says.
#![forbid(unsafe_code)]
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use ashlar_digest::Sha256;
use ashlar_fuzz_seeds::record::results;
use ashlar_release_bundle::{CeremonyCommitment, Claim, ReleaseId};
use libfuzzer_sys::fuzz_target;

/// One claim, whose record stays but for its index.
static CLAIM: LazyLock<(Claim, PathBuf)> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("ashlar-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for the record");
    let release = ReleaseId::parse("ashlar-qemu-1.0.0-x86_64").expect("a release id");
    let claim = Claim::take(&folder, &release).expect("nobody else claims it");
    claim.record_ceremony(commitment(), &results(), None).expect("a record is written");
    let entries = fs::read_dir(&folder).expect("the folder").flatten();
    let mut places = entries.map(|entry| entry.path().join("commitment.json"));
    let index = places.find(|path| path.is_file()).expect("the record has an index");
    (claim, index)
});

fn commitment() -> CeremonyCommitment {
    CeremonyCommitment::new(Sha256::of(b"what is signed"))
}

fuzz_target!(|bytes: &[u8]| {
    let (claim, index) = &*CLAIM;
    fs::write(index, bytes).expect("an index is written");
    let Ok(found) = claim.resume(commitment(), None) else { return };
    let (found, recorded) = (found.expect("there is a record"), results());
    assert_eq!(found.certificates, recorded.certificates);
    assert!(found.key_statement.is_none() || found.key_statement == recorded.key_statement);
    for (module, signature) in &found.signatures {
        assert_eq!(recorded.signatures.get(module), Some(signature), "a signature that no ceremony made");
    }
});
