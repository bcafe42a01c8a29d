// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Disks that a machine sees beside what its firmware boots from. It can read them, and nothing else.

use std::path::{Path, PathBuf};

use ashlar_sandbox::Bind;

/// Where their files are, inside the sandbox: by number, because a name could mean something to QEMU.
const FOLDER: &str = "/machine/disks";

/// One disk, which is a file of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Disk {
    /// Its serial number; the machine sees 20 bytes of it.
    pub(crate) name: String,
    /// The file, as long as the disk.
    pub(crate) path: PathBuf,
}

impl Disk {
    /// A file as a disk, called as the file is without its ending.
    pub(crate) fn of_file(path: &Path) -> Self {
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self { name, path: path.to_owned() }
    }
}

/// What the sandbox shows of the host.
pub(super) fn binds<'a>(disks: impl Iterator<Item = &'a Disk>) -> Vec<Bind> {
    disks
        .enumerate()
        .map(|(number, disk)| Bind {
            source: disk.path.clone(),
            destination: PathBuf::from(format!("{FOLDER}/{number}")),
            read_only: true,
        })
        .collect()
}

/// QEMU's arguments. The machine finds the disks in this order.
pub(super) fn arguments<'a>(disks: impl Iterator<Item = &'a Disk>) -> Vec<String> {
    disks
        .enumerate()
        .flat_map(|(number, disk)| {
            // A comma ends a value for QEMU, two are one.
            let serial = disk.name.replace(',', ",,");
            [
                "-blockdev".to_owned(),
                format!(
                    "driver=raw,node-name=disk{number},read-only=on,file.driver=file,\
                     file.filename={FOLDER}/{number}"
                ),
                "-device".to_owned(),
                format!("virtio-blk-pci,drive=disk{number},serial={serial}"),
            ]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_or_path_cannot_add_an_option_to_qemu() {
        let disks =
            [Disk { name: "a,read-only=off,file=/x".to_owned(), path: PathBuf::from("/store/a,b=c.raw") }];
        let arguments = arguments(disks.iter());
        assert_eq!(arguments[3], "virtio-blk-pci,drive=disk0,serial=a,,read-only=off,,file=/x");
        assert!(!arguments[1].contains("a,b=c"), "{arguments:?}");
        let binds = binds(disks.iter());
        assert_eq!(binds[0].source, disks[0].path);
        assert_eq!(binds[0].destination, PathBuf::from("/machine/disks/0"));
        assert!(binds[0].read_only);
    }
}
