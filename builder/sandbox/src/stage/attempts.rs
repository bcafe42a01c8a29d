// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Answers the filter's questions: who wants to go where, and what `uname` says.
//!
//! A call that stays inside proceeds. Between our look at an address and the kernel's another thread can change it;
//! nothing is lost by that, because the network namespace holds nothing but loopback: the call fails then as well, only
//! unreported.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};

use libc::c_long;

use crate::address::Destination;
use crate::identity::KernelIdentity;
use crate::outcome::NetworkAttempt;
use crate::syscall::{Answer, Question, answer, read_memory, receive_question, still_waits, write_memory};

/// How many different attempts are kept; more are only counted.
const KEPT: usize = 64;
/// How much of a command line is kept, in bytes.
const LINE: usize = 240;
/// The longest address that is read (`struct sockaddr_storage`).
const ADDRESS: usize = 128;
/// How many messages of one `sendmmsg` are read; the kernel takes no more.
const MESSAGES: u64 = 1024;

/// What was attempted so far.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    seen: Mutex<(BTreeSet<NetworkAttempt>, u64)>,
}

impl Attempts {
    /// Each attempt once, and how many there were.
    pub(super) fn list(&self) -> (Vec<NetworkAttempt>, u64) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        (seen.0.iter().cloned().collect(), seen.1)
    }

    fn record(&self, question: &Question, address: String) {
        let of = |name: &str| format!("/proc/{}/{name}", question.pid);
        let program = fs::read_link(of("exe")).map(|path| path.to_string_lossy().into_owned());
        let attempt = NetworkAttempt {
            program: program.unwrap_or_else(|_| "unknown".to_owned()),
            arguments: command_line(&fs::read(of("cmdline")).unwrap_or_default()),
            address,
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.1 += 1;
        if seen.0.len() < KEPT {
            seen.0.insert(attempt);
        }
    }
}

fn command_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes.strip_suffix(&[0]).unwrap_or(bytes)).replace('\0', " ");
    match text.char_indices().map(|(index, _)| index).find(|&index| index >= LINE) {
        Some(end) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The answers of `uname`, as `struct new_utsname` (six fields of 65 bytes).
#[derive(Debug)]
pub(super) struct Name(Vec<u8>);

impl Name {
    /// Must be made before the filter: PID 1 cannot answer its own question.
    pub(super) fn of(kernel: &KernelIdentity, hostname: &str) -> Self {
        let machine = rustix::system::uname().machine().to_bytes().to_vec();
        let fields: [&[u8]; 6] = [
            b"Linux",
            hostname.as_bytes(),
            kernel.release.as_bytes(),
            kernel.version.as_bytes(),
            &machine,
            b"(none)",
        ];
        let mut bytes = Vec::with_capacity(6 * 65);
        for field in fields {
            let start = bytes.len();
            bytes.extend(field.iter().take(64));
            bytes.resize(start + 65, 0);
        }
        Self(bytes)
    }
}

/// Answers one question.
pub(super) fn answer_next(listener: &OwnedFd, attempts: &Attempts, name: &Name) -> io::Result<()> {
    let question = match receive_question(listener) {
        // The process has died, or a signal came.
        Err(error) if matches!(error.raw_os_error(), Some(libc::ENOENT | libc::EINTR)) => return Ok(()),
        other => other?,
    };
    let verdict = match c_long::from(question.number) {
        libc::SYS_uname => match still_waits(listener, &question)
            .then(|| write_memory(question.pid, question.arguments[0], &name.0))
        {
            Some(Ok(count)) if count == name.0.len() => Answer::Succeed,
            _ => Answer::Fail(libc::EFAULT),
        },
        _ => judge(listener, attempts, &question),
    };
    answer(listener, &question, verdict)
}

fn judge(listener: &OwnedFd, attempts: &Attempts, question: &Question) -> Answer {
    let wanted = match destinations(question) {
        Ok(wanted) => wanted,
        // The kernel will find the same fault.
        Err(error) if matches!(error.raw_os_error(), Some(libc::EFAULT | libc::ESRCH)) => {
            return Answer::Proceed;
        }
        Err(_) if still_waits(listener, question) => {
            attempts.record(question, "an address that could not be read".to_owned());
            return Answer::Fail(libc::ENETUNREACH);
        }
        Err(_) => return Answer::Proceed,
    };
    let mut verdict = Answer::Proceed;
    for destination in wanted.iter().filter(|destination| **destination != Destination::Inside) {
        // What was read belongs to this caller only if it has been there all the time.
        if still_waits(listener, question) {
            attempts.record(question, destination.to_string());
            verdict = Answer::Fail(libc::ENETUNREACH);
        }
    }
    verdict
}

fn destinations(question: &Question) -> io::Result<Vec<Destination>> {
    let [_, second, third, _, fifth, sixth] = question.arguments;
    let pid = question.pid;
    match c_long::from(question.number) {
        libc::SYS_connect => Ok(vec![destination(pid, second, third)?]),
        libc::SYS_sendto => Ok(vec![destination(pid, fifth, sixth)?]),
        libc::SYS_sendmsg => Ok(vec![named_by(pid, second)?]),
        libc::SYS_sendmmsg => {
            let size = size_of::<libc::mmsghdr>() as u64;
            (0..third.min(MESSAGES)).map(|index| named_by(pid, second.wrapping_add(index * size))).collect()
        }
        _ => Ok(Vec::new()),
    }
}

/// Reads `msg_name` and `msg_namelen`, the first two fields of a `struct msghdr`.
fn named_by(pid: u32, header: u64) -> io::Result<Destination> {
    let mut bytes = [0; 12];
    if read_memory(pid, header, &mut bytes)? != bytes.len() {
        return Err(io::Error::from_raw_os_error(libc::EFAULT));
    }
    let [a, b, c, d, e, f, g, h, length @ ..] = bytes;
    destination(pid, u64::from_ne_bytes([a, b, c, d, e, f, g, h]), u64::from(u32::from_ne_bytes(length)))
}

fn destination(pid: u32, address: u64, length: u64) -> io::Result<Destination> {
    if address == 0 {
        return Ok(Destination::Inside);
    }
    let mut bytes = [0; ADDRESS];
    // Socket lengths are 32-bit; the upper half of the register is not looked at by the kernel either.
    let length = ((length & 0xffff_ffff) as usize).min(ADDRESS);
    let count = read_memory(pid, address, &mut bytes[..length])?;
    Ok(Destination::of(&bytes[..count]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_command_lines_are_cut_between_letters() {
        assert_eq!(command_line(b"curl\0-s\0http://x\0"), "curl -s http://x");
        let long = command_line("ü".repeat(400).as_bytes());
        assert_eq!(long.chars().count(), LINE / 2 + 1);
    }

    #[test]
    fn the_name_has_the_kernels_layout() {
        let name = Name::of(&KernelIdentity::default(), "ashlar");
        assert_eq!(name.0.len(), 390);
        assert_eq!(&name.0[65..71], b"ashlar");
        assert_eq!(&name.0[130..137], b"6.12.0\0");
    }
}
