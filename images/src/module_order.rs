// SPDX-License-Identifier: Apache-2.0 OR MIT
//! In which order kernel modules are loaded: dependencies first.
//!
//! Each module states its name and what it needs in the ELF section `.modinfo`, as `key=value` strings that end with
//! a zero byte (the kernel's scripts/mod/modpost.c): `name=dm_writeboost`, `depends=dm-bufio,dm_mod`. What is built
//! into the kernel is not listed there. As for modprobe(8), `-` and `_` in names are equal. The order depends on
//! nothing but the modules and the list of wanted names, so no index of modules (depmod) lies in an image.
//! ```text
//! usr/lib/ashlar/modules.json   {schema, load: ["/usr/lib/modules/…/x.ko", …]}: read by PID 1 (os/init), which loads in
//!                               this order
//! ```

use std::collections::{BTreeMap, BTreeSet};

use ashlar_digest::to_canonical_json;
use object::{Object as _, ObjectSection as _};

use crate::ImageError;

/// Path of the list in the root or in an extension, without leading slash.
pub const MODULES_PATH: &str = "usr/lib/ashlar/modules.json";
/// Version of the list's format.
const SCHEMA: u32 = 1;

/// The list's text: canonical JSON and a newline.
///
/// # Errors
/// [`ImageError::Json`].
pub fn modules_json(paths: &[String]) -> Result<String, ImageError> {
    to_canonical_json(&serde_json::json!({ "schema": SCHEMA, "load": paths }))
        .map(|text| text + "\n")
        .map_err(|source| ImageError::Json { file: MODULES_PATH, source })
}

/// The paths of the `wanted` modules and of all that they need, each once, dependencies first; otherwise as wanted.
///
/// # Errors
/// [`ImageError::Module`] for a file that is no module, [`ImageError::ModuleTwice`] for two of one name,
/// [`ImageError::ModuleUnknown`] and [`ImageError::ModuleCycle`].
pub fn load_order(wanted: &[String], modules: &BTreeMap<String, Vec<u8>>) -> Result<Vec<String>, ImageError> {
    order_upon(wanted, modules, BTreeSet::new())
}

/// As [`load_order`], for modules that come to a root which loaded its own `root_wanted` before: what the root loaded is there.
///
/// # Errors
/// As [`load_order`], for either.
pub fn load_order_upon(
    wanted: &[String],
    modules: &BTreeMap<String, Vec<u8>>,
    root_wanted: &[String],
    root_modules: &BTreeMap<String, Vec<u8>>,
) -> Result<Vec<String>, ImageError> {
    let name = |path: &String, bytes: &[u8]| {
        let described = read(bytes).map_err(|reason| ImageError::Module { path: path.clone(), reason })?;
        Ok(described.0)
    };
    let mut loaded = BTreeMap::new();
    for path in load_order(root_wanted, root_modules)? {
        if let Some(bytes) = root_modules.get(&path) {
            loaded.insert(name(&path, bytes)?, path);
        }
    }
    for (path, bytes) in modules {
        let name = name(path, bytes)?;
        if let Some(first) = loaded.get(&name) {
            return Err(ImageError::ModuleTwice { first: first.clone(), second: path.clone(), name });
        }
    }
    order_upon(wanted, modules, loaded.into_keys().collect())
}

/// `done` are the names of modules that are loaded already.
fn order_upon(
    wanted: &[String],
    modules: &BTreeMap<String, Vec<u8>>,
    mut done: BTreeSet<String>,
) -> Result<Vec<String>, ImageError> {
    let mut by_name: BTreeMap<String, (&String, Vec<String>)> = BTreeMap::new();
    for (path, bytes) in modules {
        let (name, depends) =
            read(bytes).map_err(|reason| ImageError::Module { path: path.clone(), reason })?;
        if let Some((first, _)) = by_name.get(&name) {
            return Err(ImageError::ModuleTwice { first: (*first).clone(), second: path.clone(), name });
        }
        by_name.insert(name, (path, depends));
    }
    let mut order = Vec::new();
    for name in wanted {
        add(&underscored(name), &by_name, &mut done, &mut order)?;
    }
    Ok(order)
}

/// Adds `wanted` behind what it needs. Not recursive: who writes the modules also chooses the depth.
fn add(
    wanted: &str,
    modules: &BTreeMap<String, (&String, Vec<String>)>,
    done: &mut BTreeSet<String>,
    order: &mut Vec<String>,
) -> Result<(), ImageError> {
    // Each with the number of its dependencies that are done; each needs the one that follows.
    let mut open: Vec<(String, usize)> = vec![(wanted.to_owned(), 0)];
    let mut open_names = BTreeSet::from([wanted.to_owned()]);
    while let Some((name, next)) = open.last_mut() {
        if done.contains(name) {
            open_names.remove(name);
            open.pop();
            continue;
        }
        let Some((path, depends)) = modules.get(name) else {
            let name = name.clone();
            let needed_by = open.iter().nth_back(1).map(|(name, _)| name.clone());
            return Err(ImageError::ModuleUnknown { name, needed_by });
        };
        if *next == depends.len() {
            open_names.remove(name);
            done.insert(name.clone());
            order.push((*path).clone());
            open.pop();
            continue;
        }
        let dependency = depends[*next].clone();
        *next += 1;
        if !open_names.insert(dependency.clone()) {
            let names = open.into_iter().map(|(name, _)| name).skip_while(|name| *name != dependency);
            return Err(ImageError::ModuleCycle { names: names.collect() });
        }
        open.push((dependency, 0));
    }
    Ok(())
}

/// Name and dependencies of a module, with underscores.
fn read(bytes: &[u8]) -> Result<(String, Vec<String>), &'static str> {
    let file = object::read::elf::ElfFile64::<object::LittleEndian>::parse(bytes)
        .map_err(|_| "it is no whole 64-bit little-endian ELF file")?;
    let mut sections = file.sections().filter(|section| section.name_bytes() == Ok(b".modinfo"));
    let (Some(section), None) = (sections.next(), sections.next()) else {
        return Err("it does not have one section .modinfo");
    };
    let data = section.data().map_err(|_| "its section .modinfo is not in the file")?;
    let name = names(value(data, "name=")?.ok_or("its .modinfo has no name")?)?;
    let [name] = &name[..] else {
        return Err("its name in .modinfo is not one name");
    };
    Ok((
        name.clone(),
        names(value(data, "depends=")?.ok_or("its .modinfo does not say what it depends on")?)?,
    ))
}

/// The one value of `key`, which ends with `=`.
fn value<'a>(modinfo: &'a [u8], key: &str) -> Result<Option<&'a [u8]>, &'static str> {
    let mut found = modinfo.split(|byte| *byte == 0).filter_map(|entry| entry.strip_prefix(key.as_bytes()));
    let value = found.next();
    found.next().map_or(Ok(value), |_| Err("its .modinfo states name or dependencies twice"))
}

fn names(value: &[u8]) -> Result<Vec<String>, &'static str> {
    const NO_NAME: &str = "a name in its .modinfo has other characters than letters, digits, - and _";
    let text = std::str::from_utf8(value).map_err(|_| NO_NAME)?;
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let known = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    text.split(',').map(|name| known(name).then(|| underscored(name)).ok_or(NO_NAME)).collect()
}

fn underscored(name: &str) -> String {
    name.replace('-', "_")
}

#[cfg(test)]
mod tests;
