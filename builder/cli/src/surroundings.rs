// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The environment and the clock: read here, once, and handed down as values.

#![expect(clippy::disallowed_methods, reason = "this is the one module that reads environment and clock")]

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use ashlar_fetch::crates::CargoClient;
use ashlar_fetch::go::GoClient;
use ashlar_fetch::mirrors::Mirrors;
use ashlar_recipe::Date;

use crate::failure::Failure;

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Milliseconds since 1970.
pub(crate) fn now_milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Where the store is unless something else is said (XDG Base Directory Specification, `XDG_CACHE_HOME`).
pub(crate) fn default_store() -> Result<PathBuf, Failure> {
    let cache = variable("XDG_CACHE_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| Some(variable("HOME")?.join(".cache")));
    cache.map(|cache| cache.join("ashlar/store")).ok_or_else(|| Failure::Usage {
        message: "find the store: neither HOME nor XDG_CACHE_HOME is set".to_owned(),
        help: Some("name a folder with `--store DIR`".to_owned()),
    })
}

/// The host's cargo and its home.
pub(crate) fn cargo() -> CargoClient {
    let program = variable("CARGO").unwrap_or_else(|| PathBuf::from("cargo"));
    let home = variable("CARGO_HOME").or_else(|| Some(variable("HOME")?.join(".cargo"))).unwrap_or_default();
    CargoClient { program, home }
}

/// The host's settings for Go.
pub(crate) fn go() -> GoClient {
    let proxies = std::env::var("GOPROXY").ok().filter(|value| !value.is_empty());
    GoClient { proxies, program: PathBuf::from("go") }
}

/// The folder we were started in.
pub(crate) fn working_folder() -> Result<PathBuf, Failure> {
    std::env::current_dir()
        .map_err(|cause| Failure::surroundings(format!("find the working folder: {cause}")))
}

/// The number of CPUs that we may use.
pub(crate) fn cpus() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Whether we run as root.
pub(crate) fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|text| {
        text.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"))
    })
}

/// The archive mirrors: of a file, or of the machine's apt configuration, where there is one.
pub(crate) fn mirrors(file: Option<&Path>) -> Result<Mirrors, Failure> {
    if let Some(file) = file {
        let text = std::fs::read_to_string(file).map_err(|cause| Failure::Usage {
            message: format!("read the mirrors file {}: {cause}", file.display()),
            help: Some("name a file with one URL a line".to_owned()),
        })?;
        return Ok(Mirrors::from_file(&text)?);
    }
    let etc = variable("ASHLAR_APT").unwrap_or_else(|| PathBuf::from("/etc/apt"));
    let mut texts = Vec::new();
    let listed = std::fs::read_dir(etc.join("sources.list.d"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    for path in std::iter::once(etc.join("sources.list")).chain(listed) {
        // A configuration that cannot be read is none: any distribution will do.
        if let (Ok(text), Some(name)) =
            (std::fs::read_to_string(&path), path.file_name().and_then(|name| name.to_str()))
        {
            texts.push((name.to_owned(), text));
        }
    }
    texts.sort();
    let borrowed: Vec<(&str, &str)> =
        texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Ok(Mirrors::from_apt(&borrowed))
}

/// A moment as people read it: `2026-11-01 00:00:00 UTC`.
pub(crate) fn moment(seconds: u64) -> String {
    let (date, [hour, minute, second]) = date_and_time(seconds);
    format!("{date} {hour:02}:{minute:02}:{second:02} UTC")
}

/// The day in UTC, and hour, minute and second of it.
fn date_and_time(seconds: u64) -> (Date, [u64; 3]) {
    let rest = seconds % 86_400;
    (Date::of(i64::try_from(seconds).unwrap_or(i64::MAX)), [rest / 3600, rest / 60 % 60, rest % 60])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_the_service_does() {
        assert_eq!(moment(1_795_435_425), "2026-11-23 12:03:45 UTC");
    }
}
