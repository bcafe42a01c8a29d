// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Damage anywhere in a release: `verify` names the file, whatever the byte.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use ashlar_attestation::TrustedKey;
use ashlar_release_audit::{Outcome, Trust, verify};
use ashlar_system_tests::{Folder, scratch_root};

use crate::publication::{Publication, copy, files, id};

/// Beside one position in every file.
const POSITIONS: usize = 200;

/// Pseudorandom numbers (xorshift64*), the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % limit
    }
}

/// Flips one bit, calls `look`, and flips it back.
fn with_flipped(file: &Path, position: u64, bit: u32, look: impl FnOnce()) {
    let open = OpenOptions::new().read(true).write(true).open(file).unwrap();
    let mut byte = [0];
    open.read_exact_at(&mut byte, position).unwrap();
    open.write_all_at(&[byte[0] ^ 1 << bit], position).unwrap();
    look();
    open.write_all_at(&byte, position).unwrap();
}

/// Positions: one in every file, then some anywhere, by file and not by byte, for most bytes are in three files.
fn positions(directory: &Path, all: &[PathBuf]) -> Vec<(PathBuf, u64, u32)> {
    let mut numbers = Numbers(0x6173_686c_6172);
    let mut chosen: Vec<usize> = (0..all.len()).collect();
    chosen.extend((0..POSITIONS).map(|_| numbers.below(all.len() as u64) as usize));
    chosen
        .into_iter()
        .map(|index| {
            let size = fs::metadata(directory.join(&all[index])).unwrap().len();
            (all[index].clone(), numbers.below(size), numbers.below(8) as u32)
        })
        .collect()
}

/// A copy of the first release under its own name, without which it is none.
fn copied(folder: &Folder) -> PathBuf {
    let directory = folder.join(&id("1.0.0"));
    copy(&Publication::get().first(), &directory);
    directory
}

fn trust(publication: &Publication) -> Trust {
    let publisher = TrustedKey::from_pem(&fs::read_to_string(publication.public()).unwrap()).unwrap();
    Trust { publishers: vec![publisher], ..Trust::default() }
}

#[test]
fn a_flipped_bit_anywhere_is_found_and_its_file_is_named() {
    let publication = Publication::get();
    let folder = Folder::below(&scratch_root());
    let directory = copied(&folder);
    let trust = trust(publication);
    let proven = |directory: &Path| assert_eq!(verify(directory, &trust).outcome, Outcome::Proven);
    proven(&directory);
    let all = files(&directory);
    for (path, position, bit) in positions(&directory, &all) {
        with_flipped(&directory.join(&path), position, bit, || {
            let report = verify(&directory, &trust);
            let name = path.to_str().unwrap();
            assert!(
                report.findings.iter().any(|finding| finding.file == name),
                "bit {bit} of byte {position} of {name} is flipped: {:?}",
                report.findings
            );
        });
    }
    proven(&directory);
}

#[test]
fn the_program_names_the_damaged_file_and_ends_with_1() {
    let publication = Publication::get();
    let folder = Folder::below(&scratch_root());
    let directory = copied(&folder);
    for path in
        ["root.erofs", "vmlinuz", "manifest.json", "manifest.sig", "SHA256SUMS", "provenance.intoto.jsonl"]
    {
        with_flipped(&directory.join(path), 50, 0, || {
            let ended = publication.verify(&directory).run().ends_with(1);
            assert!(ended.out.contains(&format!("finding: {path}: ")), "{ended}");
        });
    }
}

#[test]
fn a_file_that_is_missing_or_that_nobody_listed_is_named() {
    let publication = Publication::get();
    let folder = Folder::below(&scratch_root());
    let trust = trust(publication);
    for path in files(&publication.first()) {
        let directory = copied(&folder);
        fs::remove_file(directory.join(&path)).unwrap();
        let report = verify(&directory, &trust);
        let name = path.to_str().unwrap();
        assert!(report.findings.iter().any(|finding| finding.file == name), "{name}: {:?}", report.findings);
        fs::remove_dir_all(directory).unwrap();
    }
    let directory = copied(&folder);
    fs::write(directory.join("signatures/more.p7s"), "more").unwrap();
    let report = verify(&directory, &trust);
    assert!(
        report.findings.iter().any(|finding| finding.file == "signatures/more.p7s"),
        "{:?}",
        report.findings
    );
}
