// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What every sandbox says of the machine, whatever the machine is.
//!
//! The texts below replace files of `/proc`, and `uname` answers the same release; a build that records them records
//! a constant. Changing any of them changes what builds see: raise [`POLICY_VERSION`].

use serde::{Deserialize, Serialize};

/// The version of all that this crate fixes and a [`SandboxSpec`](crate::SandboxSpec) does not say. It is part of
/// every derivation's identity.
pub const POLICY_VERSION: u32 = 1;

/// What `uname` and `/proc/version` say of the kernel. Name and machine are always the true ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KernelIdentity {
    /// `uname -r`.
    pub release: String,
    /// `uname -v`.
    pub version: String,
}

impl Default for KernelIdentity {
    fn default() -> Self {
        Self { release: "6.12.0".to_owned(), version: "#1 SMP ashlar".to_owned() }
    }
}

impl KernelIdentity {
    /// The text of `/proc/version`.
    pub(crate) fn banner(&self) -> String {
        format!("Linux version {} (ashlar@ashlar) {}\n", self.release, self.version)
    }
}

/// `/proc/cpuinfo`: one processor of the architecture's baseline.
#[cfg(target_arch = "x86_64")]
pub(crate) const CPUINFO: &str = "processor\t: 0\nvendor_id\t: Ashlar\ncpu family\t: 6\nmodel\t\t: 0\n\
model name\t: x86-64 baseline\nstepping\t: 0\ncpu MHz\t\t: 1000.000\ncache size\t: 1024 KB\nphysical id\t: 0\n\
siblings\t: 1\ncore id\t\t: 0\ncpu cores\t: 1\nfpu\t\t: yes\n\
flags\t\t: fpu tsc msr cx8 cmov mmx fxsr sse sse2 syscall nx lm\nbogomips\t: 2000.00\nclflush size\t: 64\n\
cache_alignment\t: 64\naddress sizes\t: 40 bits physical, 48 bits virtual\n\n";

/// `/proc/cpuinfo`: one processor of the architecture's baseline.
#[cfg(target_arch = "aarch64")]
pub(crate) const CPUINFO: &str = "processor\t: 0\nBogoMIPS\t: 100.00\nFeatures\t: fp asimd\n\
CPU implementer\t: 0x00\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0x000\nCPU revision\t: 0\n\n";

/// Files of `/proc` that are shown empty: they describe the host, and no build has use for them.
/// Those that a kernel does not have are passed over.
pub(crate) const EMPTY_FILES: &[&str] = &[
    "buddyinfo",
    "cmdline",
    "config.gz",
    "consoles",
    "crypto",
    "devices",
    "diskstats",
    "dma",
    "execdomains",
    "fb",
    "interrupts",
    "iomem",
    "ioports",
    "kallsyms",
    "kcore",
    "key-users",
    "keys",
    "kmsg",
    "kpagecgroup",
    "kpagecount",
    "kpageflags",
    "latency_stats",
    "locks",
    "mdstat",
    "misc",
    "modules",
    "mtrr",
    "pagetypeinfo",
    "partitions",
    "sched_debug",
    "schedstat",
    "slabinfo",
    "softirqs",
    "swaps",
    "sysrq-trigger",
    "timer_list",
    "vmallocinfo",
    "vmstat",
    "zoneinfo",
];

/// Folders of `/proc` that are shown empty, for the same reason.
pub(crate) const EMPTY_FOLDERS: &[&str] =
    &["acpi", "asound", "bus", "driver", "dynamic_debug", "fs", "irq", "scsi", "sysvipc", "tty"];

/// The text of `/proc/sys/kernel/random/boot_id`.
pub(crate) const BOOT_ID: &str = "00000000-0000-4000-8000-000000000000\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_hold_nothing_twice() {
        for list in [EMPTY_FILES, EMPTY_FOLDERS] {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "{list:?}");
        }
    }

    /// The texts are part of what builds see: whoever edits one must raise the version and this golden value.
    #[test]
    fn the_texts_belong_to_this_policy_version() {
        let banner = KernelIdentity::default().banner();
        assert_eq!(
            (POLICY_VERSION, banner.as_str()),
            (1, "Linux version 6.12.0 (ashlar@ashlar) #1 SMP ashlar\n")
        );
    }
}
