// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Folders on the host's tmpfs. They hold gigabytes of its memory, so what a killed run left there is removed by the next one.
//!
//! ```text
//! /dev/shm/ashlar-memory-<process>-<number>/        locked (flock, shared) by who made it and by each build that works in it
//! /dev/shm/ashlar-memory-<process>-<number>/inside  what it is for; may belong to another user
//! ```
//! Who can lock a folder alone knows that nobody works in it any more: the kernel gives locks back, however their holders
//! die. The number of a process says nothing, because another one gets it later.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use ashlar_sandbox::remove_scratch;

use crate::failure::Failure;

/// Where a tmpfs is on every Linux system.
const TMPFS: &str = "/dev/shm";
const PREFIX: &str = "ashlar-memory-";
const INSIDE: &str = "inside";

/// A folder in memory, and the lock that says that somebody needs it. It stays where nobody removes it, as after a failure.
#[derive(Debug)]
pub(crate) struct MemoryFolder {
    top: PathBuf,
    inside: PathBuf,
    _lock: File,
}

impl MemoryFolder {
    /// Makes an empty one, after removing those of this user that nobody needs any more; what of them cannot be removed is
    /// told to `note`.
    pub(crate) fn make(note: impl Fn(&str)) -> Result<Self, Failure> {
        Self::make_in(Path::new(TMPFS), note)
    }

    fn make_in(parent: &Path, note: impl Fn(&str)) -> Result<Self, Failure> {
        let remove = |left: &Path| {
            if let Err(cause) = remove_scratch(left) {
                note(&format!("left by a run that was killed: {} ({cause})", left.display()));
            }
        };
        each_left_behind(parent, remove).map_err(wrong("look for folders of killed runs in", parent))?;
        for number in 0_u32.. {
            let top = parent.join(format!("{PREFIX}{}-{number}", std::process::id()));
            match fs::create_dir(&top) {
                Ok(()) => {}
                Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(cause) => return Err(wrong("make", &top)(cause)),
            }
            // Between the two calls another run may have taken the folder for one that was left, and have removed it.
            let Some(lock) = needed(&top).map_err(wrong("lock", &top))? else { continue };
            // Who builds in it may be another user, whatever our umask is.
            fs::set_permissions(&top, fs::Permissions::from_mode(0o755)).map_err(wrong("open", &top))?;
            let inside = top.join(INSIDE);
            fs::create_dir(&inside).map_err(wrong("make", &inside))?;
            return Ok(Self { top, inside, _lock: lock });
        }
        Err(Failure::surroundings(format!("make a folder in {}: all names are taken", parent.display())))
    }

    /// Where to put things.
    pub(crate) fn path(&self) -> &Path {
        &self.inside
    }

    /// Keeps the folder at `path`, which another process made, for as long as the result lives.
    pub(crate) fn keep(path: &Path) -> Result<File, Failure> {
        let gone = || Failure::surroundings(format!("lock {}: it is being removed", path.display()));
        let top = path.parent().ok_or_else(gone)?;
        needed(top).map_err(wrong("lock", top))?.ok_or_else(gone)
    }

    /// Removes it and everything in it.
    pub(crate) fn remove(self) -> Result<(), Failure> {
        Ok(remove_scratch(&self.top)?)
    }
}

/// The lock of who needs `top`; `None` if it is being removed, or was.
fn needed(top: &Path) -> io::Result<Option<File>> {
    locked(top, File::try_lock_shared)
}

/// A lock of the folder that is at `top` now; `None` if there is none, or if a lock of another one is against it.
fn locked(top: &Path, lock: impl FnOnce(&File) -> Result<(), TryLockError>) -> io::Result<Option<File>> {
    let file = match File::open(top) {
        Ok(file) => file,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(cause),
    };
    match lock(&file) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(cause)) => return Err(cause),
    }
    let held = file.metadata()?;
    // Between the two calls it may have gone, and another run may have made one of the same name.
    let there = top.symlink_metadata();
    Ok(there.is_ok_and(|there| (there.dev(), there.ino()) == (held.dev(), held.ino())).then_some(file))
}

/// Shows the folders of this user in `parent` that nobody needs any more to `remove`, each locked against everybody until that is
/// done. Others may write there too: what they put there is none of ours.
fn each_left_behind(parent: &Path, mut remove: impl FnMut(&Path)) -> io::Result<()> {
    let own = fs::metadata("/proc/self")?.uid();
    let mut ours = Vec::new();
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        let Ok(metadata) = entry.path().symlink_metadata() else { continue };
        if !is_ours || !metadata.is_dir() || metadata.uid() != own {
            continue;
        }
        ours.push(entry.path());
    }
    ours.sort();
    for path in ours {
        // What cannot be locked is needed, or another run is removing it just now.
        if let Ok(Some(_lock)) = locked(&path, File::try_lock) {
            remove(&path);
        }
    }
    Ok(())
}

fn wrong(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Failure + use<> {
    let path = path.to_owned();
    move |cause| Failure::surroundings(format!("{operation} {}: {cause}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(parent: &Path) -> MemoryFolder {
        MemoryFolder::make_in(parent, |text| panic!("{text}")).unwrap()
    }

    fn names(parent: &Path) -> usize {
        fs::read_dir(parent).unwrap().count()
    }

    #[test]
    fn what_a_killed_run_left_is_removed_and_what_a_living_one_needs_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let living = make(parent.path());
        let killed = make(parent.path());
        fs::write(killed.path().join("inputs"), "gigabytes").unwrap();
        let left = killed.top.clone();
        // Its lock goes, as the kernel takes it from a process that was killed; the number of the process lives.
        drop(killed);
        let next = make(parent.path());
        assert!(!left.join("inside/inputs").exists() && living.path().exists());
        assert_eq!(names(parent.path()), 2);
        next.remove().unwrap();
        living.remove().unwrap();
        assert_eq!(names(parent.path()), 0);
    }

    #[test]
    fn a_build_that_outlives_the_run_keeps_its_folder() {
        let parent = tempfile::tempdir().unwrap();
        let run = make(parent.path());
        let inside = run.path().to_owned();
        let build = MemoryFolder::keep(&inside).unwrap();
        drop(run);
        make(parent.path()).remove().unwrap();
        assert!(inside.exists(), "it was removed under a build");
        drop(build);
        make(parent.path()).remove().unwrap();
        assert!(!inside.exists());
        assert!(MemoryFolder::keep(&inside).is_err());
    }

    #[test]
    fn nobody_takes_a_folder_while_it_is_being_removed() {
        let parent = tempfile::tempdir().unwrap();
        let killed = make(parent.path());
        let (top, inside) = (killed.top.clone(), killed.path().to_owned());
        drop(killed);
        let mut removed = Vec::new();
        each_left_behind(parent.path(), |path| {
            assert!(needed(path).unwrap().is_none(), "another run takes it");
            assert!(MemoryFolder::keep(&inside).is_err(), "a build takes it");
            each_left_behind(parent.path(), |path| panic!("{} is removed twice", path.display())).unwrap();
            removed.push(path.to_owned());
        })
        .unwrap();
        assert_eq!(removed, [top]);
        // Nothing was removed, so it can be taken again.
        MemoryFolder::keep(&inside).unwrap();
    }

    #[test]
    fn a_folder_of_the_same_name_as_one_that_is_gone_is_another() {
        let parent = tempfile::tempdir().unwrap();
        let top = parent.path().join("ashlar-memory-7-0");
        fs::create_dir(&top).unwrap();
        let replace = |file: &File| {
            fs::rename(&top, parent.path().join("gone")).unwrap();
            fs::create_dir(&top).unwrap();
            file.try_lock()
        };
        assert!(locked(&top, replace).unwrap().is_none());
    }

    #[test]
    fn a_link_that_a_stranger_planted_is_neither_followed_nor_removed() {
        let (parent, victim) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(victim.path().join("file"), "stays").unwrap();
        let link = parent.path().join("ashlar-memory-7-0");
        std::os::unix::fs::symlink(victim.path(), &link).unwrap();
        fs::create_dir(parent.path().join("another")).unwrap();
        make(parent.path()).remove().unwrap();
        assert!(link.is_symlink() && parent.path().join("another").exists());
        assert_eq!(fs::read_to_string(victim.path().join("file")).unwrap(), "stays");
    }
}
