// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What others can learn of a running agent, and what it can still do itself.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use ashlar_module_signature::{Algorithm, Memory};
use landlock::{ABI, Access as _, AccessFs, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _};

use crate::process::{Process, program};
use crate::variant;

/// Calls that a taken-over agent would want, none of which a ceremony needs.
const FORBIDDEN: &[(&str, i64)] = &[
    #[cfg(target_arch = "x86_64")]
    ("open", libc::SYS_open),
    #[cfg(target_arch = "x86_64")]
    ("fork", libc::SYS_fork),
    #[cfg(target_arch = "x86_64")]
    ("vfork", libc::SYS_vfork),
    #[cfg(target_arch = "x86_64")]
    ("read by the numbers of the x32 ABI", 0x4000_0000),
    ("openat", libc::SYS_openat),
    ("openat2", libc::SYS_openat2),
    ("socket", libc::SYS_socket),
    ("socketpair", libc::SYS_socketpair),
    ("connect", libc::SYS_connect),
    ("sendto", libc::SYS_sendto),
    ("sendmsg", libc::SYS_sendmsg),
    ("clone", libc::SYS_clone),
    ("clone3", libc::SYS_clone3),
    ("execve", libc::SYS_execve),
    ("ptrace", libc::SYS_ptrace),
    ("process_vm_readv", libc::SYS_process_vm_readv),
    ("prctl", libc::SYS_prctl),
    ("prlimit64", libc::SYS_prlimit64),
    ("seccomp", libc::SYS_seccomp),
    ("mmap", libc::SYS_mmap),
    ("mprotect", libc::SYS_mprotect),
    ("munlockall", libc::SYS_munlockall),
    ("memfd_create", libc::SYS_memfd_create),
    ("shmget", libc::SYS_shmget),
    ("pipe2", libc::SYS_pipe2),
    ("dup", libc::SYS_dup),
    ("kill", libc::SYS_kill),
    ("io_uring_setup", libc::SYS_io_uring_setup),
    ("bpf", libc::SYS_bpf),
    ("userfaultfd", libc::SYS_userfaultfd),
    ("unshare", libc::SYS_unshare),
    ("getrandom", libc::SYS_getrandom),
    ("getpid", libc::SYS_getpid),
];

fn status_of(pid: u32, name: &str) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    status.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned()
}

#[test]
fn a_taken_over_agent_dies_of_any_system_call_but_those_of_a_ceremony() {
    let agent = variant::build("attack");
    for (name, number) in FORBIDDEN {
        let mut process = Process::start(Command::new(&agent).arg(number.to_string()));
        assert_eq!(process.receive(), None, "after {name}");
        assert_eq!(process.child.wait().unwrap().signal(), Some(libc::SIGSYS), "{name}");
    }
    // One that is allowed, to see that it was the call that killed it.
    let mut process = Process::start(Command::new(&agent).arg(libc::SYS_clock_gettime.to_string()));
    assert!(process.ready().hardening.contains(&"attack-test-build".to_owned()));
}

#[test]
fn a_taken_over_agent_reads_and_writes_no_descriptor_but_its_socket() {
    let agent = variant::build("attack");
    for (name, number) in [("read", libc::SYS_read), ("write", libc::SYS_write)] {
        let start = |descriptor: &str| {
            Process::start(Command::new(&agent).args([number.to_string().as_str(), descriptor]))
        };
        // The last one is 0 to whoever looks at the lower half only.
        for descriptor in ["1", "2", "3", "4294967296"] {
            let mut process = start(descriptor);
            assert_eq!(process.receive(), None, "after {name} on {descriptor}");
            assert_eq!(process.child.wait().unwrap().signal(), Some(libc::SIGSYS), "{name} on {descriptor}");
        }
        // On the socket, of nothing, it is what a ceremony does.
        start("0").ready();
    }
}

#[test]
fn landlock_denies_files_exactly_where_ready_claims_it() {
    // What everybody may read.
    assert_eq!(fs::metadata("/").unwrap().mode() & 0o5, 0o5);
    fs::read_dir("/").unwrap();
    // A ruleset that binds nobody, to hear from the kernel whether it has Landlock.
    let known = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .and_then(Ruleset::create)
        .is_ok();
    let hardening = Process::start(&mut Command::new(variant::build("attack"))).ready().hardening;
    let said = |word: &str| hardening.iter().any(|have| have == word);
    assert_eq!(said("landlock") || said("landlock-partial"), known, "{hardening:?}");
    assert_eq!(said("no-landlock"), !known, "{hardening:?}");
    assert_eq!((said("files-denied"), said("files-open")), (known, !known), "{hardening:?}");
    if !known {
        eprintln!("skipped: this kernel has no Landlock");
    }
}

#[test]
fn the_only_descriptor_is_the_socket() {
    let script = r#"exec "$0" 3</dev/null 4>/dev/null 9</"#;
    let mut process = Process::start(Command::new("sh").args(["-c", script]).arg(program()));
    process.ready();
    let descriptors = fs::read_dir(format!("/proc/{}/fd", process.child.id())).unwrap();
    let names: Vec<_> = descriptors.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["0"]);
}

#[test]
fn the_process_is_closed_to_its_own_user() {
    // For root nothing is closed; then the agent is another user's, who may not be able to reach this checkout.
    let copy = std::env::temp_dir().join(format!("ashlar-signing-agent-{}", std::process::id()));
    fs::copy(program(), &copy).unwrap();
    let mut command = Command::new(&copy);
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        command.uid(65534).gid(65534);
    }
    let mut process = Process::start(&mut command);
    process.ready();
    fs::remove_file(&copy).unwrap();
    let folder = format!("/proc/{}", process.child.id());
    assert_ne!(fs::metadata(&folder).unwrap().uid(), 0);
    // Of a process that is not dumpable, all but the folder itself is root's.
    for file in ["mem", "maps", "environ", "auxv"] {
        assert_eq!(fs::metadata(format!("{folder}/{file}")).unwrap().uid(), 0, "{file}");
    }
}

#[test]
fn the_kernel_confirms_what_ready_claims() {
    // But Landlock, of which /proc says nothing: see above.
    let mut process = Process::agent();
    let ready = process.ready();
    let pid = process.child.id();
    let claimed = |word: &str| ready.hardening.iter().any(|have| have == word);
    assert_eq!(status_of(pid, "NoNewPrivs:"), "1");
    assert_eq!(status_of(pid, "Seccomp:"), "2");
    assert_eq!(status_of(pid, "Threads:"), "2");
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    assert_eq!(core.split_ascii_whitespace().take(2).collect::<Vec<_>>(), ["0", "0"]);
    for space in ["user", "net", "ipc", "uts", "mnt"] {
        let of = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/{space}")).unwrap();
        assert_eq!(of("self") != of(&pid.to_string()), claimed("namespaces"), "{space}");
    }
    let swaps = fs::read_to_string("/proc/swaps").map_or(0, |text| text.lines().count());
    assert_eq!(claimed("swap-on"), swaps > 1);
    assert!(claimed("swap-on") != claimed("swap-off"));
    // Both threads, so that neither is a way around the filter.
    for task in fs::read_dir(format!("/proc/{pid}/task")).unwrap() {
        let status = fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        assert!(status.contains("Seccomp:\t2\n") && status.contains("NoNewPrivs:\t1\n"), "{status}");
    }
}

fn kernel() -> (u32, u32) {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split('.').map(|number| number.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap())
}

#[test]
fn the_memory_of_the_key_cannot_be_read_even_by_root() {
    let mut process = Process::agent();
    let memory = process.begin(Algorithm::P384, 1, 20_000).memory;
    process.certificate();
    let pid = process.child.id();
    let mem = match File::open(format!("/proc/{pid}/mem")) {
        Ok(mem) => mem,
        // An ordinary user does not even get this far.
        Err(error) => return assert_eq!(error.kind(), io::ErrorKind::PermissionDenied),
    };
    if memory != Memory::MemfdSecret {
        // On x86-64 it is there since Linux 6.5, unless somebody has switched it off.
        assert!(!cfg!(target_arch = "x86_64") || kernel() < (6, 5), "no memfd_secret");
        eprintln!("skipped: this kernel has no memfd_secret");
        return;
    }
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let read = |line: &str| {
        let start = u64::from_str_radix(line.split_once('-').unwrap().0, 16).unwrap();
        mem.read_at(&mut [0; 64], start)
    };
    let (secret, other): (Vec<_>, Vec<_>) = maps.lines().partition(|line| line.contains("secretmem"));
    assert_eq!(secret.len(), 2, "{maps}");
    for line in secret {
        assert!(read(line).is_err(), "{line}");
    }
    // Root does read the rest.
    assert_eq!(read(other.iter().find(|line| line.contains(" r-xp ")).unwrap()).unwrap(), 64);
}

#[test]
fn an_agent_does_not_outlive_its_parent() {
    // The shell is the parent; the test keeps the socket open.
    let script = r#"exec 3<&0; "$0" <&3 3<&- & echo $!; wait"#;
    let mut shell =
        Process::start(Command::new("sh").args(["-c", script]).arg(program()).stdout(Stdio::piped()));
    shell.ready();
    let mut pid = String::new();
    BufReader::new(shell.child.stdout.take().unwrap()).read_line(&mut pid).unwrap();
    shell.child.kill().unwrap();
    shell.child.wait().unwrap();
    // The last holder of the other end is gone, long before an agent tires of waiting.
    shell.socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert_eq!(shell.receive(), None);
    let ended = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        stat.is_empty() || stat.contains(") Z ") || stat.contains(") X ")
    };
    // It closes the socket on its way out, before it is gone.
    while !ended() {
        sleep(Duration::from_millis(10));
    }
}
