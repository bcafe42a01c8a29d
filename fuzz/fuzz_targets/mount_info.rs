// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `/proc/self/mountinfo`, by which PID 1 unmounts: whatever a mount point is called, its name survives the kernel's escapes.
#![forbid(unsafe_code)]
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../os/init/src/mountinfo.rs"]
mod mountinfo;

/// As the kernel writes a mount point (fs/proc_namespace.c, `show_mountinfo`).
fn escaped(name: &str) -> String {
    name.chars()
        .map(|c| {
            if matches!(c, ' ' | '\t' | '\n' | '\\') {
                format!("\\{:03o}", u32::from(c))
            } else {
                c.to_string()
            }
        })
        .collect()
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    assert!(mountinfo::data_mounts(text).len() <= text.lines().count());
    let Some((kind, target)) = text.split_once('\n') else { return };
    if kind.contains([' ', '\t', '\\', '\r']) {
        return;
    }
    let target = &format!("/{target}");
    let line = |kind: &str| format!("30 22 254:1 / {} rw shared:1 - {kind} /dev/vda1 rw\n", escaped(target));
    let all = [line("tmpfs"), line(kind), line("xfs"), line("proc")].concat();
    let found = mountinfo::data_mounts(&all);
    assert!((1..=2).contains(&found.len()), "{all:?}: {found:?}");
    assert!(found.iter().all(|name| name == target), "{target:?} became {found:?}");
});
