// SPDX-License-Identifier: Apache-2.0 OR MIT
//! CPU time of this process and of all that it has waited for: `/proc/self/stat`, proc_pid_stat(5).
//!
//! Ours and the peer's programs are charged in the same way, with what this process does for them (the sandbox copies
//! the command's output into its log in the caller).

use std::path::Path;
use std::time::Duration;

use crate::error::BenchError;

const STAT: &str = "/proc/self/stat";

/// `USER_HZ`: the unit in which Linux tells CPU time to programs, on every architecture that we build on.
const TICKS_PER_SECOND: u64 = 100;

/// User and system time so far.
pub(crate) fn spent() -> Result<Duration, BenchError> {
    let text = std::fs::read_to_string(STAT).map_err(BenchError::file("read", STAT))?;
    let ticks = ticks(&text).ok_or_else(|| BenchError::Content {
        path: Path::new(STAT).to_path_buf(),
        reason: "it has no CPU times".to_owned(),
    })?;
    Ok(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
}

/// The sum of fields 14 to 17: utime, stime, cutime, cstime. Field 2, the program's name, may hold anything.
fn ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    fields.get(11..15)?.iter().map(|field| field.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_fields_are_added_whatever_the_program_is_called() {
        let stat = "7 (a) b (c) R 1 7 7 0 -1 4194304 100 200 0 0 11 22 33 44 20 0 1 0 5 6 7";
        assert_eq!(ticks(stat), Some(110));
        assert_eq!(ticks("7 (a) R 1 2"), None);
        assert_eq!(ticks("nothing"), None);
    }

    #[test]
    fn a_child_that_was_waited_for_is_charged() {
        let before = spent().unwrap();
        let script = "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done";
        let status = std::process::Command::new("sh").args(["-c", script]).status().unwrap();
        assert!(status.success());
        assert!(spent().unwrap() > before);
    }
}
