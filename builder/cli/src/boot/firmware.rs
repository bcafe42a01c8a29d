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
/// The same, with Secure Boot; it needs a machine with system management mode.
const OVMF_SECURE_CODE: &str = "usr/share/OVMF/OVMF_CODE_4M.secboot.fd";
pub(crate) const OVMF_VARIABLES: &str = "usr/share/OVMF/OVMF_VARS_4M.fd";

/// What starts the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Firmware<'a> {
    /// QEMU loads kernel, initramfs and command line by itself.
    Direct,
    /// OVMF loads the unified kernel image from a disk.
    Uefi,
    /// As [`Firmware::Uefi`], but only if one of the enrolled certificates vouches for it.
    SecureBoot {
        /// Firmware variables with the certificates in them, as `ashlar_secure_boot::enroll` writes them. Firmware
        /// without any would start everything, so there is no default.
        variables: &'a Path,
    },
}

impl Firmware<'_> {
    /// Files of the image that the machine reads.
    pub(super) fn image_files(self, name: &str) -> Vec<String> {
        match self {
            Self::Direct => ["vmlinuz", "initramfs.cpio", "cmdline"].map(str::to_owned).to_vec(),
            Self::Uefi | Self::SecureBoot { .. } => vec![format!("{name}.efi")],
        }
    }

    /// Files of the test tools that the machine reads, beside QEMU's own.
    pub(super) fn tool_files(self) -> &'static [&'static str] {
        match self {
            Self::Direct => &[],
            Self::Uefi => &[OVMF_CODE, OVMF_VARIABLES],
            Self::SecureBoot { .. } => &[OVMF_SECURE_CODE],
        }
    }

    /// The file that firmware variables start from; the machine writes to a copy.
    pub(super) fn variables(self, tools: &Path) -> Option<PathBuf> {
        match self {
            Self::Direct => None,
            Self::Uefi => Some(tools.join(OVMF_VARIABLES)),
            Self::SecureBoot { variables } => Some(variables.to_path_buf()),
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
            Self::Uefi | Self::SecureBoot { .. } => vec![
                shown(files.join(format!("{name}.efi")), format!("{ESP}/{REMOVABLE}")),
                Bind { source: variables.to_path_buf(), destination: VARIABLES.into(), read_only: false },
            ],
        }
    }

    /// QEMU's machine type.
    pub(super) fn machine(self) -> &'static str {
        match self {
            Self::Direct | Self::Uefi => "q35",
            Self::SecureBoot { .. } => "q35,smm=on",
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
            Self::Uefi => from_disk(OVMF_CODE),
            Self::SecureBoot { .. } => {
                // Only the firmware, in system management mode, writes to its variables.
                let mut arguments =
                    vec!["-global".to_owned(), "driver=cfi.pflash01,property=secure,value=on".to_owned()];
                arguments.extend(from_disk(OVMF_SECURE_CODE));
                arguments
            }
        }
    }
}

/// OVMF, its variables, and the disk that it boots.
fn from_disk(code: &str) -> Vec<String> {
    // QEMU makes the file system on the fly, read-only: a made image would only cost time and space here.
    vec![
        "-drive".to_owned(),
        format!("if=pflash,unit=0,format=raw,readonly=on,file=/{code}"),
        "-drive".to_owned(),
        format!("if=pflash,unit=1,format=raw,file={VARIABLES}"),
        "-blockdev".to_owned(),
        format!("driver=vvfat,node-name=esp,read-only=on,fat-type=16,dir={ESP}"),
        "-device".to_owned(),
        "virtio-blk-pci,drive=esp,bootindex=0".to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secure_boot_takes_enrolled_variables_and_firmware_that_guards_them() {
        let tools = Path::new("/tools");
        let firmware = Firmware::SecureBoot { variables: Path::new("/enrolled.fd") };
        assert_eq!(firmware.variables(tools), Some(PathBuf::from("/enrolled.fd")));
        assert_eq!(firmware.tool_files(), [OVMF_SECURE_CODE]);
        assert_eq!(firmware.machine(), "q35,smm=on");
        assert_eq!(
            firmware.arguments("quiet").join(" "),
            "-global driver=cfi.pflash01,property=secure,value=on \
             -drive if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.secboot.fd \
             -drive if=pflash,unit=1,format=raw,file=/machine/variables.fd \
             -blockdev driver=vvfat,node-name=esp,read-only=on,fat-type=16,dir=/machine/esp \
             -device virtio-blk-pci,drive=esp,bootindex=0"
        );
        let (files, copy) = (Path::new("/files"), Path::new("/copy.fd"));
        assert_eq!(firmware.binds(files, "qemu", copy), Firmware::Uefi.binds(files, "qemu", copy));
        assert_eq!(firmware.image_files("qemu"), ["qemu.efi"]);
    }
}
