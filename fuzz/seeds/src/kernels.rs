// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Kernels with a certificate area, as the tests of signing/kernel-image make them.

use crate::synthetic::{Kernel, bzimage, certificate, gzip_payload, with_relocations};
use crate::{Seed, two_parts};

pub(crate) fn seeds() -> Vec<Seed> {
    let small = Kernel { capacity: 512, ..Kernel::default() };
    let filled = Kernel { capacity: 512, ..Kernel::filled(&certificate(260, 7)) };
    let map = |kernel: &Kernel| kernel.system_map().into_bytes();
    let gzip = bzimage(&gzip_payload(&with_relocations(&filled.vmlinux())));
    vec![
        Seed::new("kernel", two_parts::join(&map(&small), &small.bzimage())),
        Seed::new("kernel", two_parts::join(&map(&filled), &filled.bzimage())),
        Seed::new("kernel", two_parts::join(&map(&filled), &gzip)),
        Seed::new("vmlinux", small.vmlinux()),
        Seed::new("vmlinux", filled.vmlinux()),
        Seed::new("vmlinux", Kernel { sized: false, ..small }.vmlinux()),
    ]
}
