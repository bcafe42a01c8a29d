// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The first steps: am I PID 1, what becomes of a panic, which of the two roles is this.

use crate::error::{InitError, Malformed};
use crate::{console, initramfs, power, root, supervise, syscall};
use std::io::Write as _;
use std::thread::sleep;
use std::time::Duration;

/// `f_type` of the two file systems that the kernel unpacks an initramfs into (linux/magic.h).
const RAMFS: u64 = 0x8584_58f6;
const TMPFS: u64 = 0x0102_1994;

/// The whole program. Returns only where it is not PID 1.
pub(crate) fn start() -> i32 {
    if !rustix::process::getpid().is_init() {
        // On a running system it must not mount or end anything.
        writeln!(std::io::stderr(), "init: failed to start: this program is PID 1 of an image, nothing else")
            .ok();
        return 1;
    }
    std::panic::set_hook(Box::new(|panic| {
        // The abort that would follow is a kernel panic, whose message hides this one.
        console::print_failure(&InitError::Panic { source: Malformed::new(panic.to_string()) });
        if let Ok(Some(end)) = power::after_status() {
            power::end(end);
        }
        loop {
            sleep(Duration::from_secs(3600));
        }
    }));
    if let Err(source) = syscall::block_signals() {
        console::print_failure(&InitError::Signals { source });
    }
    match rustix::fs::statfs("/") {
        Ok(found) if is_initramfs(found.f_type.cast_unsigned()) => initramfs::run(),
        Ok(_) => root::run(),
        Err(source) => {
            console::print_failure(&InitError::Learn {
                what: "which file system / is",
                source: source.into(),
            });
            supervise::forever();
        }
    }
}

/// What `/` is decides the role: no argument, variable or file can.
fn is_initramfs(magic: u64) -> bool {
    // f_type is signed on some platforms, so the upper half may be the sign.
    [RAMFS, TMPFS].contains(&(magic & 0xffff_ffff))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_memory_file_systems_are_an_initramfs() {
        const EROFS: u64 = 0xe0f5_e1e2;
        assert!(is_initramfs(RAMFS) && is_initramfs(TMPFS) && is_initramfs(0xffff_ffff_8584_58f6));
        assert!(!is_initramfs(EROFS) && !is_initramfs(0));
    }
}
