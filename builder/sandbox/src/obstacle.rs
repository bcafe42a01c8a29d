// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why a host refuses a sandbox, and what its owner can do about it.
//!
//! The kernel answers with an error number only; the settings that lead to it are read here to give one clear line.

use std::fmt;
use std::path::Path;

/// A setting of the host that keeps ordinary users from making namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// `/proc/sys/user/max_user_namespaces` is 0.
    NoneAllowed,
    /// `/proc/sys/kernel/unprivileged_userns_clone` is 0 (Debian's old switch).
    CloneSwitchedOff,
    /// `/proc/sys/kernel/apparmor_restrict_unprivileged_userns` is 1 (Ubuntu).
    AppArmor,
    /// The kernel has no user namespaces, or is older than Linux 5.12.
    Kernel,
    /// None of the above: most likely a container whose system call filter or masked `/proc` forbids it.
    Container,
}

impl Obstacle {
    /// Finds the reason for `errno` among the settings below `proc_sys` (`/proc/sys`).
    pub(crate) fn find(proc_sys: &Path, errno: i32) -> Self {
        let setting = |name: &str| {
            std::fs::read_to_string(proc_sys.join(name)).ok().and_then(|text| text.trim().parse::<u64>().ok())
        };
        if setting("user/max_user_namespaces") == Some(0) {
            Self::NoneAllowed
        } else if setting("kernel/unprivileged_userns_clone") == Some(0) {
            Self::CloneSwitchedOff
        } else if setting("kernel/apparmor_restrict_unprivileged_userns") == Some(1) {
            Self::AppArmor
        } else if errno == libc::ENOSYS || errno == libc::EINVAL {
            Self::Kernel
        } else {
            Self::Container
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::NoneAllowed => "as root: sysctl -w user.max_user_namespaces=15000",
            Self::CloneSwitchedOff => "as root: sysctl -w kernel.unprivileged_userns_clone=1",
            Self::AppArmor => {
                "as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or give the ashlar binary an \
                 AppArmor profile with the rule `userns,`"
            }
            Self::Kernel => "use Linux 5.12 or newer with CONFIG_USER_NS=y and CONFIG_OVERLAY_FS",
            Self::Container => {
                "in a container: start it with --security-opt seccomp=unconfined --security-opt systempaths=unconfined \
                 (Docker, Podman), or run ashlar outside of it"
            }
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoneAllowed => "user.max_user_namespaces is 0",
            Self::CloneSwitchedOff => "kernel.unprivileged_userns_clone is 0",
            Self::AppArmor => "kernel.apparmor_restrict_unprivileged_userns is 1",
            Self::Kernel => "the kernel does not have what it takes",
            Self::Container => "something around this process forbids it",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_is_named() {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir(place.path().join("user")).unwrap();
        std::fs::create_dir(place.path().join("kernel")).unwrap();
        let find = |errno| Obstacle::find(place.path(), errno);
        assert_eq!(find(libc::EPERM), Obstacle::Container);
        assert_eq!(find(libc::ENOSYS), Obstacle::Kernel);
        let cases = [
            ("kernel/apparmor_restrict_unprivileged_userns", "1\n", Obstacle::AppArmor),
            ("kernel/unprivileged_userns_clone", "0\n", Obstacle::CloneSwitchedOff),
            ("user/max_user_namespaces", "0\n", Obstacle::NoneAllowed),
        ];
        for (file, text, obstacle) in cases {
            std::fs::write(place.path().join(file), text).unwrap();
            assert_eq!(find(libc::EPERM), obstacle);
        }
    }
}
