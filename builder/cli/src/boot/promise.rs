// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What an image's own files promise of the machine that runs it, beside its root hash.
//!
//! ```text
//! extensions/<name>.raw   a disk to attach
//! extensions.json         the extensions that the image takes, as the root's own list (usr/lib/ashlar/extensions.json); none without
//!                         the file
//! modules.json            {"schema": 1, "load": ["/usr/lib/modules/…/x.ko", …]}: as the root's own list
//!                         (usr/lib/ashlar/modules.json); no modules without the file
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;

use super::disk::Disk;
use super::error::BootError;

const SCHEMA: u32 = 1;

/// What a machine must show of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Promise {
    /// Root hash of each extension that the image lists, by name.
    pub(crate) extensions: BTreeMap<String, String>,
    /// Names of the modules that the root loads, as the kernel lists them.
    pub(crate) modules: BTreeSet<String>,
    /// The keys that the kernel trusts, as it calls them; `None` for a kernel that Ashlar put no certificates into.
    pub(crate) trusted_keys: Option<BTreeSet<String>>,
    /// The names of the services that the image starts; `None` where the definition is not known.
    pub(crate) services: Option<BTreeSet<String>>,
}

impl Promise {
    /// Reads it from the folder of an image's files, but for the keys, which [`trusted_keys`](super::trusted_keys::trusted_keys) gives, and
    /// the services, which the image's definition names.
    ///
    /// # Errors
    /// When a file is there and cannot be read, or is of another form.
    pub(crate) fn read(files: &Path) -> Result<Self, BootError> {
        let extensions = parse(&files.join("extensions.json"), parse_extensions)?;
        let modules = parse(&files.join("modules.json"), parse_modules)?;
        Ok(Self {
            extensions: extensions.unwrap_or_default(),
            modules: modules.unwrap_or_default(),
            trusted_keys: None,
            services: None,
        })
    }
}

/// The extensions among an image's files, by name.
///
/// # Errors
/// When the folder is there and cannot be listed.
pub(crate) fn extension_disks(files: &Path) -> Result<Vec<Disk>, BootError> {
    let folder = files.join("extensions");
    let failed = |source| BootError::File { operation: "list", path: folder.clone(), source };
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(source)),
    };
    let mut disks = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".raw")) {
            disks.push(Disk { name: name.to_owned(), path: path.clone() });
        }
    }
    disks.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(disks)
}

/// `None` without the file.
fn parse<T>(path: &Path, parse: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, BootError> {
    match fs::read_to_string(path) {
        Ok(text) => {
            parse(&text).map(Some).map_err(|fault| BootError::Promise { path: path.to_path_buf(), fault })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(BootError::File { operation: "read", path: path.to_path_buf(), source }),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModuleList {
    schema: u32,
    load: Vec<String>,
}

/// docs/design/release.md, "Inside the image".
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtensionList {
    schema: u32,
    #[serde(rename = "release")]
    _release: String,
    extensions: Vec<ListedExtension>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedExtension {
    name: String,
    root_hash: String,
    #[serde(rename = "salt")]
    _salt: String,
    #[serde(rename = "data_blocks")]
    _data_blocks: u64,
    #[serde(rename = "hash_offset")]
    _hash_offset: u64,
    #[serde(rename = "block_size")]
    _block_size: u64,
}

fn parse_extensions(text: &str) -> Result<BTreeMap<String, String>, String> {
    let list: ExtensionList = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if list.schema != SCHEMA {
        return Err(format!("its schema is {}, not {SCHEMA}", list.schema));
    }
    Ok(list.extensions.into_iter().map(|extension| (extension.name, extension.root_hash)).collect())
}

fn parse_modules(text: &str) -> Result<BTreeSet<String>, String> {
    let list: ModuleList = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if list.schema != SCHEMA {
        return Err(format!("its schema is {}, not {SCHEMA}", list.schema));
    }
    Ok(list.load.iter().map(|path| kernel_name(path)).collect())
}

/// The name of a module as the kernel lists it: the build makes it from the file's name, with `_` for `-`.
fn kernel_name(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or_default();
    file.strip_suffix(".ko").unwrap_or(file).replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_without_modules_and_extensions_promises_nothing() {
        let place = tempfile::tempdir().unwrap();
        assert_eq!(Promise::read(place.path()).unwrap(), Promise::default());
        assert_eq!(extension_disks(place.path()).unwrap(), []);
    }

    #[test]
    fn extensions_and_modules_are_found_by_name() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("extensions");
        fs::create_dir(&folder).unwrap();
        let listed = r#"{"extensions":[{"block_size":4096,"data_blocks":1,"hash_offset":4096,"name":"writeboost","root_hash":"00ff","salt":"ab"}],"release":"r","schema":1}"#;
        for name in ["writeboost.raw", "drm.raw", "README"] {
            fs::write(folder.join(name), name).unwrap();
        }
        fs::write(place.path().join("extensions.json"), listed).unwrap();
        let list = r#"{"load":["/usr/lib/modules/6.12/kernel/dm-bufio.ko","/usr/lib/modules/6.12/ip_vs.ko"],"schema":1}"#;
        fs::write(place.path().join("modules.json"), list).unwrap();

        let disks = extension_disks(place.path()).unwrap();
        let found: Vec<_> = disks.iter().map(|disk| (&*disk.name, disk.path.as_path())).collect();
        let (drm, writeboost) = (folder.join("drm.raw"), folder.join("writeboost.raw"));
        assert_eq!(found, [("drm", drm.as_path()), ("writeboost", writeboost.as_path())]);
        let promise = Promise::read(place.path()).unwrap();
        assert_eq!(promise.extensions["writeboost"], "00ff");
        assert_eq!(promise.modules.iter().collect::<Vec<_>>(), ["dm_bufio", "ip_vs"]);
    }

    #[test]
    fn a_promise_of_another_form_is_an_error() {
        for (file, text) in [
            ("extensions.json", "[]"),
            ("extensions.json", r#"{"a":1}"#),
            ("extensions.json", r#"{"schema":2,"release":"r","extensions":[]}"#),
            ("extensions.json", ""),
            ("modules.json", r#"{"load":[],"schema":2}"#),
            ("modules.json", r#"{"load":[],"schema":1,"x":1}"#),
            ("modules.json", r#"{"schema":1}"#),
        ] {
            let place = tempfile::tempdir().unwrap();
            fs::write(place.path().join(file), text).unwrap();
            let error = Promise::read(place.path()).unwrap_err();
            assert!(matches!(&error, BootError::Promise { path, .. } if path.ends_with(file)), "{text}");
        }
    }
}
