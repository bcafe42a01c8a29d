// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Kernels for tests: a small `vmlinux` with the fields of certs/system_certificates.S, its `System.map`, and a
//! bzImage around it. The fields of [`Kernel`] break one thing each.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::symbols::{AREA, LIST, LIST_END, LIST_SIZE, LIST_START, USED};

/// Virtual address of the section that holds the area.
pub(crate) const INIT_DATA: u64 = 0xffff_ffff_8200_0000;

/// File offset of the section that holds the area, and of the segment.
pub(crate) const FILE_OFFSET: usize = 0x1000;

/// Bytes of the section before the list of certificates.
const BEFORE: usize = 64;

/// Virtual address 0 of the segments.
const START_KERNEL_MAP: u64 = 0xffff_ffff_8000_0000;

/// What the sections are called, in the order of their indexes.
const SECTIONS: [&str; 6] = ["", ".init.data", ".bss", ".symtab", ".strtab", ".shstrtab"];

/// A kernel to be made.
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    /// Certificates that were compiled in; a multiple of 8 bytes.
    pub(crate) compiled_in: Vec<u8>,
    /// Bytes of the area.
    pub(crate) capacity: usize,
    /// What the area holds, from its begin.
    pub(crate) content: Vec<u8>,
    /// What `system_extra_cert_used` says.
    pub(crate) used: u32,
    /// What `system_certificate_list_size` says; the right value where `None`.
    pub(crate) list_size: Option<u64>,
    /// Whether the symbol of the area states a size.
    pub(crate) sized: bool,
    /// Symbols left out.
    pub(crate) without: &'static [&'static str],
    /// One more symbol: name, address and section index.
    pub(crate) extra: Option<(&'static str, u64, u16)>,
    /// Section index of a symbol instead of 1.
    pub(crate) moved: Option<(&'static str, u16)>,
}

impl Default for Kernel {
    fn default() -> Self {
        Self {
            compiled_in: Vec::new(),
            capacity: 2048,
            content: Vec::new(),
            used: 0,
            list_size: None,
            sized: true,
            without: &[],
            extra: None,
            moved: None,
        }
    }
}

/// Where the fields of a [`Kernel`] lie, from the begin of the section.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offsets {
    pub(crate) list: usize,
    pub(crate) area: usize,
    pub(crate) used: usize,
    pub(crate) list_size: usize,
    pub(crate) module_size: usize,
    pub(crate) end: usize,
}

impl Kernel {
    /// A kernel that holds certificates already.
    pub(crate) fn filled(certificates: &[u8]) -> Self {
        let used = u32::try_from(certificates.len()).unwrap();
        Self { content: certificates.to_vec(), used, ..Self::default() }
    }

    pub(crate) fn offsets(&self) -> Offsets {
        let list = BEFORE;
        let area = list + self.compiled_in.len();
        let used = (area + self.capacity).next_multiple_of(4);
        let list_size = (used + 4).next_multiple_of(8);
        Offsets { list, area, used, list_size, module_size: list_size + 8, end: list_size + 16 + BEFORE }
    }

    fn init_data(&self) -> Vec<u8> {
        let at = self.offsets();
        let mut bytes = vec![0xaa; at.end];
        let mut put =
            |offset: usize, value: &[u8]| bytes[offset..offset + value.len()].copy_from_slice(value);
        put(at.list, &self.compiled_in);
        put(at.area, &vec![0; at.module_size - at.area]);
        put(at.area, &self.content);
        put(at.used, &self.used.to_le_bytes());
        let right = self.compiled_in.len() as u64 + u64::from(self.used);
        put(at.list_size, &self.list_size.unwrap_or(right).to_le_bytes());
        put(at.module_size, &0_u64.to_le_bytes());
        bytes
    }

    /// Name, address, size, section index.
    fn symbols(&self) -> Vec<(&'static str, u64, u64, u16)> {
        let at = self.offsets();
        let address = |offset: usize| INIT_DATA + offset as u64;
        let size = if self.sized { self.capacity as u64 } else { 0 };
        let mut all = vec![
            (LIST, address(at.list), 0, 1),
            (LIST_START, address(at.list), 0, 1),
            (LIST_END, address(at.area), 0, 1),
            (AREA, address(at.area), size, 1),
            (USED, address(at.used), 0, 1),
            (LIST_SIZE, address(at.list_size), 0, 1),
            ("module_cert_size", address(at.module_size), 0, 1),
        ];
        all.retain(|(name, ..)| !self.without.contains(name));
        all.extend(self.extra.map(|(name, address, section)| (name, address, 0, section)));
        for symbol in &mut all {
            if let Some((_, section)) = self.moved.filter(|(name, _)| *name == symbol.0) {
                symbol.3 = section;
            }
        }
        all
    }

    /// The linked kernel: ELF header, two segments, `.init.data`, `.bss` and a symbol table.
    pub(crate) fn vmlinux(&self) -> Vec<u8> {
        let data = self.init_data();
        let symbols = self.symbols();
        let mut names = vec![0];
        let mut table = vec![0; 24];
        for (name, address, size, section) in &symbols {
            table.extend(u32::try_from(names.len()).unwrap().to_le_bytes());
            table.extend([0x10, 0]);
            table.extend(section.to_le_bytes());
            table.extend(address.to_le_bytes());
            table.extend(size.to_le_bytes());
            names.extend(name.as_bytes());
            names.push(0);
        }
        let section_names = SECTIONS.join("\0").into_bytes();
        let name_at = |name: &str| u32::try_from(SECTIONS.join("\0").find(name).unwrap()).unwrap();

        let mut file = self.headers(data.len() as u64);
        file.resize(FILE_OFFSET, 0xee);
        let mut headers = vec![0; 64];
        let mut append =
            |file: &mut Vec<u8>, name: &str, kind: u32, address: u64, bytes: &[u8], link: u32| {
                file.resize(file.len().next_multiple_of(8), 0);
                headers.extend(name_at(name).to_le_bytes());
                headers.extend(kind.to_le_bytes());
                headers.extend(2_u64.to_le_bytes());
                headers.extend(address.to_le_bytes());
                headers.extend((file.len() as u64).to_le_bytes());
                headers.extend((bytes.len() as u64).to_le_bytes());
                headers.extend(link.to_le_bytes());
                headers.extend(1_u32.to_le_bytes());
                headers.extend(8_u64.to_le_bytes());
                headers.extend(if kind == 2 { 24_u64 } else { 0 }.to_le_bytes());
                if kind != 8 {
                    file.extend(bytes);
                }
            };
        append(&mut file, ".init.data", 1, INIT_DATA, &data, 0);
        append(&mut file, ".bss", 8, INIT_DATA, &data, 0);
        append(&mut file, ".symtab", 2, 0, &table, 4);
        append(&mut file, ".strtab", 3, 0, &names, 0);
        append(&mut file, ".shstrtab", 3, 0, &[section_names, vec![0]].concat(), 0);
        file.resize(file.len().next_multiple_of(8), 0);
        let at = file.len() as u64;
        file[40..48].copy_from_slice(&at.to_le_bytes());
        file.extend(headers);
        file
    }

    /// ELF header and program headers: the section of the area, and per-CPU data at virtual address 0.
    fn headers(&self, length: u64) -> Vec<u8> {
        let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        for value in [2_u16, 62] {
            file.extend(value.to_le_bytes());
        }
        file.extend(1_u32.to_le_bytes());
        for value in [0x100_0000_u64, 64, 0] {
            file.extend(value.to_le_bytes());
        }
        file.extend(0_u32.to_le_bytes());
        for value in [64_u16, 56, 2, 64, 6, 5] {
            file.extend(value.to_le_bytes());
        }
        let offset = FILE_OFFSET as u64;
        for (virtual_address, physical, size) in
            [(INIT_DATA, INIT_DATA - START_KERNEL_MAP, length), (0, 0x300_0000, 16)]
        {
            file.extend(1_u32.to_le_bytes());
            file.extend(7_u32.to_le_bytes());
            for value in [offset, virtual_address, physical, size, size, 0x20_0000] {
                file.extend(value.to_le_bytes());
            }
        }
        file
    }

    /// `System.map` of this kernel, in the order of addresses.
    pub(crate) fn system_map(&self) -> String {
        let mut symbols = self.symbols();
        symbols.push(("fixed_percpu_data", 0, 0, 1));
        symbols.sort_by_key(|(_, address, ..)| *address);
        let mut text = String::new();
        for (name, address, ..) in symbols {
            writeln!(text, "{address:016x} D {name}").unwrap();
        }
        text
    }

    /// The kernel in a bzImage, compressed by zstd, with relocations behind it.
    pub(crate) fn bzimage(&self) -> Vec<u8> {
        bzimage(&zstd_payload(&with_relocations(&self.vmlinux())))
    }
}

/// What the kernel's build compresses.
pub(crate) fn with_relocations(vmlinux: &[u8]) -> Vec<u8> {
    [vmlinux, &[0, 0, 0, 0, 0x10, 0x20, 0x30, 0x82]].concat()
}

/// A payload as `zstd` and the kernel's `size_append` write it.
pub(crate) fn zstd_payload(kernel: &[u8]) -> Vec<u8> {
    let size = u32::try_from(kernel.len()).unwrap();
    [zstd::encode_all(kernel, 3).unwrap(), size.to_le_bytes().to_vec()].concat()
}

/// A payload as `gzip -n -9` writes it.
pub(crate) fn gzip_payload(kernel: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(kernel).unwrap();
    encoder.finish().unwrap()
}

/// A boot sector, two sectors of setup code, and protected-mode code around the payload, with its sizes and its checksum.
pub(crate) fn bzimage(payload: &[u8]) -> Vec<u8> {
    let mut file = vec![0x90; 512 * 3 + 0x2c4];
    let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
    file[0x1f1] = 2;
    file[0x1fe..0x200].copy_from_slice(&[0x55, 0xaa]);
    file[0x202..0x206].copy_from_slice(b"HdrS");
    file[0x206..0x208].copy_from_slice(&0x20f_u16.to_le_bytes());
    file[0x248..0x24c].copy_from_slice(&0x2c4_u32.to_le_bytes());
    file[0x24c..0x250].copy_from_slice(&length);
    file.extend(payload);
    file.resize(file.len().next_multiple_of(64), 0);
    file.extend([0x91; 100]);
    file.extend(length);
    file.extend(payload.last_chunk::<4>().copied().unwrap_or_default());
    file.extend([0x92; 100]);
    seal(&mut file);
    file
}

/// Appends the checksum that the kernel's build appends.
pub(crate) fn seal(file: &mut Vec<u8>) {
    let mut checksum = flate2::Crc::new();
    checksum.update(file);
    file.extend((!checksum.sum()).to_le_bytes());
}

/// Something that looks like a certificate to the kernel's loader: `length` bytes of content, all `fill`.
pub(crate) fn certificate(length: u16, fill: u8) -> Vec<u8> {
    let mut bytes = vec![0x30, 0x82];
    bytes.extend(length.to_be_bytes());
    bytes.resize(4 + usize::from(length), fill);
    bytes
}
