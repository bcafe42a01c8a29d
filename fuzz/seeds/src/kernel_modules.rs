// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Kernel modules as far as loading order looks at them: ELF with a section `.modinfo`.

use crate::Seed;

const NAMES: &[u8] = b"\0.modinfo\0.shstrtab\0";

pub(crate) fn seeds() -> Vec<Seed> {
    let alone = b"license=GPL\0depends=\0intree=Y\0name=a\0vermagic=6.12 SMP\0";
    let needing = b"license=GPL\0depends=dm-bufio,dm_mod\0name=a\0";
    vec![Seed::new("kernel_module", module(alone)), Seed::new("kernel_module", module(needing))]
}

/// A relocatable file with the sections null, `.modinfo` and `.shstrtab`.
fn module(modinfo: &[u8]) -> Vec<u8> {
    let names_at = 64 + modinfo.len();
    let table_at = (names_at + NAMES.len()).next_multiple_of(8);
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(64, 0);
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(20, &1_u32.to_le_bytes());
    put(40, &(table_at as u64).to_le_bytes());
    for (at, number) in [(16, 1_u16), (18, 62), (52, 64), (58, 64), (60, 3), (62, 2)] {
        put(at, &number.to_le_bytes());
    }
    bytes.extend([modinfo, NAMES].concat());
    bytes.resize(table_at + 64, 0);
    for (name, kind, offset, size) in [(1_u32, 1_u32, 64, modinfo.len()), (10, 3, names_at, NAMES.len())] {
        bytes.extend([name.to_le_bytes(), kind.to_le_bytes()].concat());
        bytes.extend([0; 16]);
        for number in [offset as u64, size as u64, 0, 1, 0] {
            bytes.extend(number.to_le_bytes());
        }
    }
    bytes
}
