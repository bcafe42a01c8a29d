// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the probe tries although it must not work.

use std::fs;
use std::io;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::mount::{MountFlags, UnmountFlags};
use rustix::net::{AddressFamily, Protocol, RawProtocol, SocketType, netlink, socket};
use serde::{Deserialize, Serialize};

/// Something tried, and the error number it met; `None` means that it worked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Attempt {
    /// What was tried.
    pub what: String,
    /// The error number.
    pub errno: Option<i32>,
}

/// Tries everything once. A correct sandbox answers each with an error, except for those whose name begins with
/// `allowed:`.
#[must_use]
pub fn attempts() -> Vec<Attempt> {
    let mut list = Vec::new();
    let mut note = |what: &str, result: io::Result<()>| {
        let errno = result.err().map(|error| error.raw_os_error().unwrap_or(-1));
        list.push(Attempt { what: what.to_owned(), errno });
    };
    sockets(&mut note);
    privileges(&mut note);
    files(&mut note);
    list
}

fn sockets(note: &mut impl FnMut(&str, io::Result<()>)) {
    let mut open = |what: &str, family, kind, protocol: Option<Protocol>| {
        note(what, socket(family, kind, protocol).map(drop).map_err(Into::into));
    };
    let raw = |number: u32| RawProtocol::new(number).map(Protocol::from_raw);
    open("socket vsock", AddressFamily::VSOCK, SocketType::STREAM, None);
    open("socket packet", AddressFamily::PACKET, SocketType::RAW, None);
    open("socket alg", AddressFamily::from_raw(38), SocketType::SEQPACKET, None);
    open("socket raw", AddressFamily::INET, SocketType::RAW, raw(1));
    open("socket ping", AddressFamily::INET, SocketType::DGRAM, raw(1));
    open("socket netlink audit", AddressFamily::NETLINK, SocketType::RAW, Some(netlink::AUDIT));
    open("socket netlink kobject", AddressFamily::NETLINK, SocketType::RAW, Some(netlink::KOBJECT_UEVENT));
    open("allowed: socket netlink route", AddressFamily::NETLINK, SocketType::RAW, None);
    open("allowed: socket unix", AddressFamily::UNIX, SocketType::STREAM, None);
    note("bind port 80", TcpListener::bind("127.0.0.1:80").map(drop));
    note("allowed: bind loopback", TcpListener::bind("127.0.0.1:0").map(drop));
    note("allowed: bind any", UdpSocket::bind("0.0.0.0:0").map(drop));
    note("allowed: connect to loopback", loopback());
}

/// A round trip over TCP and one over UDP.
fn loopback() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    drop(std::net::TcpStream::connect(listener.local_addr()?)?);
    let receiver = UdpSocket::bind("[::1]:0")?;
    UdpSocket::bind("[::1]:0")?.send_to(b"x", receiver.local_addr()?)?;
    receiver.recv(&mut [0]).map(drop)
}

fn privileges(note: &mut impl FnMut(&str, io::Result<()>)) {
    #[expect(deprecated, reason = "sound without CLONE_FILES; the probe has no unsafe code")]
    let unshare = |flags| rustix::thread::unshare(flags).map_err(Into::into);
    use rustix::thread::UnshareFlags;
    note("unshare user", unshare(UnshareFlags::NEWUSER));
    note("unshare mounts", unshare(UnshareFlags::NEWNS));
    note("unshare network", unshare(UnshareFlags::NEWNET));
    let tmpfs = rustix::mount::mount("none", "/tmp", "tmpfs", MountFlags::empty(), None);
    note("mount tmpfs", tmpfs.map_err(Into::into));
    note(
        "unmount /proc/cpuinfo",
        rustix::mount::unmount("/proc/cpuinfo", UnmountFlags::DETACH).map_err(Into::into),
    );
    note(
        "remount / writable",
        rustix::mount::mount_remount("/", MountFlags::empty(), "").map_err(Into::into),
    );
    note(
        "fsopen proc",
        rustix::mount::fsopen("proc", rustix::mount::FsOpenFlags::empty()).map(drop).map_err(Into::into),
    );
    note("set hostname", rustix::system::sethostname(b"other").map_err(Into::into));
    note("chroot", rustix::process::chroot("/tmp").map_err(Into::into));
    let set = rustix::thread::set_capabilities(
        None,
        rustix::thread::CapabilitySets {
            effective: rustix::thread::CapabilitySet::SYS_ADMIN,
            permitted: rustix::thread::CapabilitySet::SYS_ADMIN,
            inheritable: rustix::thread::CapabilitySet::empty(),
        },
    );
    note("regain a capability", set.map_err(Into::into));
    note(
        "become another user",
        rustix::thread::set_thread_uid(rustix::fs::Uid::from_raw(1)).map_err(Into::into),
    );
    note("drop groups", rustix::thread::set_thread_groups(&[]).map_err(Into::into));
    let more = rustix::process::Rlimit { current: Some(1 << 20), maximum: Some(1 << 20) };
    note(
        "raise a limit",
        rustix::process::setrlimit(rustix::process::Resource::Nofile, more).map_err(Into::into),
    );
}

fn files(note: &mut impl FnMut(&str, io::Result<()>)) {
    for (what, kind, device) in [
        ("make a disk node", FileType::BlockDevice, (8, 0)),
        ("make a memory node", FileType::CharacterDevice, (1, 1)),
    ] {
        let number = rustix::fs::makedev(device.0, device.1);
        note(what, mknodat(CWD, "/tmp/node", kind, Mode::RUSR, number).map_err(Into::into));
    }
    for path in [
        "/proc/sys/kernel/hostname",
        "/proc/sys/user/max_user_namespaces",
        "/proc/sys/vm/drop_caches",
        "/proc/sysrq-trigger",
        "/proc/self/oom_score_adj",
        "/dev/new",
    ] {
        note(&format!("write {path}"), fs::write(path, "0"));
    }
    for path in
        ["/proc/1/environ", "/proc/1/mem", "/proc/1/maps", "/proc/1/root/etc", "/proc/1/cwd/x", "/proc/kcore"]
    {
        let read = fs::read(path).and_then(|bytes| match bytes.is_empty() {
            true => Err(io::Error::from_raw_os_error(61)),
            false => Ok(()),
        });
        note(&format!("read {path}"), read);
    }
    for path in ["/dev/null", "/dev/tty", "/proc/version", "/proc/self/environ"] {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        note(&format!("change the mode of {path}"), fs::set_permissions(path, mode));
    }
    note("allowed: write /dev/null", fs::write("/dev/null", "x"));
    note("allowed: write /tmp", fs::write("/tmp/file", "x"));
    note("allowed: write /", fs::write("/file", "x"));
    let moved = fs::create_dir_all("/new/a/b").and_then(|()| fs::rename("/new/a/b", "/new/c"));
    note("allowed: rename between folders", moved);
    note("allowed: shared memory", fs::write("/dev/shm/file", "x"));
    let terminal = fs::OpenOptions::new().read(true).write(true).open("/dev/ptmx").map(drop);
    note("allowed: open a terminal pair", terminal);
    note(
        "find /sys",
        match Path::new("/sys").exists() {
            true => Ok(()),
            false => Err(io::Error::from_raw_os_error(2)),
        },
    );
}
