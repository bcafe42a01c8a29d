// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The system call filter, as a classic BPF program over `struct seccomp_data` (seccomp(2)).
//!
//! The namespaces are what holds; the filter is the second line, and it is how an attempt to reach the network is
//! noticed. Calls that are not named here always pass: the kernel knows that without running the program
//! (its action cache), so an ordinary call costs nothing more.
//!
//! ```text
//! other architecture          kill         (a 32-bit program could otherwise call under other numbers)
//! x32 numbers                 ENOSYS
//! connect, sendmsg, sendmmsg  ask          sendto: only with an address
//! uname                       ask          answered with the fixed kernel identity
//! socket, socketpair          EAFNOSUPPORT except unix, inet, inet6 and netlink route
//! io_uring, bpf, keyrings …   ENOSYS       as on a kernel without them
//! mounting, namespaces …      EPERM        as for any process without capabilities
//! ioctl TIOCSTI, TIOCLINUX    EPERM        typing into the user's terminal
//! seccomp with a listener     EINVAL       a second listener would answer instead of ours
//! ```

use libc::{c_long, sock_filter};

/// Offsets in `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

const LOAD: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS
const JUMP_EQUAL: u16 = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
#[cfg(target_arch = "x86_64")]
const JUMP_AT_LEAST: u16 = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const JUMP_ANY_BIT: u16 = 0x45; // BPF_JMP | BPF_JSET | BPF_K
const RETURN: u16 = 0x06; // BPF_RET | BPF_K

const ALLOW: u32 = 0x7fff_0000;
const ASK: u32 = 0x7fc0_0000;
const KILL: u32 = 0x8000_0000;

#[cfg(target_arch = "x86_64")]
const NATIVE: u32 = 0xc000_003e; // AUDIT_ARCH_X86_64
#[cfg(target_arch = "aarch64")]
const NATIVE: u32 = 0xc000_00b7; // AUDIT_ARCH_AARCH64

/// Facilities that a build must find missing.
const MISSING: &[c_long] = &[
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_bpf,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_fanotify_init,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_lookup_dcookie,
    libc::SYS_open_by_handle_at,
    libc::SYS_vhangup,
    libc::SYS_acct,
];

/// Privileged calls; without capabilities the kernel refuses them anyway.
const REFUSED: &[c_long] = &[
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_syslog,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
];

/// Calls that always wait for an answer. `sendto` does only with an address.
const ASKED: &[c_long] = &[libc::SYS_connect, libc::SYS_sendmsg, libc::SYS_sendmmsg, libc::SYS_uname];

const TIOCSTI: u32 = 0x5412;
const TIOCLINUX: u32 = 0x541c;
const SECCOMP_FLAG_NEW_LISTENER: u32 = 1 << 3;

fn instruction(code: u16, operand: u32, then: u8, otherwise: u8) -> sock_filter {
    sock_filter { code, jt: then, jf: otherwise, k: operand }
}

fn give(verdict: u32) -> sock_filter {
    instruction(RETURN, verdict, 0, 0)
}

fn errno(number: i32) -> u32 {
    0x0005_0000 | number.unsigned_abs()
}

/// The offset of an argument's lower half, as both supported architectures are little-endian.
fn argument(index: u32) -> u32 {
    ARGUMENTS + 8 * index
}

/// Runs `body` for one system call number. The body must end in a verdict on every path.
fn on(program: &mut Vec<sock_filter>, number: c_long, body: &[sock_filter]) {
    let length = u8::try_from(body.len()).unwrap_or(u8::MAX);
    program.push(instruction(JUMP_EQUAL, number as u32, 0, length));
    program.extend_from_slice(body);
}

/// The whole filter.
pub(crate) fn program() -> Vec<sock_filter> {
    let mut program = vec![
        instruction(LOAD, ARCHITECTURE, 0, 0),
        instruction(JUMP_EQUAL, NATIVE, 1, 0),
        give(KILL),
        instruction(LOAD, NUMBER, 0, 0),
    ];
    #[cfg(target_arch = "x86_64")]
    program.extend([instruction(JUMP_AT_LEAST, 0x4000_0000, 0, 1), give(errno(libc::ENOSYS))]);
    for (calls, verdict) in [(MISSING, errno(libc::ENOSYS)), (REFUSED, errno(libc::EPERM)), (ASKED, ASK)] {
        for &number in calls {
            on(&mut program, number, &[give(verdict)]);
        }
    }
    on_arguments(&mut program);
    program.push(give(ALLOW));
    program
}

fn on_arguments(program: &mut Vec<sock_filter>) {
    let equal = |value: u32, then: u8, otherwise: u8| instruction(JUMP_EQUAL, value, then, otherwise);
    let load = |offset: u32| instruction(LOAD, offset, 0, 0);
    let sendto =
        [load(argument(4)), equal(0, 0, 2), load(argument(4) + 4), equal(0, 1, 0), give(ASK), give(ALLOW)];
    on(program, libc::SYS_sendto, &sendto);
    let socket = [
        load(argument(0)),
        equal(libc::AF_UNIX as u32, 5, 0),
        equal(libc::AF_INET as u32, 4, 0),
        equal(libc::AF_INET6 as u32, 3, 0),
        equal(libc::AF_NETLINK as u32, 0, 3),
        load(argument(2)),
        equal(libc::NETLINK_ROUTE as u32, 0, 1),
        give(ALLOW),
        give(errno(libc::EAFNOSUPPORT)),
    ];
    on(program, libc::SYS_socket, &socket);
    on(program, libc::SYS_socketpair, &socket);
    let ioctl = [
        load(argument(1)),
        equal(TIOCSTI, 1, 0),
        equal(TIOCLINUX, 0, 1),
        give(errno(libc::EPERM)),
        give(ALLOW),
    ];
    on(program, libc::SYS_ioctl, &ioctl);
    let seccomp = [
        load(argument(1)),
        instruction(JUMP_ANY_BIT, SECCOMP_FLAG_NEW_LISTENER, 0, 1),
        give(errno(libc::EINVAL)),
        give(ALLOW),
    ];
    on(program, libc::SYS_seccomp, &seccomp);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the program as the kernel would.
    fn verdict(architecture: u32, number: c_long, arguments: [u64; 6]) -> u32 {
        let mut bytes = Vec::new();
        bytes.extend((number as u32).to_le_bytes());
        bytes.extend(architecture.to_le_bytes());
        bytes.extend(0_u64.to_le_bytes());
        arguments.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
        let program = program();
        let (mut at, mut accumulator) = (0, 0);
        loop {
            let step = program[at];
            let take = |yes: bool| usize::from(if yes { step.jt } else { step.jf });
            at += 1 + match step.code {
                LOAD => {
                    let offset = step.k as usize;
                    accumulator = u32::from_le_bytes(bytes[offset..offset + 4].try_into().unwrap());
                    0
                }
                JUMP_EQUAL => take(accumulator == step.k),
                0x35 => take(accumulator >= step.k),
                JUMP_ANY_BIT => take(accumulator & step.k != 0),
                RETURN => return step.k,
                other => panic!("unknown instruction {other:#x}"),
            };
        }
    }

    fn native(number: c_long, arguments: [u64; 6]) -> u32 {
        verdict(NATIVE, number, arguments)
    }

    #[test]
    fn ordinary_calls_pass() {
        for number in [libc::SYS_read, libc::SYS_openat, libc::SYS_clone3, libc::SYS_execve, libc::SYS_ptrace]
        {
            assert_eq!(native(number, [0; 6]), ALLOW, "{number}");
        }
    }

    #[test]
    fn calling_under_another_architectures_numbers_is_fatal() {
        assert_eq!(verdict(0x4000_0003, libc::SYS_read, [0; 6]), KILL);
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn x32_numbers_do_not_bypass_the_filter() {
        assert_eq!(native(0x4000_0000 + libc::SYS_connect, [0; 6]), errno(libc::ENOSYS));
    }

    #[test]
    fn sendto_is_asked_about_only_with_an_address() {
        assert_eq!(native(libc::SYS_sendto, [3, 0, 0, 0, 0, 0]), ALLOW);
        assert_eq!(native(libc::SYS_sendto, [3, 0, 0, 0, 0x1000, 16]), ASK);
        assert_eq!(native(libc::SYS_sendto, [3, 0, 0, 0, 0x1_0000_0000, 16]), ASK);
        for number in ASKED {
            assert_eq!(native(*number, [0; 6]), ASK);
        }
    }

    #[test]
    fn socket_families_that_reach_the_host_do_not_exist() {
        let refused = errno(libc::EAFNOSUPPORT);
        let family = |family: i32, protocol: u64| {
            let arguments = [u64::from(family.unsigned_abs()), 1, protocol, 0, 0, 0];
            let both = [libc::SYS_socket, libc::SYS_socketpair].map(|number| native(number, arguments));
            assert_eq!(both[0], both[1]);
            both[0]
        };
        for allowed in [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK] {
            assert_eq!(family(allowed, 0), ALLOW);
        }
        for family_refused in
            [libc::AF_VSOCK, libc::AF_PACKET, libc::AF_ALG, libc::AF_BLUETOOTH, libc::AF_XDP]
        {
            assert_eq!(family(family_refused, 0), refused);
        }
        assert_eq!(family(libc::AF_INET, 17), ALLOW);
        assert_eq!(family(libc::AF_NETLINK, 15), refused);
    }

    #[test]
    fn typing_into_the_terminal_is_refused_whatever_the_upper_half_says() {
        assert_eq!(native(libc::SYS_ioctl, [0, 0x5412, 0, 0, 0, 0]), errno(libc::EPERM));
        assert_eq!(native(libc::SYS_ioctl, [0, 0xdead_0000_5412, 0, 0, 0, 0]), errno(libc::EPERM));
        assert_eq!(native(libc::SYS_ioctl, [0, 0x541c, 0, 0, 0, 0]), errno(libc::EPERM));
        assert_eq!(native(libc::SYS_ioctl, [0, 0x5401, 0, 0, 0, 0]), ALLOW);
    }

    #[test]
    fn a_second_listener_is_refused_and_an_ordinary_filter_is_not() {
        assert_eq!(native(libc::SYS_seccomp, [1, 8, 0, 0, 0, 0]), errno(libc::EINVAL));
        assert_eq!(native(libc::SYS_seccomp, [1, 1, 0, 0, 0, 0]), ALLOW);
    }

    #[test]
    fn every_named_call_gets_its_verdict() {
        for number in MISSING {
            assert_eq!(native(*number, [0; 6]), errno(libc::ENOSYS), "{number}");
        }
        for number in REFUSED {
            assert_eq!(native(*number, [0; 6]), errno(libc::EPERM), "{number}");
        }
    }
}
