// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What came to the root while the machine ran: modules and extensions, the keys that let modules in, and services.

use super::super::console::clean;
use super::super::disk::Disk;
use super::super::promise::Promise;
use super::super::services::Service;
use super::super::status::Status;

/// Every attached extension must be in use with the root hash that the image lists, and no other.
pub(super) fn judge_extensions(
    status: &Status,
    attached: &[Disk],
    promise: &Promise,
    findings: &mut Vec<String>,
) {
    for Disk { name, .. } in attached {
        let active = status.extensions.iter().find(|active| active.name == *name);
        match (active.map(|active| &active.root_hash), promise.extensions.get(name)) {
            (None, _) => findings.push(format!("the extension {name} is attached, but not in use")),
            (Some(_), None) => {
                findings
                    .push(format!("the extension {name} is in use, but this image lists none of that name"));
            }
            (Some(found), Some(listed)) if found != listed => findings.push(format!(
                "the root hash of the extension {name} is {found}, but this image lists {listed}"
            )),
            (Some(_), Some(_)) => {}
        }
    }
    let unknown = |name: &str| attached.iter().all(|disk| disk.name != name);
    for active in status.extensions.iter().filter(|active| unknown(&active.name)) {
        findings.push(format!("the extension {} is in use, but not attached", active.name));
    }
}

/// What the image loads must be loaded, by a kernel that trusts the keys of the certificates in its file and no other.
pub(super) fn judge_modules(status: &Status, promise: &Promise, findings: &mut Vec<String>) {
    match &status.modules_loaded {
        Some(loaded) => {
            let missing = promise.modules.iter().filter(|name| !loaded.contains(name));
            findings.extend(missing.map(|name| format!("the module {name} is not loaded")));
        }
        None => findings.push("it is unknown which modules are loaded".to_owned()),
    }
    match &status.trusted_keys {
        Some(keys) => {
            let Some(of_file) = &promise.trusted_keys else { return };
            let missing = of_file.iter().filter(|key| !keys.contains(key));
            findings
                .extend(missing.map(|key| format!("the kernel does not trust the key {key} of its file")));
            let foreign = keys.iter().filter(|key| !of_file.contains(*key));
            findings
                .extend(foreign.map(|key| format!("the kernel trusts the key {key}, which its file lacks")));
        }
        None => findings.push("it is unknown which keys the kernel trusts".to_owned()),
    }
}

/// Every service of the image must be told of once, and no other.
pub(super) fn judge_services(status: &Status, promise: &Promise, findings: &mut Vec<String>) {
    findings.extend(status.services.iter().filter_map(Service::finding));
    let Some(promised) = &promise.services else { return };
    for name in promised {
        match status.services.iter().filter(|service| service.name == *name).count() {
            0 => findings.push(format!("the service {name} of the image was not started")),
            1 => {}
            times => findings.push(format!("the service {name} is told of {times} times")),
        }
    }
    let foreign = status.services.iter().filter(|service| !promised.contains(&service.name));
    findings.extend(foreign.map(|service| {
        let name = clean(service.name.as_bytes());
        format!("the service {name} was started, but the image has none of that name")
    }));
}
