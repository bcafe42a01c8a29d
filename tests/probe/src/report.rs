// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the probe sees: files, mounts, identity, capabilities, network, processes, machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read};

use serde::{Deserialize, Serialize};

/// One line of `/proc/self/mountinfo`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Where it is.
    pub point: String,
    /// Which part of its filesystem is shown.
    pub root: String,
    /// The filesystem's type.
    pub kind: String,
    /// Options of the mount and of the filesystem.
    pub options: BTreeSet<String>,
}

/// All that the probe sees without trying anything forbidden.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Names in `/`.
    pub root: BTreeSet<String>,
    /// Names in `/dev`.
    pub devices: BTreeSet<String>,
    /// All mounts.
    pub mounts: Vec<Mount>,
    /// The current folder.
    pub working_directory: String,
    /// Effective user and group.
    pub identity: (u32, u32),
    /// Supplementary groups.
    pub groups: Vec<u32>,
    /// `/proc/self/uid_map` and `gid_map`: inside, outside, count.
    pub id_maps: (Vec<u32>, Vec<u32>),
    /// `/proc/self/status`: capability sets, `NoNewPrivs`, `Seccomp`, `Seccomp_filters`.
    pub status: BTreeMap<String, String>,
    /// Network interfaces.
    pub interfaces: BTreeSet<String>,
    /// Lines of the IPv4 routing table.
    pub routes: usize,
    /// Process ids in `/proc`.
    pub processes: BTreeSet<u32>,
    /// Process ids that a signal can be sent to or that are known to exist.
    pub reachable: BTreeSet<i32>,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// `uname`: node, release, version, domain.
    pub name: [String; 4],
    /// Seconds since 1970.
    pub clock: i64,
    /// The file mode creation mask.
    pub umask: u32,
    /// Open descriptors and what they are.
    pub descriptors: BTreeMap<u32, String>,
    /// `/proc/self/personality`.
    pub personality: String,
    /// The address of something on the stack of the first thread (`/proc/self/stat`, field 28).
    pub stack: String,
    /// Contents of files of `/proc` that could tell of the host, by name.
    pub machine: BTreeMap<String, String>,
    /// How many bytes standard input holds.
    pub input: usize,
    /// Soft limits: open files, core size, stack.
    pub limits: [Option<u64>; 3],
}

/// Files below `/proc` that a build could record.
const MACHINE: [&str; 15] = [
    "cmdline",
    "config.gz",
    "cpuinfo",
    "crypto",
    "devices",
    "diskstats",
    "interrupts",
    "kallsyms",
    "keys",
    "modules",
    "partitions",
    "sys/kernel/osrelease",
    "sys/kernel/random/boot_id",
    "sys/user/max_user_namespaces",
    "version",
];

/// The largest process id that is tried.
const LAST_ID: i32 = 70_000;

impl Report {
    /// Looks around.
    ///
    /// # Errors
    /// What could not be read and must be readable everywhere.
    pub fn collect() -> io::Result<Self> {
        let name = rustix::system::uname();
        let text = |part: &std::ffi::CStr| part.to_string_lossy().into_owned();
        let umask = rustix::process::umask(rustix::fs::Mode::empty());
        rustix::process::umask(umask);
        let limit = |resource| rustix::process::getrlimit(resource).current;
        use rustix::process::Resource;
        Ok(Self {
            root: names("/")?,
            devices: names("/dev")?,
            mounts: fs::read_to_string("/proc/self/mountinfo")?.lines().filter_map(mount).collect(),
            working_directory: std::env::current_dir()?.display().to_string(),
            identity: (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw()),
            groups: rustix::process::getgroups()?.into_iter().map(rustix::fs::Gid::as_raw).collect(),
            id_maps: (numbers("/proc/self/uid_map")?, numbers("/proc/self/gid_map")?),
            status: status()?,
            interfaces: interfaces(&fs::read_to_string("/proc/net/dev")?),
            routes: fs::read_to_string("/proc/net/route")?.lines().skip(1).count(),
            processes: names("/proc")?.iter().filter_map(|name| name.parse().ok()).collect(),
            reachable: (1..LAST_ID).filter(|&id| exists(id)).collect(),
            environment: std::env::vars_os()
                .map(|(name, value)| {
                    (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
                })
                .collect(),
            name: [
                text(name.nodename()),
                text(name.release()),
                text(name.version()),
                text(name.domainname()),
            ],
            clock: rustix::time::clock_gettime(rustix::time::ClockId::Realtime).tv_sec,
            umask: umask.as_raw_mode(),
            descriptors: descriptors()?,
            personality: fs::read_to_string("/proc/self/personality")?.trim().to_owned(),
            stack: stack(&fs::read_to_string("/proc/self/stat")?),
            machine: machine(),
            input: io::stdin().read_to_end(&mut Vec::new())?,
            limits: [limit(Resource::Nofile), limit(Resource::Core), limit(Resource::Stack)],
        })
    }
}

fn names(folder: &str) -> io::Result<BTreeSet<String>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// Fields as in proc_pid_mountinfo(5): `36 35 98:0 /root /point options - type source options`.
fn mount(line: &str) -> Option<Mount> {
    let (before, after) = line.split_once(" - ")?;
    let mut fields = before.split(' ').skip(3);
    let (root, point, own) = (fields.next()?, fields.next()?, fields.next()?);
    let mut rest = after.split(' ');
    let (kind, filesystem) = (rest.next()?, rest.nth(1)?);
    let options = own.split(',').chain(filesystem.split(',')).map(str::to_owned).collect();
    Some(Mount { point: point.to_owned(), root: root.to_owned(), kind: kind.to_owned(), options })
}

fn numbers(file: &str) -> io::Result<Vec<u32>> {
    Ok(fs::read_to_string(file)?.split_whitespace().filter_map(|word| word.parse().ok()).collect())
}

fn status() -> io::Result<BTreeMap<String, String>> {
    let wanted = |name: &str| name.starts_with("Cap") || name.starts_with("Seccomp") || name == "NoNewPrivs";
    let text = fs::read_to_string("/proc/self/status")?;
    let pairs = text.lines().filter_map(|line| line.split_once(':')).filter(|(name, _)| wanted(name));
    Ok(pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect())
}

fn interfaces(text: &str) -> BTreeSet<String> {
    text.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name.trim().to_owned()).collect()
}

fn exists(id: i32) -> bool {
    let Some(pid) = rustix::process::Pid::from_raw(id) else { return false };
    // Threads answer as well; they are their process's own.
    !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH))
}

fn descriptors() -> io::Result<BTreeMap<u32, String>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir("/proc/self/fd")? {
        let path = entry?.path();
        let number = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        let target = fs::read_link(&path).map(|target| target.display().to_string()).unwrap_or_default();
        // The one that reads this very folder.
        if let Some(number) = number.filter(|_| !target.ends_with("/fd")) {
            found.insert(number, target);
        }
    }
    Ok(found)
}

/// Field 28, `startstack`; the second field may hold spaces and is skipped by its closing parenthesis.
fn stack(stat: &str) -> String {
    stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(25)).unwrap_or_default().to_owned()
}

fn machine() -> BTreeMap<String, String> {
    let read = |name: &str| fs::read(format!("/proc/{name}")).ok();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    MACHINE.iter().filter_map(|name| Some(((*name).to_owned(), text(read(name)?)))).collect()
}
