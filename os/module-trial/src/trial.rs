// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The trial itself: every file of the disk, one after the other.

use crate::console::Console;
use crate::error::TrialError;
use crate::kernel_log::KernelLog;
use crate::line::{self, Trial};
use crate::mounts;
use ashlar_kernel_state::{SecurityState, load_module, loaded_modules, remove_module};
use rustix::system::RebootCommand;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Everything, from the mounts to the power switch. Returns only if the machine cannot power off.
pub(crate) fn run() {
    let failures = mounts::mount_kernel();
    // Without a console nobody reads along; then only the end is left to do.
    if let Ok(mut console) = Console::open() {
        failures.iter().for_each(|failure| console.say_failure(failure));
        tell(&mut console);
        if let Err(source) = rustix::system::reboot(RebootCommand::PowerOff) {
            console.say_failure(&TrialError::PowerOff { source: source.into() });
        }
    }
    rustix::system::reboot(RebootCommand::PowerOff).ok();
}

fn tell(console: &mut Console) {
    if let Err(failure) = Console::hold_back_kernel() {
        console.say_failure(&failure);
    }
    let (state, unknown) = SecurityState::read();
    unknown.into_iter().for_each(|failure| console.say_failure(&failure.into()));
    console.say(&line::state(&state));
    let tried = try_all(console).unwrap_or_else(|failure| {
        console.say_failure(&failure);
        0
    });
    console.say(&line::end(tried));
}

/// Gives the number of files.
fn try_all(console: &mut Console) -> Result<usize, TrialError> {
    mounts::mount_disk()?;
    let mut log = KernelLog::open()?;
    let files = files_below(Path::new(mounts::DISK))?;
    for file in &files {
        match try_file(file, &mut log) {
            Ok(trial) => console.say(&trial.line()),
            Err(failure) => console.say_failure(&failure),
        }
    }
    Ok(files.len())
}

fn try_file(path: &Path, log: &mut KernelLog) -> Result<Trial, TrialError> {
    log.mark()?;
    let before = loaded_modules()?;
    let answer = File::open(path).and_then(|file| load_module(&file));
    // The name is inside the module, and need not be that of the file.
    let new: Vec<String> =
        loaded_modules()?.into_iter().filter(|name| before.binary_search(name).is_err()).collect();
    // So that the next file may bring a module of the same name.
    let stuck = new.into_iter().filter(|name| remove_module(name).is_err()).collect();
    let shown = path.strip_prefix(mounts::DISK).unwrap_or(path);
    Ok(Trial { file: shown.to_string_lossy().into_owned(), errno: number(&answer), log: log.since()?, stuck })
}

fn number(answer: &io::Result<()>) -> i32 {
    answer.as_ref().map_or_else(|error| error.raw_os_error().unwrap_or(-1), |()| 0)
}

/// Every regular file below `top`, in byte order of the paths.
fn files_below(top: &Path) -> Result<Vec<PathBuf>, TrialError> {
    let unreadable = |path: &Path| {
        let path = path.to_string_lossy().into_owned();
        move |source| TrialError::Read { path, source }
    };
    let mut folders = vec![top.to_path_buf()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(unreadable(&folder))? {
            let entry = entry.map_err(unreadable(&folder))?;
            let kind = entry.file_type().map_err(unreadable(&entry.path()))?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_in_byte_order_and_links_are_left_out() {
        let top = std::env::temp_dir().join(format!("ashlar-module-trial-{}", std::process::id()));
        fs::create_dir_all(top.join("b/c")).unwrap();
        for file in ["b.ko", "b/c/x.ko", "B.ko", "a.ko"] {
            fs::write(top.join(file), file).unwrap();
        }
        std::os::unix::fs::symlink("a.ko", top.join("0.ko")).unwrap();
        let found = files_below(&top).unwrap();
        fs::remove_dir_all(&top).unwrap();
        let found: Vec<_> = found.iter().map(|file| file.strip_prefix(&top).unwrap()).collect();
        assert_eq!(found, ["B.ko", "a.ko", "b.ko", "b/c/x.ko"].map(Path::new));
        let gone = files_below(&top).unwrap_err().to_string();
        assert_eq!(gone, format!("read {}", top.display()));
    }

    #[test]
    fn only_a_loaded_module_is_zero() {
        assert_eq!(number(&Ok(())), 0);
        assert_eq!(number(&Err(io::Error::from_raw_os_error(129))), 129);
        assert_eq!(number(&Err(io::Error::other("x"))), -1);
    }
}
