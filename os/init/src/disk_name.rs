// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which block devices are whole disks, by the names that the kernel gives them.

/// `vda`, `sda` and `nvme0n1`; not `nvme0c0n1`, which is a path to one of these.
pub(crate) fn is_whole_disk(name: &str) -> bool {
    let letters = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase());
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let nvme = name.strip_prefix("nvme").and_then(|rest| rest.split_once('n'));
    name.strip_prefix("vd").or_else(|| name.strip_prefix("sd")).is_some_and(letters)
        || nvme.is_some_and(|(controller, space)| digits(controller) && digits(space))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_disks_of_three_kinds_can_carry_an_extension() {
        for name in ["vda", "vdab", "sda", "nvme0n1", "nvme12n34"] {
            assert!(is_whole_disk(name), "{name}");
        }
        for name in [
            "",
            "vd",
            "sd",
            "vda1",
            "sda1",
            "loop0",
            "dm-0",
            "ram0",
            "sr0",
            "zram0",
            "nvme0",
            "nvme0n",
            "nvme0n1p1",
            "nvme0c0n1",
            "nvmen1",
            "sd/",
            "md0",
            "mmcblk0",
        ] {
            assert!(!is_whole_disk(name), "{name}");
        }
    }
}
