// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Loads the kernel modules that a root or an extension lists: `/usr/lib/ashlar/modules.json` in it.
//!
//! ```json
//! {"schema": 1, "load": ["/usr/lib/modules/6.12.107/kernel/….ko"]}
//! ```
//! Paths from the top of what the list lies in; dependencies first, as whoever built it found them. So nothing is
//! resolved here, nothing is loaded that the list does not name, and the kernel's own calls for modprobe find none.
//! The list is exact: a module that is loaded already is a failure like any other. No list means no modules.

use crate::error::{InitError, Malformed};
use crate::mounts;
use serde::Deserialize;
use std::fs::{self, File};
use std::io;

const LIST: &str = "/usr/lib/ashlar/modules.json";
const SCHEMA: u32 = 1;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModuleList {
    schema: u32,
    load: Vec<String>,
}

/// Loads what the list below `top` names (empty for the root), and gives what failed. A failure stops none of the
/// modules behind it.
pub(crate) fn load_listed(top: &str) -> Vec<InitError> {
    let path = format!("{top}{LIST}");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(source) => return vec![InitError::Read { path, source }],
    };
    match parse(&text) {
        Ok(modules) => modules.iter().filter_map(|module| load(format!("{top}{module}")).err()).collect(),
        Err(source) => vec![InitError::Understand { path, source }],
    }
}

fn load(path: String) -> Result<(), InitError> {
    // Apart from loading it, because the kernel answers with ENOENT for an unknown symbol too.
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(source) => return Err(InitError::Open { path, source }),
    };
    ashlar_kernel_state::load_module(&file).map_err(|source| InitError::LoadModule { path, source })
}

fn parse(text: &str) -> Result<Vec<String>, Malformed> {
    let list: ModuleList = serde_json::from_str(text).map_err(|error| Malformed::new(error.to_string()))?;
    if list.schema != SCHEMA {
        return Err(Malformed::new(format!("schema {} instead of {SCHEMA}", list.schema)));
    }
    match list.load.iter().find(|path| !mounts::is_plain(path)) {
        Some(path) => Err(Malformed::new(format!("{path:?} is not a plain absolute path"))),
        None => Ok(list.load),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the image assembler writes it.
    const LIST_TEXT: &str =
        "{\"load\":[\"/usr/lib/modules/6.12.107/b.ko\",\"/usr/lib/modules/6.12.107/a.ko\"],\"schema\":1}\n";

    #[test]
    fn the_order_of_the_list_is_kept() {
        let expected = ["/usr/lib/modules/6.12.107/b.ko", "/usr/lib/modules/6.12.107/a.ko"];
        assert_eq!(parse(LIST_TEXT).unwrap(), expected);
        assert_eq!(parse("{\"load\":[],\"schema\":1}").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_list_of_another_form_loads_nothing() {
        for (from, to) in [
            ("\"schema\":1", "\"schema\":2"),
            ("\"schema\":1", "\"schema\":1,\"force\":true"),
            (",\"schema\":1", ""),
            ("/usr/lib/modules/6.12.107/a.ko", "usr/lib/modules/6.12.107/a.ko"),
            ("[\"/usr", "[1,\"/usr"),
        ] {
            let text = LIST_TEXT.replacen(from, to, 1);
            assert_ne!(text, LIST_TEXT);
            assert!(parse(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_path_traversal_out_of_an_extension_is_refused() {
        for path in ["/usr/../../../../tmp/evil.ko", "/../evil.ko", "/usr/./x.ko", "//x.ko", "/", ""] {
            let text = LIST_TEXT.replacen("/usr/lib/modules/6.12.107/a.ko", path, 1);
            assert!(parse(&text).unwrap_err().to_string().contains("plain absolute path"), "{path}");
        }
    }

    #[test]
    fn each_module_that_cannot_be_loaded_is_a_failure_with_its_path() {
        let top = std::env::temp_dir().join(format!("ashlar-init-modules-{}", std::process::id()));
        let folder = top.join("usr/lib/ashlar");
        fs::create_dir_all(&folder).unwrap();
        let name = top.to_str().unwrap();
        assert!(load_listed(name).is_empty(), "no list, no modules");
        fs::write(folder.join("modules.json"), LIST_TEXT).unwrap();
        let failures: Vec<String> = load_listed(name).iter().map(ToString::to_string).collect();
        fs::create_dir_all(top.join("usr/lib/modules/6.12.107")).unwrap();
        fs::write(top.join("usr/lib/modules/6.12.107/a.ko"), "no module").unwrap();
        let refused = load_listed(name).pop().unwrap().to_string();
        fs::write(folder.join("modules.json"), "{}").unwrap();
        let malformed = load_listed(name);
        fs::remove_dir_all(&top).unwrap();
        let path = |module| format!("{name}/usr/lib/modules/6.12.107/{module}.ko");
        assert_eq!(failures, [format!("open {}", path("b")), format!("open {}", path("a"))]);
        assert_eq!(refused, format!("load the module {}", path("a")));
        assert!(matches!(malformed.as_slice(), [InitError::Understand { .. }]), "{malformed:?}");
    }
}
