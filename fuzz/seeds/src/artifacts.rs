// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Two versions of a file of an artifact, in every format that a comparison takes apart.

use crate::archives::{CRATE, ar, gzip, tar, xz};
use crate::file_systems::initramfs;
use crate::synthetic::{Kernel, certificate};
use crate::{Seed, two_parts};

pub(crate) fn seeds() -> Vec<Seed> {
    let one = tar(CRATE);
    let two = tar(CRATE.map(|(kind, mode, path, link, content)| (kind, mode ^ 1, path, link, content)));
    let small = Kernel { capacity: 512, ..Kernel::default() };
    let filled = Kernel { capacity: 512, ..Kernel::filled(&certificate(260, 7)) };
    let pairs = [
        (b"one\ntwo\nthree\n".to_vec(), b"one\n2\nthree".to_vec()),
        (b"\0one".to_vec(), b"\0two".to_vec()),
        (ar(&[("a/", b"one"), ("b/", b"\0")]), ar(&[("b/", b"\0"), ("a/", b"two!")])),
        (gzip(&one), gzip(&two)),
        (zstd::encode_all(&one[..], 1).unwrap(), zstd::encode_all(&two[..], 1).unwrap()),
        (xz(&one), xz(&two)),
        (one, two),
        initramfs(),
        (small.vmlinux(), filled.vmlinux()),
    ];
    pairs.iter().map(|(one, two)| Seed::new("artifact_difference", two_parts::join(one, two))).collect()
}
