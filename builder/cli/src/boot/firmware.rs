// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a machine comes to its kernel.

use std::path::{Path, PathBuf};

use ashlar_sandbox::Bind;

/// Where the image's files are, inside the sandbox.
pub(super) const IMAGE: &str = "/machine/image";
/// Becomes the only disk of a machine with UEFI.
const ESP: &str = "/machine/esp";
/// UEFI specification, section 3.5.1.1: what a removable medium boots.
const REMOVABLE: &str = "EFI/BOOT/BOOTX64.EFI";
const VARIABLES: &str = "/machine/variables.fd";
/// In the test tools, as Debian's package ovmf has them.
const OVMF_CODE: &str = "usr/share/OVMF/OVMF_CODE_4M.fd";
const OVMF_VARIABLES: &str = "usr/share/OVMF/OVMF_VARS_4M.fd";

/// What starts the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Firmware {
    /// QEMU loads kernel, initramfs and command line by itself.
    Direct,
    /// OVMF loads the unified kernel image from a disk.
    Uefi,
}

impl Firmware {
    /// Files of the image that the machine reads.
    pub(super) fn image_files(self, name: &str) -> Vec<String> {
        match self {
            Self::Direct => ["vmlinuz", "initramfs.cpio", "cmdline"].map(str::to_owned).to_vec(),
            Self::Uefi => vec![format!("{name}.efi")],
        }
    }

    /// Files of the test tools that the machine reads, beside QEMU's own.
    pub(super) fn tool_files(self) -> &'static [&'static str] {
        match self {
            Self::Direct => &[],
            Self::Uefi => &[OVMF_CODE, OVMF_VARIABLES],
        }
    }

    /// The file that firmware variables start from; the machine writes to a copy.
    pub(super) fn variables(self, tools: &Path) -> Option<PathBuf> {
        match self {
            Self::Direct => None,
            Self::Uefi => Some(tools.join(OVMF_VARIABLES)),
        }
    }

    /// What the sandbox shows of the host. `variables` is the private copy.
    pub(super) fn binds(self, files: &Path, name: &str, variables: &Path) -> Vec<Bind> {
        let shown = |source: PathBuf, destination: String| Bind {
            source,
            destination: PathBuf::from(destination),
            read_only: true,
        };
        match self {
            Self::Direct => vec![shown(files.to_path_buf(), IMAGE.to_owned())],
            Self::Uefi => vec![
                shown(files.join(format!("{name}.efi")), format!("{ESP}/{REMOVABLE}")),
                Bind { source: variables.to_path_buf(), destination: VARIABLES.into(), read_only: false },
            ],
        }
    }

    /// QEMU's arguments. `command_line` is the kernel's; a unified kernel image brings its own.
    pub(super) fn arguments(self, command_line: &str) -> Vec<String> {
        match self {
            Self::Direct => vec![
                "-kernel".to_owned(),
                format!("{IMAGE}/vmlinuz"),
                "-initrd".to_owned(),
                format!("{IMAGE}/initramfs.cpio"),
                "-append".to_owned(),
                command_line.to_owned(),
            ],
            // QEMU makes the file system on the fly, read-only: a made image would only cost time and space here.
            Self::Uefi => vec![
                "-drive".to_owned(),
                format!("if=pflash,unit=0,format=raw,readonly=on,file=/{OVMF_CODE}"),
                "-drive".to_owned(),
                format!("if=pflash,unit=1,format=raw,file={VARIABLES}"),
                "-blockdev".to_owned(),
                format!("driver=vvfat,node-name=esp,read-only=on,fat-type=16,dir={ESP}"),
                "-device".to_owned(),
                "virtio-blk-pci,drive=esp,bootindex=0".to_owned(),
            ],
        }
    }
}
