// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The `ar` frame of binary packages: its members are those that another reader finds, and written again they are the same.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_debian::fuzzing::members;
use libfuzzer_sys::fuzz_target;
use object::read::archive::ArchiveFile;

type Member = (String, Vec<u8>);

fn write(members: &[Member]) -> Vec<u8> {
    let mut out = b"!<arch>\n".to_vec();
    for (name, content) in members {
        // What would be taken off the end of a name is kept by a slash.
        let slash = if name.ends_with(['/', ' ']) { "/" } else { "" };
        let (name, size) = (format!("{name}{slash}"), content.len());
        out.extend(format!("{name:<16}{:<32}{size:<10}`\n", 0).into_bytes());
        out.extend_from_slice(content);
        out.resize(out.len().next_multiple_of(2), b'\n');
    }
    out
}

/// Whether the name is one in every variant of `ar`, and no table of names or symbols.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains([' ', '/']) && !name.starts_with("__.SYMDEF")
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(found) = members(bytes) else { return };
    assert_eq!(members(&write(&found)).as_ref(), Ok(&found), "written again it says something else");
    if found.iter().all(|(name, _)| is_plain(name)) {
        let archive = ArchiveFile::parse(bytes).expect("another reader refuses it");
        let theirs = archive.members().map(|member| {
            let member = member.expect("another reader refuses a member");
            let content = member.data(bytes).expect("a content lies elsewhere").to_vec();
            (String::from_utf8_lossy(member.name()).into_owned(), content)
        });
        assert_eq!(theirs.collect::<Vec<Member>>(), found, "another reader finds other members");
    }
});
