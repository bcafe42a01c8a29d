// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `unified-kernel-image@1`: stub, kernel, command line and initramfs to one EFI program, and the parts for a direct boot.
//!
//! Inputs `stub`, `kernel`, `initramfs`, `root` (for os-release); arguments `stub` and `kernel` (paths in their outputs), `cmdline`,
//! `name`. Outputs: `<name>.efi`, `vmlinuz`, `cmdline`.

use ashlar_images::{Uki, assemble_uki};
use ashlar_tree::{Node, Tree};

use super::Inputs;
use crate::EngineError;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let read = |input: &str, path: &str| -> Result<Vec<u8>, EngineError> {
        let tree = inputs.tree(input)?;
        let (_, blob, _) = inputs.content(&tree, path)?;
        inputs.blob(blob)
    };
    let stub = read("stub", inputs.string("stub")?)?;
    let kernel_tree = inputs.tree("kernel")?;
    let (_, kernel_blob, kernel_size) = inputs.content(&kernel_tree, inputs.string("kernel")?)?;
    let linux = inputs.blob(kernel_blob)?;
    let initrd = read("initramfs", "initramfs.cpio")?;
    let os_release = String::from_utf8(read("root", "usr/lib/os-release")?)
        .map_err(|_| inputs.wrong("usr/lib/os-release is not text"))?;
    let cmdline = inputs.string("cmdline")?;
    let uname = kernel_release(&linux)
        .ok_or_else(|| inputs.wrong("the kernel is no bzImage with a version in its header"))?;
    let uki =
        Uki { stub: &stub, linux: &linux, os_release: &os_release, cmdline, initrd: &initrd, uname: &uname };
    let image = assemble_uki(&uki).map_err(|cause| inputs.not_assembled(cause))?;
    let mut tree = inputs.one_file("cmdline", format!("{cmdline}\n").as_bytes())?;
    let node = inputs.file(&image, false)?;
    inputs.put(&mut tree, &format!("{}.efi", inputs.string("name")?), node)?;
    inputs.put(&mut tree, "vmlinuz", Node::file(kernel_blob, kernel_size, false))?;
    Ok(tree)
}

/// What `uname -r` will say: the first word of the version string that the setup header points to
/// (Documentation/arch/x86/boot.rst, `kernel_version`, offset 0x20e, relative to 0x200).
fn kernel_release(kernel: &[u8]) -> Option<String> {
    if kernel.get(0x202..0x206)? != b"HdrS" {
        return None;
    }
    let pointer = u16::from_le_bytes(kernel.get(0x20e..0x210)?.try_into().ok()?);
    let text = kernel.get(usize::from(pointer) + 0x200..)?;
    let word = text.split(|byte| *byte == b' ' || *byte == 0).next()?;
    let release = std::str::from_utf8(word).ok()?;
    (!release.is_empty() && release.len() < 64 && pointer != 0).then(|| release.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_is_read_where_the_boot_protocol_says() {
        let mut kernel = vec![0; 0x400];
        kernel[0x202..0x206].copy_from_slice(b"HdrS");
        kernel[0x20e..0x210].copy_from_slice(&0x100_u16.to_le_bytes());
        kernel[0x300..0x314].copy_from_slice(b"6.12.107-x (a@b) #1\0");
        assert_eq!(kernel_release(&kernel).unwrap(), "6.12.107-x");
        kernel[0x202] = 0;
        assert_eq!(kernel_release(&kernel), None);
        assert_eq!(kernel_release(b"short"), None);
    }
}
