// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Applies the image's kernel settings: `/usr/lib/sysctl.d/*.conf`, in byte order of the file names.
//!
//! Every line that cannot be applied is a failure of its own; the others are still applied.

use crate::error::InitError;
use crate::setting::{self, Setting};
use std::fs;

const FOLDER: &str = "/usr/lib/sysctl.d";
const PROC: &str = "/proc/sys/";

/// Applies all files and gives what failed.
pub(crate) fn apply_all() -> Vec<InitError> {
    let mut failures = Vec::new();
    let mut names = Vec::new();
    match fs::read_dir(FOLDER) {
        // An image without settings is legitimate.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(source) => failures.push(InitError::Read { path: FOLDER.to_owned(), source }),
        Ok(entries) => {
            for entry in entries {
                match entry {
                    Ok(entry) => names.push(entry.file_name()),
                    Err(source) => failures.push(InitError::Read { path: FOLDER.to_owned(), source }),
                }
            }
        }
    }
    names.sort();
    for name in names.iter().filter_map(|name| name.to_str()).filter(|name| name.ends_with(".conf")) {
        let path = format!("{FOLDER}/{name}");
        match fs::read_to_string(&path) {
            Ok(text) => apply(&path, &text, &mut failures),
            Err(source) => failures.push(InitError::Read { path, source }),
        }
    }
    failures
}

fn apply(file: &str, text: &str, failures: &mut Vec<InitError>) {
    for (line, setting) in setting::parse(text) {
        let location = format!("{file}:{line}");
        match setting {
            Ok(Setting { key, path, value }) => {
                // Without O_CREAT: a key that the kernel lacks must say so, whatever /proc/sys allows.
                let written = fs::OpenOptions::new()
                    .write(true)
                    .open(format!("{PROC}{path}"))
                    .and_then(|mut file| std::io::Write::write_all(&mut file, value.as_bytes()));
                if let Err(source) = written {
                    failures.push(InitError::Sysctl { location, key, source });
                }
            }
            Err(source) => failures.push(InitError::Understand { path: location, source }),
        }
    }
}
