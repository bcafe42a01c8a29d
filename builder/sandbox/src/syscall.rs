// SPDX-License-Identifier: Apache-2.0 OR MIT
//! System calls that have no safe wrapper. This is the only file of the crate with `unsafe`.
//!
//! Each function takes and returns checked types, so that no caller can break memory with it. Constants that libc
//! does not have are from the kernel's `include/uapi`.
#![expect(unsafe_code, reason = "raw system calls; each block says why it is sound")]

use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::time::Duration;

use libc::{c_int, c_ulong, sock_filter};
use rustix::process::Pid;
use rustix::thread::UnshareFlags;

fn check(result: i64) -> io::Result<i64> {
    match result {
        -1 => Err(io::Error::last_os_error()),
        value => Ok(value),
    }
}

/// The two sides of [`fork`].
#[derive(Debug)]
pub(crate) enum Fork {
    /// In the parent: the child's id.
    Parent(Pid),
    /// In the child.
    Child,
}

/// Copies the calling process.
///
/// # Errors
/// Fails with `EBUSY` in a process with threads: locks that another thread holds would stay locked in the child.
pub(crate) fn fork() -> io::Result<Fork> {
    if std::fs::read_dir("/proc/self/task")?.count() != 1 {
        return Err(io::Error::from_raw_os_error(libc::EBUSY));
    }
    // SAFETY: the process has one thread (checked above; only this thread could start another), so the child's
    // copy of memory is consistent and it may go on as any program.
    let pid = check(i64::from(unsafe { libc::fork() }))?;
    let raw = i32::try_from(pid).map_err(|_| io::Error::from_raw_os_error(libc::ERANGE))?;
    Ok(Pid::from_raw(raw).map_or(Fork::Child, Fork::Parent))
}

/// Closes every descriptor above standard error. Only for the start of a process, when nothing owns one yet.
pub(crate) fn close_inherited() -> io::Result<()> {
    // SAFETY: the call takes and returns numbers; the caller promises that no value owns one of these descriptors.
    check(unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, 0_u32) }).map(drop)
}

/// Kills every process that this one may signal, except itself. For PID 1 of a pid namespace only.
pub(crate) fn kill_all() -> io::Result<()> {
    if std::process::id() != 1 {
        return Err(io::Error::from_raw_os_error(libc::EPERM));
    }
    // SAFETY: kill takes and returns numbers; outside of this namespace nothing is reached.
    match check(i64::from(unsafe { libc::kill(-1, libc::SIGKILL) })) {
        Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(()),
        other => other.map(drop),
    }
}

/// Moves the calling thread into new namespaces.
pub(crate) fn unshare(namespaces: UnshareFlags) -> io::Result<()> {
    debug_assert!(!namespaces.contains(UnshareFlags::FILES));
    // SAFETY: unsound only with CLONE_FILES, which no caller of this crate passes.
    unsafe { rustix::thread::unshare_unsafe(namespaces) }.map_err(Into::into)
}

/// Sets and clears `MOUNT_ATTR_*` of a mount (mount_setattr(2)).
pub(crate) fn change_mount(mount: impl AsFd, set: u64, clear: u64, recursive: bool) -> io::Result<()> {
    let attributes = libc::mount_attr { attr_set: set, attr_clr: clear, propagation: 0, userns_fd: 0 };
    let flags = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path is a NUL-terminated literal, the attributes live across the call and their size is given.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_fd().as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    check(result).map(drop)
}

/// Switches address space randomisation off for this process and its descendants.
pub(crate) fn switch_randomisation_off() -> io::Result<()> {
    // SAFETY: personality takes and returns numbers.
    check(i64::from(unsafe { libc::personality(libc::ADDR_NO_RANDOMIZE as c_ulong) })).map(drop)
}

/// Sets the loopback interface of this network namespace up.
pub(crate) fn set_loopback_up() -> io::Result<()> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
    let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    // SAFETY: ifreq is plain data for which all zeroes is a value.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = from.cast_signed();
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: SIOCSIFFLAGS reads an ifreq, which lives across the call.
    check(i64::from(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) }))
        .map(drop)
}

/// Lets this process be in the background of a terminal and still change its foreground group.
pub(crate) fn ignore_background_stop() {
    // SAFETY: SIG_IGN is a valid disposition and needs no handler.
    unsafe { libc::signal(libc::SIGTTOU, libc::SIG_IGN) };
}

/// CPU time and largest resident set (bytes) of all waited-for children.
pub(crate) fn usage_of_children() -> io::Result<(Duration, Duration, u64)> {
    // SAFETY: rusage is plain data for which all zeroes is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: getrusage writes one rusage, which lives across the call.
    check(i64::from(unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage) }))?;
    let time = |value: libc::timeval| {
        Duration::from_secs(value.tv_sec.unsigned_abs()) + Duration::from_micros(value.tv_usec.unsigned_abs())
    };
    Ok((time(usage.ru_utime), time(usage.ru_stime), usage.ru_maxrss.unsigned_abs() * 1024))
}

/// Installs a system call filter for this process and all that it will start, and returns the descriptor on which
/// calls with the verdict `SECCOMP_RET_USER_NOTIF` wait for an answer. `no_new_privs` must be set.
pub(crate) fn install_filter(program: &[sock_filter]) -> io::Result<OwnedFd> {
    let length = u16::try_from(program.len()).map_err(|_| io::Error::from_raw_os_error(libc::E2BIG))?;
    let program = libc::sock_fprog { len: length, filter: program.as_ptr().cast_mut() };
    // Without WAIT_KILLABLE_RECV (Linux 5.19) a signal restarts a waiting call, which is then asked about twice.
    let best = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    let mut result = Err(io::Error::from_raw_os_error(libc::EINVAL));
    for flags in [best, libc::SECCOMP_FILTER_FLAG_NEW_LISTENER] {
        // SAFETY: the program and the instructions it points to live across the call; the kernel copies and checks.
        result = check(unsafe {
            libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program)
        });
        if !matches!(&result, Err(error) if error.raw_os_error() == Some(libc::EINVAL)) {
            break;
        }
    }
    let raw = c_int::try_from(result?).map_err(|_| io::Error::from_raw_os_error(libc::ERANGE))?;
    // SAFETY: the kernel has just made this descriptor for us, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

/// A system call that waits for an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    id: u64,
    /// The calling thread.
    pub(crate) pid: u32,
    /// The number of the system call.
    pub(crate) number: i32,
    /// Its arguments.
    pub(crate) arguments: [u64; 6],
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The kernel carries it out.
    Proceed,
    /// It fails with this error number.
    Fail(i32),
    /// It succeeds with 0 without being carried out.
    Succeed,
}

const NOTIFY_RECEIVE: c_ulong = 0xc050_2100;
const NOTIFY_SEND: c_ulong = 0xc018_2101;
const NOTIFY_ID_VALID: c_ulong = 0x4008_2102;
const NOTIFY_FLAG_CONTINUE: u32 = 1;

/// Takes the next question; blocks until there is one. `ENOENT` means that the caller has died meanwhile.
pub(crate) fn receive_question(listener: impl AsFd) -> io::Result<Question> {
    // SAFETY: seccomp_notif is plain data; the kernel demands that it is all zeroes.
    let mut raw: libc::seccomp_notif = unsafe { std::mem::zeroed() };
    // SAFETY: the ioctl writes one seccomp_notif (its size is part of the ioctl's number), which lives across the call.
    check(i64::from(unsafe { libc::ioctl(listener.as_fd().as_raw_fd(), NOTIFY_RECEIVE, &raw mut raw) }))?;
    Ok(Question { id: raw.id, pid: raw.pid, number: raw.data.nr, arguments: raw.data.args })
}

/// Whether the caller still waits, so that its process id still means what it meant.
pub(crate) fn still_waits(listener: impl AsFd, question: &Question) -> bool {
    // SAFETY: the ioctl reads one u64, which lives across the call.
    let result =
        unsafe { libc::ioctl(listener.as_fd().as_raw_fd(), NOTIFY_ID_VALID, &raw const question.id) };
    result == 0
}

/// Answers a question. A caller that has died meanwhile is no error.
pub(crate) fn answer(listener: impl AsFd, question: &Question, answer: Answer) -> io::Result<()> {
    let (error, flags) = match answer {
        Answer::Proceed => (0, NOTIFY_FLAG_CONTINUE),
        Answer::Fail(errno) => (-errno, 0),
        Answer::Succeed => (0, 0),
    };
    let response = libc::seccomp_notif_resp { id: question.id, val: 0, error, flags };
    // SAFETY: the ioctl reads one seccomp_notif_resp, which lives across the call.
    let result = unsafe { libc::ioctl(listener.as_fd().as_raw_fd(), NOTIFY_SEND, &raw const response) };
    match check(i64::from(result)) {
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(()),
        other => other.map(drop),
    }
}

/// Reads from another process's memory; returns how much could be read.
pub(crate) fn read_memory(pid: u32, address: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let local = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    let remote = remote_part(address, buffer.len())?;
    // SAFETY: the local part is an exclusive borrow; the remote address is never dereferenced in this process.
    let result =
        unsafe { libc::process_vm_readv(pid.cast_signed(), &raw const local, 1, &raw const remote, 1, 0) };
    check(result as i64).map(i64::unsigned_abs).map(|count| count as usize)
}

/// Writes to another process's memory; returns how much could be written.
pub(crate) fn write_memory(pid: u32, address: u64, bytes: &[u8]) -> io::Result<usize> {
    let local = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let remote = remote_part(address, bytes.len())?;
    // SAFETY: the local part is only read; the remote address is never dereferenced in this process.
    let result =
        unsafe { libc::process_vm_writev(pid.cast_signed(), &raw const local, 1, &raw const remote, 1, 0) };
    check(result as i64).map(i64::unsigned_abs).map(|count| count as usize)
}

fn remote_part(address: u64, length: usize) -> io::Result<libc::iovec> {
    let address = usize::try_from(address).map_err(|_| io::Error::from_raw_os_error(libc::EFAULT))?;
    Ok(libc::iovec { iov_base: std::ptr::without_provenance_mut(address), iov_len: length })
}
