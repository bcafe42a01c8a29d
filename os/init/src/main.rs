// SPDX-License-Identifier: Apache-2.0 OR MIT
//! PID 1 of the image, in both of its roles: `/init` of the initramfs and `/usr/bin/init` of the verified root.
//!
//! One binary, so that there is one component to own and to audit. It parses no network input, reads neither the
//! kernel command line nor its environment nor arguments, and starts no shell. What it does and which services it
//! runs comes from files of the measured initramfs and of the verified root; what it reports comes from the kernel.
//!
//! It never exits and never panics silently: whatever fails is in the status line (status.rs), and then it keeps
//! the services alive until the machine's end.
#![cfg_attr(not(test), no_main)]
#![cfg_attr(test, expect(dead_code, reason = "the entry point is not compiled into the tests"))]

mod boot;
mod console;
mod declared_mounts;
mod descriptor;
mod device_mapper;
mod disk;
mod disk_name;
mod dm_message;
mod error;
mod extension;
mod extension_list;
mod gpt;
mod handover;
mod handover_file;
mod host_name;
mod hostname_file;
mod initramfs;
mod loop_device;
mod loopback;
mod machine;
mod module_list;
mod modules;
mod mountinfo;
mod mounts;
mod os_release;
mod partition;
mod plain_path;
mod power;
mod read_check;
mod root;
mod services;
mod setting;
mod start;
mod status;
mod supervise;
mod syscall;
mod sysctl;
mod verity;
mod verity_spec;
