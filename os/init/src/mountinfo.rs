// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is mounted and could lose data when the machine ends, as `/proc/self/mountinfo` lists it.
//!
//! Format: proc_pid_mountinfo(5).
//!
//! ```text
//! 30 22 254:1 / /var/lib\040x rw shared:1 - xfs /dev/vda1 rw
//!               mount point                type, behind the first " - "
//! ```

/// File systems that hold nothing beyond the life of this kernel, or that cannot be written.
const VOLATILE: [&str; 10] =
    ["proc", "sysfs", "securityfs", "devtmpfs", "devpts", "tmpfs", "cgroup2", "erofs", "rootfs", "ramfs"];

/// The mount points, in the order of the list, without the volatile ones.
pub(crate) fn data_mounts(mountinfo: &str) -> Vec<String> {
    mountinfo
        .lines()
        .filter_map(|line| {
            let (before, after) = line.split_once(" - ")?;
            let kind = after.split(' ').next()?;
            let target = before.split(' ').nth(4)?;
            (!VOLATILE.contains(&kind)).then(|| unescape(target))
        })
        .collect()
}

/// Space, tab, newline and backslash are three octal digits there.
fn unescape(target: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(target.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mounts_that_can_lose_data_are_unmounted() {
        let mountinfo = "22 1 253:0 / / ro,nodev shared:1 - erofs /dev/dm-0 ro\n\
                         23 22 0:5 / /dev rw - devtmpfs devtmpfs rw\n\
                         30 22 254:1 / /var/lib\\040x rw - xfs /dev/vda1 rw\n\
                         31 30 0:44 / /var/lib\\040x/run rw - tmpfs tmpfs rw\n";
        assert_eq!(data_mounts(mountinfo), ["/var/lib x"]);
    }
}
