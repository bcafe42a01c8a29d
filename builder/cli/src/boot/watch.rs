// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Runs QEMU in the sandbox and follows the machine's console to its end.

use std::fs::File;
use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use ashlar_sandbox::{Cancel, Console, Outcome, SandboxSpec};

use super::console::{Line, Splitter};
use super::error::BootError;

/// Bytes of console that are kept; a good boot writes some ten thousand.
const MOST_CONSOLE: u64 = 64 << 20;

/// What following a machine needs of the host.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch<'a> {
    /// The program that becomes the sandbox.
    pub(super) helper: &'a Path,
    /// Ends the machine from another thread.
    pub(super) cancel: &'a Cancel,
    /// The file that keeps the whole console, byte by byte.
    pub(super) console: &'a Path,
}

impl Watch<'_> {
    /// Runs the machine to its end, and gives each line of its console to `each` while it runs.
    ///
    /// # Errors
    /// When the machine could not be started or followed, or was cancelled.
    pub(super) fn run(self, spec: &SandboxSpec, each: &mut dyn FnMut(Line)) -> Result<Outcome, BootError> {
        let Self { helper, cancel, console: path } = self;
        let log = File::create(path).map_err(|source| BootError::File {
            operation: "make",
            path: path.to_path_buf(),
            source,
        })?;
        // The sandbox's log is our pipe, so that a line is seen at once and the end of the machine is the end of the
        // pipe.
        let (reader, writer) = io::pipe().map_err(|source| BootError::Console { source })?;
        let console = Console::Log(File::from(OwnedFd::from(writer)));
        let (outcome, followed) = thread::scope(|scope| {
            // Here and not in this thread: `each` must stay where the terminal is.
            let machine = scope.spawn(|| ashlar_sandbox::run(spec, helper, console, cancel));
            let followed = follow(reader, (log, path), MOST_CONSOLE, each);
            (machine.join().unwrap_or_else(|panic| resume_unwind(panic)), followed)
        });
        // Where following failed, the pipe was closed, and the sandbox only says so.
        followed?;
        outcome.map_err(|source| BootError::Sandbox { source })
    }
}

/// Reads the console to its end. Giving up closes the pipe, which ends the machine.
fn follow(
    mut reader: PipeReader,
    (mut log, path): (File, &Path),
    limit: u64,
    each: &mut dyn FnMut(Line),
) -> Result<(), BootError> {
    let mut splitter = Splitter::default();
    let mut part = vec![0; 64 << 10];
    let mut total = 0;
    loop {
        let count = match reader.read(&mut part) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(BootError::Console { source }),
        };
        let bytes = &part[..count];
        log.write_all(bytes).map_err(|source| BootError::File {
            operation: "write",
            path: path.to_path_buf(),
            source,
        })?;
        splitter.feed(bytes, &mut *each);
        total += count as u64;
        if total > limit {
            return Err(BootError::Flood { limit });
        }
    }
    splitter.finish().into_iter().for_each(each);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn followed(written: Vec<u8>) -> (Result<(), BootError>, Vec<String>, Vec<u8>) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("console");
        let log = File::create(&path).unwrap();
        let (reader, mut writer) = io::pipe().unwrap();
        let mut lines = Vec::new();
        let result = thread::scope(|scope| {
            // A reader that gives up is seen as an error here, as the sandbox sees it.
            scope.spawn(move || writer.write_all(&written).ok());
            follow(reader, (log, &path), 1 << 20, &mut |line| lines.push(line.text))
        });
        (result, lines, fs::read(&path).unwrap())
    }

    #[test]
    fn lines_are_clean_and_the_kept_console_is_exact() {
        let console = b"\x1b[2Jone\r\ntwo".to_vec();
        let (result, lines, kept) = followed(console.clone());
        assert!(result.is_ok());
        assert_eq!(lines, ["one", "two"]);
        assert_eq!(kept, console);
    }

    #[test]
    fn a_full_disk_by_an_endless_console_is_refused() {
        let (result, _, kept) = followed(vec![b'\n'; 2 << 20]);
        assert!(matches!(result, Err(BootError::Flood { .. })), "{result:?}");
        assert!(kept.len() < 2 << 20, "{}", kept.len());
    }
}
