// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The machine as a value: what QEMU is told, and what it may see.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ashlar_sandbox::{Limits, SandboxSpec};

use super::disk::{self, Disk};
use super::firmware::Firmware;

/// In the test tools.
pub(super) const QEMU: &str = "usr/bin/qemu-system-x86_64";
/// What os/init/src/power.rs reads: end the machine right after the status line.
const AFTER_STATUS: &str = "name=opt/org.ashlar/after-status,string=poweroff";
/// Translated code that QEMU keeps, in MiB.
const CODE_CACHE: u64 = 256;
/// What QEMU may use beyond the machine's memory, in MiB.
const OVERHEAD: u64 = CODE_CACHE + 768;

/// One machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Machine<'a> {
    /// The sysroot that holds QEMU.
    pub(super) tools: &'a Path,
    /// The folder of the image's files.
    pub(super) files: &'a Path,
    /// The image's name.
    pub(super) name: &'a str,
    /// The kernel's command line, where the firmware does not bring it.
    pub(super) command_line: &'a str,
    /// What starts the kernel.
    pub(super) firmware: Firmware<'a>,
    /// Its private copy of the firmware's variables.
    pub(super) variables: &'a Path,
    /// Memory in MiB.
    pub(super) memory_mib: u64,
    /// Processors.
    pub(super) cpus: u32,
    /// After which it is ended.
    pub(super) timeout: Duration,
    /// Attached read-only, in this order.
    pub(super) extensions: &'a [Disk],
    /// Attached behind them, read-only too.
    pub(super) disks: &'a [Disk],
    /// The sandbox's private folder.
    pub(super) scratch: &'a Path,
}

impl Machine<'_> {
    /// QEMU in a sandbox that shows the tools, what the firmware boots, and nothing else.
    pub(super) fn sandbox(&self) -> SandboxSpec {
        let mut spec = SandboxSpec::new(self.tools.to_path_buf(), self.scratch.to_path_buf(), self.command());
        spec.binds = self.firmware.binds(self.files, self.name, self.variables);
        spec.binds.extend(disk::binds(self.all_disks()));
        spec.environment = BTreeMap::from(
            [
                ("HOME", "/tmp"),
                ("LC_ALL", "C.UTF-8"),
                ("PATH", "/usr/bin"),
                ("TMPDIR", "/tmp"),
                ("TZ", "UTC0"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        spec.working_directory = PathBuf::from("/tmp");
        spec.limits = Limits {
            memory_bytes: Some((self.memory_mib.saturating_add(OVERHEAD)).saturating_mul(1 << 20)),
            processes: Some(256),
            wall_milliseconds: Some(u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX)),
            ..Limits::default()
        };
        spec
    }

    fn command(&self) -> Vec<String> {
        let fixed = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let mut command = vec![format!("/{QEMU}")];
        // No device but those named here, so no network card either; QEMU ends where the machine would reboot.
        command.extend(fixed(&["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]));
        command.extend(fixed(&["-machine", self.firmware.machine(), "-cpu", "max", "-accel"]));
        command.push(format!("tcg,tb-size={CODE_CACHE}"));
        command.extend(["-m".to_owned(), format!("{}M", self.memory_mib)]);
        command.extend(["-smp".to_owned(), self.cpus.to_string()]);
        command.extend(fixed(&["-serial", "stdio", "-fw_cfg", AFTER_STATUS]));
        command.extend(self.firmware.arguments(self.command_line));
        command.extend(disk::arguments(self.all_disks()));
        command
    }

    fn all_disks(&self) -> impl Iterator<Item = &Disk> {
        self.extensions.iter().chain(self.disks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(firmware: Firmware<'static>) -> Machine<'static> {
        Machine {
            tools: Path::new("/store/tools"),
            files: Path::new("/store/files"),
            name: "qemu",
            command_line: "console=ttyS0 panic=-1 a,b=c",
            firmware,
            variables: Path::new("/scratch/boot/variables.fd"),
            memory_mib: 1024,
            cpus: 2,
            timeout: Duration::from_secs(300),
            extensions: &[],
            disks: &[],
            scratch: Path::new("/scratch/boot/sandbox"),
        }
    }

    const COMMON: &str = "/usr/bin/qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot \
        -machine q35 -cpu max -accel tcg,tb-size=256 -m 1024M -smp 2 -serial stdio \
        -fw_cfg name=opt/org.ashlar/after-status,string=poweroff";

    #[test]
    fn a_direct_boot_is_this_command() {
        let spec = machine(Firmware::Direct).sandbox();
        let (command_line, rest) = spec.command.split_last().unwrap();
        let boot = "-kernel /machine/image/vmlinuz -initrd /machine/image/initramfs.cpio -append";
        assert_eq!(rest.join(" "), format!("{COMMON} {boot}"));
        assert_eq!(command_line, "console=ttyS0 panic=-1 a,b=c");
        let shown: Vec<_> =
            spec.binds.iter().map(|bind| (bind.destination.to_str(), bind.read_only)).collect();
        assert_eq!(shown, [(Some("/machine/image"), true)]);
        assert_eq!(spec.check(), Ok(()));
    }

    #[test]
    fn a_uefi_boot_is_this_command_and_writes_only_its_variables() {
        let spec = machine(Firmware::Uefi).sandbox();
        let boot = "-drive if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd \
            -drive if=pflash,unit=1,format=raw,file=/machine/variables.fd \
            -blockdev driver=vvfat,node-name=esp,read-only=on,fat-type=16,dir=/machine/esp \
            -device virtio-blk-pci,drive=esp,bootindex=0";
        assert_eq!(spec.command.join(" "), format!("{COMMON} {boot}"));
        assert_eq!(spec.binds[0].source, Path::new("/store/files/qemu.efi"));
        assert_eq!(spec.binds[0].destination, Path::new("/machine/esp/EFI/BOOT/BOOTX64.EFI"));
        let writable: Vec<_> = spec.binds.iter().filter(|bind| !bind.read_only).collect();
        assert_eq!(writable.len(), 1);
        assert_eq!(writable[0].source, Path::new("/scratch/boot/variables.fd"));
        assert_eq!(spec.check(), Ok(()));
    }

    #[test]
    fn disks_come_read_only_behind_the_firmware_in_their_order() {
        let named =
            |name: &str| Disk { name: name.to_owned(), path: PathBuf::from(format!("/files/{name}.raw")) };
        let (extensions, disks) = ([named("drm"), named("writeboost")], [named("stale")]);
        for firmware in [Firmware::Direct, Firmware::Uefi] {
            let plain = machine(firmware).sandbox();
            let spec = Machine { extensions: &extensions, disks: &disks, ..machine(firmware) }.sandbox();
            let (before, added) = spec.command.split_at(plain.command.len());
            assert_eq!(before, plain.command);
            let disk = |number: u32, name: &str| {
                format!(
                    "-blockdev driver=raw,node-name=disk{number},read-only=on,file.driver=file,\
                     file.filename=/machine/disks/{number} \
                     -device virtio-blk-pci,drive=disk{number},serial={name}"
                )
            };
            let expected = [disk(0, "drm"), disk(1, "writeboost"), disk(2, "stale")].join(" ");
            assert_eq!(added.join(" "), expected);
            let shown: Vec<_> = spec.binds[plain.binds.len()..]
                .iter()
                .map(|bind| {
                    (bind.source.to_str().unwrap(), bind.destination.to_str().unwrap(), bind.read_only)
                })
                .collect();
            assert_eq!(
                shown,
                [
                    ("/files/drm.raw", "/machine/disks/0", true),
                    ("/files/writeboost.raw", "/machine/disks/1", true),
                    ("/files/stale.raw", "/machine/disks/2", true),
                ]
            );
            assert_eq!(spec.check(), Ok(()));
        }
    }

    #[test]
    fn limits_follow_the_machine() {
        let limits = machine(Firmware::Direct).sandbox().limits;
        assert_eq!(limits.memory_bytes, Some(2 << 30));
        assert_eq!(limits.wall_milliseconds, Some(300_000));
        let endless = Machine { timeout: Duration::MAX, memory_mib: u64::MAX, ..machine(Firmware::Direct) };
        assert_eq!(endless.sandbox().limits.wall_milliseconds, Some(u64::MAX));
    }
}
