// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Other people's programs for tests: a kernel-like file made by the GNU assembler and linker from the text of the
//! kernel's certs/system_certificates.S, stripped by objcopy as the kernel's build does, compressed by zstd and gzip.

use std::path::Path;

/// certs/system_certificates.S with an area of 4096 bytes and no certificate compiled in.
const ASSEMBLY: &str = "
    .section .text, \"ax\"
    .globl _start
_start: nop
    .section .init.data, \"aw\"
    .fill 40, 1, 0xcc
    .align 8
    .globl system_certificate_list
system_certificate_list:
__cert_list_start:
__module_cert_start:
__module_cert_end:
__cert_list_end:
    .globl system_extra_cert
    .size system_extra_cert, 4096
system_extra_cert:
    .fill 4096, 1, 0
    .align 4
    .globl system_extra_cert_used
system_extra_cert_used:
    .int 0
    .align 8
    .globl system_certificate_list_size
system_certificate_list_size:
    .quad __cert_list_end - __cert_list_start
    .align 8
    .globl module_cert_size
module_cert_size:
    .quad __module_cert_end - __module_cert_start
    .fill 40, 1, 0xdd
";

/// The kernel's way of linking: virtual addresses from 0xffffffff81000000 on, physical ones from 0x1000000 on.
const LINKER_SCRIPT: &str = "
OUTPUT_FORMAT(elf64-x86-64)
ENTRY(_start)
PHDRS { text PT_LOAD; data PT_LOAD; }
SECTIONS {
    . = 0xffffffff81000000;
    .text : AT(ADDR(.text) - 0xffffffff80000000) { *(.text) } :text
    . = ALIGN(0x200000);
    .init.data : AT(ADDR(.init.data) - 0xffffffff80000000) { *(.init.data) } :data
}
";

/// Runs `program` in `folder`, which has to succeed, and gives its standard output.
fn run(folder: &Path, program: &str, arguments: &[&str]) -> Vec<u8> {
    ashlar_foreign::succeeds(folder, program, arguments).output
}

/// A kernel-like file by binutils.
pub(crate) struct GnuKernel {
    folder: tempfile::TempDir,
    pub(crate) vmlinux: Vec<u8>,
    /// By `nm -n`, local absolute symbols left out, as scripts/mksysmap does.
    pub(crate) system_map: String,
}

impl GnuKernel {
    /// Assembles and links, where binutils is on this machine.
    pub(crate) fn make() -> Option<Self> {
        let needed = ["as", "ld", "nm", "objcopy"];
        if !needed.iter().all(|program| ashlar_foreign::available(program, &["--version"])) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        std::fs::write(at.join("c.S"), ASSEMBLY).unwrap();
        std::fs::write(at.join("c.lds"), LINKER_SCRIPT).unwrap();
        run(at, "as", &["--64", "-o", "c.o", "c.S"]);
        run(
            at,
            "ld",
            &["-m", "elf_x86_64", "-z", "max-page-size=0x200000", "-T", "c.lds", "-o", "vmlinux", "c.o"],
        );
        let map = String::from_utf8(run(at, "nm", &["-n", "vmlinux"])).unwrap();
        let lines: Vec<&str> = map.lines().filter(|line| !line.contains(" a ")).collect();
        let vmlinux = std::fs::read(at.join("vmlinux")).unwrap();
        Some(Self { vmlinux, system_map: lines.join("\n"), folder })
    }

    /// The bytes of `.init.data` of another version of this file, by objcopy.
    pub(crate) fn section_after(&self, vmlinux: &[u8]) -> Vec<u8> {
        let at = self.folder.path();
        std::fs::write(at.join("filled"), vmlinux).unwrap();
        run(at, "objcopy", &["-O", "binary", "-j", ".init.data", "filled", "section"]);
        std::fs::read(at.join("section")).unwrap()
    }

    /// Where a symbol lies in `.init.data`, by nm.
    pub(crate) fn offset_in_section(&self, name: &str) -> usize {
        let line = self.system_map.lines().find(|line| line.ends_with(&format!(" {name}"))).unwrap();
        usize::from_str_radix(&line[..16], 16).unwrap() - 0xffff_ffff_8120_0000
    }

    /// The payload that the kernel's build would make of another version of this file.
    pub(crate) fn payload(&self, vmlinux: &[u8], compressor: &str) -> Vec<u8> {
        let at = self.folder.path();
        std::fs::write(at.join("filled"), vmlinux).unwrap();
        run(at, "objcopy", &["-R", ".comment", "-S", "filled", "vmlinux.bin"]);
        let mut kernel = std::fs::read(at.join("vmlinux.bin")).unwrap();
        kernel.extend([0, 0, 0, 0, 1, 2, 3, 4]);
        std::fs::write(at.join("vmlinux.bin.all"), &kernel).unwrap();
        match compressor {
            "zstd" => {
                let size = u32::try_from(kernel.len()).unwrap().to_le_bytes();
                let frame = run(at, "sh", &["-c", "cat vmlinux.bin.all | zstd -22 --ultra"]);
                [frame, size.to_vec()].concat()
            }
            _ => run(at, "sh", &["-c", "cat vmlinux.bin.all | gzip -n -f -9"]),
        }
    }
}
