// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The fragments of this repository: each is well-formed, and the merge can be read back.

use std::path::Path;

use crate::{Fragment, Layers, Resolved, Symbol, Value, check};

fn fragments() -> Vec<Fragment> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fragments");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let parse = |path: &Path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        Fragment::parse(name, &std::fs::read_to_string(path).unwrap()).unwrap_or_else(|errors| {
            panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        })
    };
    paths
        .iter()
        .filter(|path| path.extension().is_some_and(|it| it == "config"))
        .map(|path| parse(path))
        .collect()
}

#[test]
fn every_fragment_is_well_formed_and_the_merge_satisfies_itself() {
    let fragments = fragments();
    assert!(!fragments.is_empty());
    let layers = Layers::merge(&fragments);
    let resolved = Resolved::parse("merged", &layers.to_allconfig()).unwrap();
    assert!(check(&layers, &resolved).is_empty());
}

#[test]
fn what_the_image_cannot_do_without_is_requested() {
    let layers = Layers::merge(&fragments());
    for (name, value) in [
        ("MODULE_SIG_FORCE", Value::Yes),
        ("MODULE_SIG_KEY", Value::Text(String::new())),
        ("SYSTEM_EXTRA_CERTIFICATE", Value::Yes),
        ("SYSTEM_EXTRA_CERTIFICATE_SIZE", Value::Number("262144".to_owned())),
        ("LOCK_DOWN_KERNEL_FORCE_INTEGRITY", Value::Yes),
        ("DM_VERITY", Value::Yes),
        // images/src/erofs.rs compresses by these.
        ("EROFS_FS_ZIP_ZSTD", Value::Yes),
        ("EFI_STUB", Value::Yes),
    ] {
        let symbol = Symbol::parse(name).unwrap();
        assert_eq!(layers.get(&symbol).map(|setting| &setting.value), Some(&value), "CONFIG_{name}");
    }
}
