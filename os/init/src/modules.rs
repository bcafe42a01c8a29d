// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Loads the kernel modules that a root or an extension lists: `/usr/lib/ashlar/modules.json` in it.
//!
//! The list is exact (module_list.rs): a module that is loaded already is a failure like any other. No list means no modules.

use crate::error::InitError;
use crate::module_list;
use std::fs::{self, File};
use std::io;

const LIST: &str = "/usr/lib/ashlar/modules.json";

/// Loads what the list below `top` names (empty for the root), and gives what failed. A failure stops none of the
/// modules behind it.
pub(crate) fn load_listed(top: &str) -> Vec<InitError> {
    let path = format!("{top}{LIST}");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(source) => return vec![InitError::Read { path, source }],
    };
    match module_list::parse(&text) {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// As the image assembler writes it.
    const LIST_TEXT: &str =
        "{\"load\":[\"/usr/lib/modules/6.12.107/b.ko\",\"/usr/lib/modules/6.12.107/a.ko\"],\"schema\":1}\n";

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
