// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The few system calls that neither std nor rustix wraps safely. The only unsafe code of the image's PID 1.
#![expect(unsafe_code, reason = "ioctls and signal sets have no safe wrapper; this file is the wrapper")]

use crate::dm_message::{HEADER_SIZE, Message};
use crate::loop_device::LoopConfig;
use rustix::ioctl::{self, Ioctl, IoctlOutput, Opcode, Setter, Updater};
use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// Entry point of the C runtime.
///
/// In place of Rust's own: that one aborts before `main` when standard input is closed and `/dev/null` cannot be
/// opened, and both are so in an initramfs on a machine without a console.
// SAFETY: the symbol is the one that every C runtime calls, with these arguments; nothing else defines it.
#[cfg(not(test))]
#[unsafe(no_mangle)]
extern "C" fn main(_argc: i32, _argv: *const *const u8) -> i32 {
    crate::start::start()
}

/// Commands of linux/dm-ioctl.h.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DmCommand {
    Create,
    Remove,
    Resume,
    TableLoad,
    TableStatus,
}

/// `_IOWR(0xfd, command, struct dm_ioctl)`.
const fn dm_opcode(command: u32) -> Opcode {
    (3 << 30 | (HEADER_SIZE as u32) << 16 | 0xfd << 8 | command) as Opcode
}

/// Sends `message` and overwrites it with the kernel's answer.
pub(crate) fn device_mapper(control: &File, command: DmCommand, message: &mut Message) -> io::Result<()> {
    // SAFETY: the opcodes take a pointer to a struct dm_ioctl whose data_size says how many bytes the kernel may
    // read and write; Message sets it to its own size, and has the structure's alignment.
    unsafe {
        match command {
            DmCommand::Create => ioctl::ioctl(control, Updater::<{ dm_opcode(3) }, Message>::new(message)),
            DmCommand::Remove => ioctl::ioctl(control, Updater::<{ dm_opcode(4) }, Message>::new(message)),
            DmCommand::Resume => ioctl::ioctl(control, Updater::<{ dm_opcode(6) }, Message>::new(message)),
            DmCommand::TableLoad => ioctl::ioctl(control, Updater::<{ dm_opcode(9) }, Message>::new(message)),
            DmCommand::TableStatus => {
                ioctl::ioctl(control, Updater::<{ dm_opcode(12) }, Message>::new(message))
            }
        }
    }
    .map_err(io::Error::from)
}

/// LOOP_CTL_GET_FREE: the answer is the return value, which no pattern of rustix hands out.
struct LoopGetFree;

// SAFETY: the command takes no argument and writes no memory; its return value is a number of type int.
unsafe impl Ioctl for LoopGetFree {
    type Output = u32;
    const IS_MUTATING: bool = false;

    fn opcode(&self) -> Opcode {
        0x4c82
    }

    fn as_ptr(&mut self) -> *mut c_void {
        std::ptr::null_mut()
    }

    unsafe fn output_from_ptr(out: IoctlOutput, _: *mut c_void) -> rustix::io::Result<u32> {
        // A negative value has become an Err before.
        Ok(out.unsigned_abs())
    }
}

/// Number of a free loop device, which exists from now on.
pub(crate) fn loop_get_free(control: &File) -> io::Result<u32> {
    // SAFETY: see the implementation of Ioctl.
    unsafe { ioctl::ioctl(control, LoopGetFree) }.map_err(io::Error::from)
}

/// LOOP_CONFIGURE: attaches a file, with all settings at once.
pub(crate) fn loop_configure(device: &File, config: LoopConfig) -> io::Result<()> {
    // SAFETY: the command reads one struct loop_config, of which LoopConfig has size and alignment; the file
    // descriptor in it is open, because LoopConfig is only made from an open file that outlives this call.
    unsafe { ioctl::ioctl(device, Setter::<0x4c0a, LoopConfig>::new(config)) }.map_err(io::Error::from)
}

/// The signals that PID 1 acts upon.
const SIGNALS: [i32; 6] =
    [libc::SIGCHLD, libc::SIGTERM, libc::SIGINT, libc::SIGPWR, libc::SIGUSR1, libc::SIGUSR2];

fn signal_set() -> libc::sigset_t {
    // SAFETY: sigset_t is a plain array of integers, for which zero is a value; sigemptyset and sigaddset write
    // only into it and fail only for numbers that are no signals.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in SIGNALS {
            libc::sigaddset(&raw mut set, signal);
        }
        set
    }
}

/// Keeps the signals pending for [`signal_descriptor`], so that none is lost between two waits.
pub(crate) fn block_signals() -> io::Result<()> {
    let set = signal_set();
    // SAFETY: `set` is initialised, and the old mask is not asked for.
    let result = unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// `_NSIG` of asm/signal.h.
const LAST_SIGNAL: i32 = 64;

/// A descriptor that can be read while one of the blocked signals is pending: signalfd(2). Reading never waits.
pub(crate) fn signal_descriptor() -> io::Result<File> {
    let set = signal_set();
    // SAFETY: `set` is initialised and only read.
    let descriptor = unsafe { libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just made this descriptor, and nothing else owns it.
    Ok(unsafe { File::from_raw_fd(descriptor) })
}

/// Makes the process that `command` will start a service, before its program runs: it joins the cgroup whose
/// cgroup.procs is `procs`, begins a session, and has no open file, signal mask, disposition or file mode mask of PID 1.
pub(crate) fn make_service(command: &mut Command, procs: File) {
    // The kernel's struct sigaction (asm/signal.h): handler, flags, restorer, mask. All zero is the default.
    let default = [0_u64; 4];
    let become_service = move || {
        // SAFETY: sigset_t is a plain array of integers, for which zero is a value; sigemptyset writes only into it.
        // The other calls read their arguments and no other memory.
        let joined = unsafe {
            // Past the C library, which keeps some signals to itself. For SIGKILL and SIGSTOP it fails, and they need
            // no change. Eight is the size of the kernel's signal sets.
            for signal in 1..=LAST_SIGNAL {
                libc::syscall(
                    libc::SYS_rt_sigaction,
                    signal,
                    default.as_ptr(),
                    std::ptr::null_mut::<u64>(),
                    8_usize,
                );
            }
            let mut none: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut none);
            libc::umask(0o022);
            libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut()) == 0
                && libc::setsid() >= 0
                // 0 is whoever writes.
                && libc::write(procs.as_raw_fd(), c"0".as_ptr().cast(), 1) == 1
                // Not closed at once, because std tells through one of them if the program cannot be run.
                && libc::syscall(libc::SYS_close_range, 3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) == 0
        };
        if joined { Ok(()) } else { Err(io::Error::last_os_error()) }
    };
    // SAFETY: between fork and exec the closure makes system calls only, all of them async-signal-safe, and allocates
    // nothing.
    unsafe { command.pre_exec(become_service) };
}

/// `struct ifreq` of linux/if.h: a name of 16 bytes and, here, flags in the two bytes behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(8))]
pub(crate) struct InterfaceRequest(pub(crate) [u8; 40]);

/// SIOCGIFFLAGS: fills the flags of the interface that `request` names.
pub(crate) fn interface_flags(socket: &OwnedFd, request: &mut InterfaceRequest) -> io::Result<()> {
    // SAFETY: the command reads and writes one struct ifreq, of which InterfaceRequest has size and alignment.
    unsafe { ioctl::ioctl(socket, Updater::<0x8913, InterfaceRequest>::new(request)) }
        .map_err(io::Error::from)
}

/// SIOCSIFFLAGS: gives the interface the flags of `request`.
pub(crate) fn set_interface_flags(socket: &OwnedFd, request: InterfaceRequest) -> io::Result<()> {
    // SAFETY: the command reads one struct ifreq, of which InterfaceRequest has size and alignment.
    unsafe { ioctl::ioctl(socket, Setter::<0x8914, InterfaceRequest>::new(request)) }.map_err(io::Error::from)
}

/// Sends `signal` to every process except PID 1. Without any other process this is not an error.
pub(crate) fn signal_all(signal: i32) -> io::Result<()> {
    // SAFETY: kill() touches no memory.
    if unsafe { libc::kill(-1, signal) } == 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    if error.raw_os_error() == Some(libc::ESRCH) { Ok(()) } else { Err(error) }
}

/// Makes this process deaf to `signal`.
#[cfg(test)]
pub(crate) fn ignore(signal: i32) {
    // SAFETY: no handler is installed.
    unsafe { libc::signal(signal, libc::SIG_IGN) };
}

/// Sends `signal` to this very thread, which must have blocked it.
#[cfg(test)]
pub(crate) fn raise(signal: i32) {
    // SAFETY: the call touches no memory.
    unsafe { libc::raise(signal) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_mapper_commands_have_the_numbers_of_the_header_file() {
        // DM_VERSION is 0xc138fd00 in every strace of dmsetup.
        assert_eq!(dm_opcode(0), 0xc138_fd00);
        assert_eq!(dm_opcode(12), 0xc138_fd0c);
    }
}
