// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What PID 1 reads before anything is trusted: `boot.json`, `extensions.json`, os-release, and device-mapper's answers. What
//! it takes can be asked of device-mapper without a second meaning.
#![forbid(unsafe_code)]
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../os/init/src/boot.rs"]
#[expect(dead_code, reason = "PID 1 uses all of it")]
mod boot;
#[path = "../../os/init/src/descriptor.rs"]
#[expect(dead_code, reason = "PID 1 uses all of it")]
mod descriptor;
#[path = "../../os/init/src/dm_message.rs"]
#[expect(dead_code, reason = "PID 1 uses all of it")]
mod dm_message;
#[path = "../../os/init/src/extension_list.rs"]
#[expect(dead_code, reason = "PID 1 uses all of it")]
mod extension_list;
#[path = "../../os/init/src/os_release.rs"]
#[expect(dead_code, reason = "PID 1 uses all of it")]
mod os_release;
#[path = "../../os/init/src/verity.rs"]
#[expect(dead_code, reason = "PID 1 uses all of it")]
mod verity;
#[path = "../../os/init/src/verity_spec.rs"]
mod verity_spec;
mod error {
    pub(crate) use ashlar_kernel_state::Malformed;
}

/// The line that device-mapper is asked for gives back what was asked for, and no option.
fn check_table(spec: &verity_spec::VeritySpec) {
    let table = spec.table(dm_message::DeviceNumber { major: 254, minor: 0 });
    let line = table.to_string();
    let again = verity::VerityTable::parse(&line).expect("what is asked for is a table");
    assert_eq!(again, table, "{line}");
    assert!(again.options.is_empty(), "{line}");
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(spec) = boot::BootSpec::parse(text) {
        check_table(&spec.root);
    }
    if let Ok(list) = extension_list::ExtensionList::parse(text) {
        let claim = format!(
            r#"{{"name":"writeboost","version":"1","release":"r","root_hash":"{}"}}"#,
            "0f".repeat(32)
        );
        let claim: descriptor::Descriptor = serde_json::from_str(&claim).expect("a claim");
        if let Ok(listed) = list.choose(&claim) {
            assert_eq!(listed.verity.root_hash, claim.root_hash, "another extension than the listed one");
            check_table(&listed.verity);
        }
    }
    if let Ok(table) = verity::VerityTable::parse(text) {
        assert_eq!(verity::VerityTable::parse(&table.to_string()).as_ref().ok(), Some(&table), "{text:?}");
    }
    if let Ok(status) = verity::VerityStatus::parse(text) {
        let letter = if status == verity::VerityStatus::Verified { "V" } else { "C" };
        assert_eq!(text.split(' ').next(), Some(letter), "{text:?} is {status:?}");
    }
    if let Ok(release) = os_release::OsRelease::parse(text) {
        let plain = |value: &str| !value.contains(['"', '\'', ' ', '\\', '$', '`']) && value.trim() == value;
        if plain(&release.id) && plain(&release.version) {
            let again = format!("ID={}\nVERSION={}\n", release.id, release.version);
            assert_eq!(os_release::OsRelease::parse(&again).ok(), Some(release));
        }
    }
});
