// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The unified kernel image: its sections are the files beside it, and none of its sections brings more.
//!
//! ```text
//! stub      .text .rodata .data .sbat .sdmagic .reloc
//! builder   .linux .osrel .cmdline .initrd .uname
//! ```
//! Each may be there once, and nothing else. systemd-stub(7), "UKI sections", lists what the stub acts on, and what it
//! does not list the next version may: a microcode archive is an initramfs that comes first. A section is there by
//! its header, whether or not it has content in the file.

use std::collections::BTreeSet;

use super::sections::Program;
use crate::report::Notes;

/// What the recipe systemd-stub gives (`objdump -h linuxx64.efi.stub`).
const OF_THE_STUB: [&str; 6] = [".text", ".rodata", ".data", ".sbat", ".sdmagic", ".reloc"];
/// What the builder adds.
const OF_THE_BUILDER: [&str; 5] = [".linux", ".osrel", ".cmdline", ".initrd", ".uname"];

/// The files that the image has to be made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    pub(super) vmlinuz: &'a [u8],
    pub(super) initramfs: &'a [u8],
    pub(super) cmdline: &'a [u8],
}

pub(super) fn check(path: &str, image: &[u8], parts: &Parts<'_>, notes: &mut Notes) {
    let program = match Program::read(image) {
        Ok(program) => program,
        Err(error) => return notes.find(path, error.to_string()),
    };
    let before = notes.count();
    let mut seen = BTreeSet::new();
    for section in &program.sections {
        let name = section.name.as_str();
        if !OF_THE_STUB.contains(&name) && !OF_THE_BUILDER.contains(&name) {
            notes.find(path, format!("it has a section {name:?}, which no release has"));
        } else if !seen.insert(name) {
            notes.find(path, format!("it has two sections {name}"));
        }
    }
    // The file ends with a line end, the section does not.
    let cmdline = parts.cmdline.strip_suffix(b"\n").unwrap_or(parts.cmdline);
    if cmdline.len() + 1 != parts.cmdline.len() {
        notes.find("cmdline", "it does not end with a line end");
    }
    let release = kernel_release(parts.vmlinuz);
    if release.is_none() {
        notes.find("vmlinuz", "it has no version where the boot protocol says");
    }
    for (name, file, expected) in [
        (".linux", "vmlinuz", parts.vmlinuz),
        (".initrd", "initramfs.cpio", parts.initramfs),
        (".cmdline", "cmdline", cmdline),
        (".uname", "the version in vmlinuz", release.unwrap_or_default()),
    ] {
        match program.only(image, name) {
            Ok(found) if found == expected => {}
            Ok(_) => notes.find(path, format!("its section {name} is not {file}")),
            Err(error) => notes.find(path, error.to_string()),
        }
    }
    if let Err(error) = program.only(image, ".osrel") {
        notes.find(path, error.to_string());
    }
    if notes.count() == before {
        notes.prove(path, "it boots vmlinuz with initramfs.cpio and cmdline, and holds nothing else");
    }
}

/// What `uname -r` will say (Documentation/arch/x86/boot.rst, `kernel_version`: offset 0x20e, relative to 0x200).
fn kernel_release(kernel: &[u8]) -> Option<&[u8]> {
    if kernel.get(0x202..0x206)? != b"HdrS" {
        return None;
    }
    let pointer = u16::from_le_bytes(*kernel.get(0x20e..)?.first_chunk::<2>()?);
    let text = kernel.get(usize::from(pointer) + 0x200..)?;
    let release = text.split(|byte| *byte == b' ' || *byte == 0).next()?;
    (pointer != 0 && !release.is_empty() && release.len() < 64).then_some(release)
}
