// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The few system calls that neither std nor rustix wraps safely, and the one thread that holds a key.
#![expect(
    unsafe_code,
    reason = "raw system calls and a thread on a stack of its own; this file is the wrapper"
)]

use std::ffi::{c_int, c_long, c_uint, c_void};
use std::io;
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use rustix::io::Errno;
use rustix::thread::{UnshareFlags, futex};

fn errno() -> Errno {
    Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::INVAL)
}

/// Closes every descriptor from `first` on.
///
/// No value of this process may own one of them: it is called before the first file is opened.
pub(crate) fn close_from(first: u32) -> Result<(), Errno> {
    // SAFETY: the call takes three numbers and touches no memory.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first as c_uint, c_uint::MAX, 0 as c_uint) };
    if result == 0 { Ok(()) } else { Err(errno()) }
}

/// A file whose pages only the processes that map it can reach.
pub(crate) fn memfd_secret() -> Result<OwnedFd, Errno> {
    // SAFETY: the call takes one number and touches no memory.
    let result = unsafe { libc::syscall(libc::SYS_memfd_secret, libc::O_CLOEXEC as c_uint) };
    let descriptor = c_int::try_from(result).ok().filter(|descriptor| *descriptor >= 0).ok_or_else(errno)?;
    // SAFETY: the kernel has just opened it for us.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// Leaves the host's users, network, IPC, host name and mounts. The process must have one thread.
pub(crate) fn unshare(flags: UnshareFlags) -> Result<(), Errno> {
    // SAFETY: only UnshareFlags::FILES is dangerous, and with one thread not even that.
    unsafe { rustix::thread::unshare_unsafe(flags) }
}

/// Ends the process at once: no destructor, no handler, no buffer.
pub(crate) fn end_process(code: i32) -> ! {
    // SAFETY: the call does not return.
    unsafe { libc::_exit(code) }
}

/// 1 from before the thread of the ceremony exists until the kernel has ended it and set this to 0.
static ALIVE: AtomicU32 = AtomicU32::new(0);
/// 1 once `pthread_create` has returned on the main thread, which makes no call but `futex` from then on.
static CREATED: AtomicU32 = AtomicU32::new(0);
/// What the thread left as the exit code of the process.
static CODE: AtomicI32 = AtomicI32::new(1);

type Work = Box<dyn FnOnce() -> i32 + Send>;

extern "C" fn begin(work: *mut c_void) -> *mut c_void {
    // SAFETY: the call notes an address of static memory, where the kernel writes 0 when the thread has ended. The C
    // library's own note is replaced: it is only used to join, and this thread is never joined.
    unsafe { libc::syscall(libc::SYS_set_tid_address, ALIVE.as_ptr()) };
    // The filter holds for both threads, and the C library is not done with the other one yet.
    wait_while(&CREATED, 0);
    // SAFETY: `work` comes from Box::into_raw in run_on_stack, and this is the only use of it.
    let work = unsafe { Box::from_raw(work.cast::<Work>()) };
    end_thread(work())
}

/// Ends the thread of the ceremony by the bare system call, so that no code runs on its stack any more.
pub(crate) fn end_thread(code: i32) -> ! {
    CODE.store(code, Ordering::Release);
    loop {
        // SAFETY: ends the calling thread only; no lock of the C library is held, and none is needed afterwards.
        unsafe { libc::syscall(libc::SYS_exit, 0 as c_long) };
    }
}

/// Whether the thread of the ceremony exists.
pub(crate) fn thread_is_alive() -> bool {
    ALIVE.load(Ordering::Acquire) != 0
}

/// Waits until `word` is no longer `value`.
fn wait_while(word: &AtomicU32, value: u32) {
    while word.load(Ordering::Acquire) == value {
        // Not a private futex: the kernel's wake-up at the end of a thread is of the shared kind. On any error: look again.
        match futex::wait(word, futex::Flags::empty(), value, None) {
            Ok(()) | Err(_) => {}
        }
    }
}

/// Runs `work` on a thread with the given stack, waits until the kernel has ended that thread, and gives its code.
///
/// The stack is memory that nothing else uses, and may be overwritten when this returns.
pub(crate) fn run_on_stack((start, length): (*mut c_void, usize), work: Work) -> Result<i32, Errno> {
    let fail = |number: c_int| if number == 0 { Ok(()) } else { Err(Errno::from_raw_os_error(number)) };
    ALIVE.store(1, Ordering::Release);
    let work = Box::into_raw(Box::new(work));
    // SAFETY: the attribute object is initialised before its use, and `thread` is written before it is read, if ever. The
    // caller vouches for the stack. `begin` takes the box over, which lives until it does.
    unsafe {
        let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
        fail(libc::pthread_attr_init(&raw mut attributes))?;
        fail(libc::pthread_attr_setstack(&raw mut attributes, start, length))?;
        let mut thread: libc::pthread_t = std::mem::zeroed();
        fail(libc::pthread_create(&raw mut thread, &raw const attributes, begin, work.cast()))?;
    }
    CREATED.store(1, Ordering::Release);
    // Whoever does not wait yet sees the new value.
    match futex::wake(&CREATED, futex::Flags::empty(), 1) {
        Ok(_) | Err(_) => {}
    }
    wait_while(&ALIVE, 1);
    Ok(CODE.load(Ordering::Acquire))
}

/// Makes one system call with arguments that do no harm; for tests of the filter. `first` is a descriptor, or 0.
#[cfg(feature = "attack")]
pub(crate) fn attempt(number: c_long, first: c_long) -> c_long {
    // SAFETY: with a small number, null pointers and zeroes every call fails or does nothing to this process's memory.
    unsafe { libc::syscall(number, first, 0 as c_long, 0 as c_long, 0 as c_long, 0 as c_long, 0 as c_long) }
}
