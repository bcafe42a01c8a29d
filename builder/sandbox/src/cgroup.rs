// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Limits for a sandbox as a whole, and a count of its memory, where the host has delegated a part of its cgroup v2 tree
//! to this user.
//!
//! ```text
//! <delegated>/                       subtree_control has memory and pids; writable
//!   <the caller's own cgroup>/
//!   ashlar-<pid>-<n>/                memory.max, memory.swap.max, pids.max; removed at the end
//! ```
//!
//! Where nothing is delegated the limits of single processes stand in (`stage/confine.rs`). See the kernel's
//! `Documentation/admin-guide/cgroup-v2.rst`, "Delegation".

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::spec::Limits;

/// Tells the cgroups of one process apart; no output depends on it.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A cgroup of our own, removed when dropped.
#[derive(Debug)]
pub(crate) struct Cgroup {
    path: PathBuf,
}

impl Cgroup {
    /// Makes one with these limits; without any it only counts. `None` where the host does not let us.
    pub(crate) fn create(limits: &Limits) -> Option<Self> {
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
        let folder = delegated(&mount_point(&mounts)?, own_path(&own)?)?;
        let name = format!("ashlar-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self::create_in(&folder, &name, limits).ok()
    }

    fn create_in(folder: &Path, name: &str, limits: &Limits) -> io::Result<Self> {
        let group = Self { path: folder.join(name) };
        fs::create_dir(&group.path)?;
        if let Some(bytes) = limits.memory_bytes {
            group.set("memory.max", &bytes.to_string())?;
            // Not every kernel accounts swap.
            let _no_swap = group.set("memory.swap.max", "0");
        }
        if let Some(count) = limits.processes {
            // Stage 1 and PID 1 with its two threads count as well.
            group.set("pids.max", &count.saturating_add(3).to_string())?;
        }
        Ok(group)
    }

    fn set(&self, file: &str, value: &str) -> io::Result<()> {
        fs::write(self.path.join(file), value)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a process was killed for memory.
    pub(crate) fn out_of_memory(&self) -> bool {
        fs::read_to_string(self.path.join("memory.events")).is_ok_and(|text| killed_for_memory(&text))
    }

    /// The most memory that it had at one time, in bytes; older kernels do not count it.
    pub(crate) fn peak_bytes(&self) -> Option<u64> {
        fs::read_to_string(self.path.join("memory.peak")).ok()?.trim_end().parse().ok()
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // Nothing is left in it when a sandbox has ended; should a process linger, an empty folder is no harm.
        let _kill = self.set("cgroup.kill", "1");
        let _lingers = fs::remove_dir(&self.path);
    }
}

/// The path after `0::` in `/proc/self/cgroup`.
fn own_path(text: &str) -> Option<&Path> {
    text.lines().find_map(|line| line.strip_prefix("0::/")).map(Path::new)
}

/// Where the whole version 2 tree is mounted.
fn mount_point(mountinfo: &str) -> Option<PathBuf> {
    mountinfo.lines().find_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let mut fields = before.split(' ').skip(3);
        let (root, place) = (fields.next()?, fields.next()?);
        (after.starts_with("cgroup2 ") && root == "/").then(|| PathBuf::from(place))
    })
}

/// The nearest folder above our own cgroup in which we may make another one with limits.
fn delegated(mount: &Path, own: &Path) -> Option<PathBuf> {
    own.ancestors().skip(1).map(|path| mount.join(path)).find(|folder| {
        let controllers = fs::read_to_string(folder.join("cgroup.subtree_control")).unwrap_or_default();
        let has = |name| controllers.split_whitespace().any(|word| word == name);
        let writable =
            |name: &str| rustix::fs::access(folder.join(name), rustix::fs::Access::WRITE_OK).is_ok();
        has("memory") && has("pids") && writable("cgroup.procs") && writable(".")
    })
}

fn killed_for_memory(events: &str) -> bool {
    let count =
        |line: &str| line.strip_prefix("oom_kill ").and_then(|count| count.trim().parse::<u64>().ok());
    events.lines().filter_map(count).any(|count| count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_of_a_hybrid_host_is_found() {
        let mounts = "30 25 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n31 30 0:27 / /sys/fs/cgroup/memory rw - cgroup \
                      cgroup rw,memory\n32 30 0:28 / /sys/fs/cgroup/unified rw,nosuid - cgroup2 cgroup2 rw\n";
        assert_eq!(mount_point(mounts).unwrap(), Path::new("/sys/fs/cgroup/unified"));
        assert_eq!(own_path("9:name=systemd:/\n0::/user.slice/a\n").unwrap(), Path::new("user.slice/a"));
        assert_eq!(mount_point("31 30 0:27 /part /x rw - cgroup2 cgroup2 rw\n"), None);
    }

    #[test]
    fn the_nearest_folder_with_both_controllers_is_taken() {
        let place = tempfile::tempdir().unwrap();
        let app = place.path().join("user/app");
        fs::create_dir_all(app.join("own")).unwrap();
        for (folder, controllers) in
            [("", "cpu memory pids"), ("user", "memory pids"), ("user/app", "memory")]
        {
            fs::write(place.path().join(folder).join("cgroup.subtree_control"), controllers).unwrap();
            fs::write(place.path().join(folder).join("cgroup.procs"), "").unwrap();
        }
        let found = delegated(place.path(), Path::new("user/app/own"));
        assert_eq!(found.unwrap(), place.path().join("user"));
        assert_eq!(delegated(place.path(), Path::new("")), None);
    }

    #[test]
    fn limits_are_written_and_the_folder_goes() {
        let place = tempfile::tempdir().unwrap();
        let limits = Limits { memory_bytes: Some(1 << 30), processes: Some(10), ..Limits::default() };
        let group = Cgroup::create_in(place.path(), "a", &limits).unwrap();
        assert_eq!(fs::read_to_string(group.path().join("memory.max")).unwrap(), "1073741824");
        assert_eq!(fs::read_to_string(group.path().join("pids.max")).unwrap(), "13");
        assert!(!group.out_of_memory());
        fs::write(group.path().join("memory.events"), "max 3\noom 1\noom_kill 1\n").unwrap();
        assert!(group.out_of_memory());
        assert!(!killed_for_memory("oom_kill 0\n"));
        assert_eq!(group.peak_bytes(), None);
        fs::write(group.path().join("memory.peak"), "1052672\n").unwrap();
        assert_eq!(group.peak_bytes(), Some(1_052_672));
    }
}
