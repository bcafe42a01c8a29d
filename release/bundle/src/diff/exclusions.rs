// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The one list of what may differ between two releases of one source, with the reason for each.
//!
//! Names of parts, as decoders give them:
//! ```text
//! <module>.ko          module, signature                           the appended CMS with its trailer
//! vmlinuz              setup, startup, payload, code, checksum,    the boot wrapper
//!                      kernel, certificates, certificate-counters  what is in it: the reserved area, the two sizes beside it
//! root and extension   each file by its path, tree.json,           see the reader of erofs
//!                      superblock, layout, verity
//! extension            descriptor.json                             the last block
//! unified kernel       its sections, places, appended              see the reader of unified kernel images
//! initramfs            <archive>/<path>, <archive>/<path>#header   see the reader of newc
//! JSON                 /pointer/to/value                           see the reader of JSON
//! os-release           KEY                                         see the reader of key=value lines
//! ```

use super::pattern;
use super::report::Reason;

/// One thing that may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// Path of a file or part; `*` stands for any text within one name.
    pub pattern: &'static str,
    /// Why it may differ.
    pub reason: Reason,
}

const fn may(pattern: &'static str, reason: Reason) -> Exclusion {
    Exclusion { pattern, reason }
}

/// Everything that may differ.
pub const EXCLUSIONS: &[Exclusion] = &[
    // Another ephemeral key signs the same modules.
    may("signatures/*.p7s", Reason::ModuleSignature),
    may("root.erofs!*.ko!signature", Reason::ModuleSignature),
    may("extensions/*.raw!*.ko!signature", Reason::ModuleSignature),
    may("signing.json!/modules/*/signature", Reason::ModuleSignature),
    // Its certificate is published, and lies in the kernel.
    may("certificate.pem", Reason::Certificate),
    may("vmlinuz!certificates", Reason::Certificate),
    may("vmlinuz!certificate-counters", Reason::Certificate),
    may("release.json!/certificates/*", Reason::Certificate),
    // What keys say of the release.
    may("key-statement.intoto.json", Reason::Statement),
    may("provenance.intoto.jsonl", Reason::Statement),
    may("sbom.intoto.jsonl", Reason::Statement),
    may("manifest.sig", Reason::Statement),
    may("secure-boot.p7s", Reason::Statement),
    may("secure-boot.pem", Reason::Statement),
    may("*.efi!appended", Reason::Statement),
    // The version, wherever it is written.
    may("manifest.json!/release", Reason::Version),
    may("manifest.json!/version", Reason::Version),
    may("release.json!/release", Reason::Version),
    may("release.json!/version", Reason::Version),
    may("extensions.json!/release", Reason::Version),
    may("root.erofs!usr/lib/os-release!VERSION_ID", Reason::Version),
    may("root.erofs!usr/lib/os-release!PRETTY_NAME", Reason::Version),
    may("root.erofs!usr/lib/os-release!VERSION", Reason::Version),
    may("root.erofs!usr/lib/os-release!IMAGE_VERSION", Reason::Version),
    may("extensions/*.raw!*/extension-release.*!VERSION_ID", Reason::Version),
    may("extensions/*.raw!*/extension-release.*!ASHLAR_RELEASE", Reason::Version),
    may("extensions/*.raw!descriptor.json!/release", Reason::Version),
    // Sources, which `--with-sources` adds. Their names are their digests, and inputs.json lists all of them.
    may("sources/*", Reason::Carried),
    may("manifest.json!/files/sources~1*/role", Reason::Carried),
    // Digests, sizes and places that follow from the above.
    may("SHA256SUMS", Reason::Derived),
    may("manifest.json!/files/secure-boot.*/role", Reason::Statement),
    may("manifest.json!/files/*/sha256", Reason::Derived),
    may("manifest.json!/files/*/size", Reason::Derived),
    may("extensions/*.raw!descriptor.json!/root_hash", Reason::Derived),
    may("release.json!/extensions/*", Reason::Derived),
    may("extensions.json!/extensions/*/root_hash", Reason::Derived),
    may("extensions.json!/extensions/*/salt", Reason::Derived),
    may("extensions.json!/extensions/*/data_blocks", Reason::Derived),
    may("extensions.json!/extensions/*/hash_offset", Reason::Derived),
    may("boot.json!/root/root_hash", Reason::Derived),
    may("boot.json!/root/salt", Reason::Derived),
    may("boot.json!/root/data_blocks", Reason::Derived),
    may("boot.json!/root/hash_offset", Reason::Derived),
    // SBOMs hold the digests of kernel and containers, and the version of the OS. `ashlar sbom diff` says what differs in components.
    may("*.spdx.json", Reason::Derived),
    may("*.spdx3.json", Reason::Derived),
    may("*.cdx.json", Reason::Derived),
    may("extensions/*.json", Reason::Derived),
    may("root.erofs!usr/share/spdx/*", Reason::Derived),
    may("extensions/*.raw!usr/share/spdx/*", Reason::Derived),
    // How a file is written whose other parts differ.
    may("root.erofs!layout", Reason::Encoding),
    may("root.erofs!verity", Reason::Encoding),
    may("extensions/*.raw!layout", Reason::Encoding),
    may("extensions/*.raw!verity", Reason::Encoding),
    may("vmlinuz!payload", Reason::Encoding),
    may("vmlinuz!checksum", Reason::Encoding),
    may("*.efi!places", Reason::Encoding),
];

/// Parts that are copies of files of the release, so that what may differ is said once.
const COPIES: &[(&str, &str)] = &[
    ("*.efi!.linux", "vmlinuz"),
    ("*.efi!.initrd", "initramfs.cpio"),
    ("*.efi!.cmdline", "cmdline"),
    ("*.efi!.osrel", "root.erofs!usr/lib/os-release"),
    ("initramfs.cpio!*/ashlar/root.erofs", "root.erofs"),
    ("initramfs.cpio!*/ashlar/boot.json", "boot.json"),
    ("root.erofs!usr/share/ashlar/release.json", "release.json"),
    ("root.erofs!usr/lib/ashlar/extensions.json", "extensions.json"),
];

/// The exclusion that covers `path`.
pub(super) fn covering(path: &str) -> Option<&'static Exclusion> {
    let path = original(path);
    EXCLUSIONS.iter().find(|exclusion| pattern::matches(exclusion.pattern, &path))
}

/// `path`, counted from the file that its outermost copy is a copy of. Each step shortens it.
fn original(path: &str) -> String {
    let mut path = path.to_owned();
    while let Some(shorter) = COPIES.iter().find_map(|(copy, file)| {
        let (outer, rest) = path.split_once('!')?;
        let (inner, rest) = rest.split_once('!').map_or((rest, None), |(inner, rest)| (inner, Some(rest)));
        let found = pattern::matches(copy, &format!("{outer}!{inner}"));
        found.then(|| rest.map_or_else(|| (*file).to_owned(), |rest| format!("{file}!{rest}")))
    }) {
        path = shorter;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_differ_in_a_file_may_differ_in_its_copies() {
        for (path, file) in [
            (
                "qemu.efi!.initrd!0/ashlar/root.erofs!usr/lib/x.ko!signature",
                "root.erofs!usr/lib/x.ko!signature",
            ),
            ("qemu.efi!.initrd", "initramfs.cpio"),
            ("qemu.efi!.linux!certificates", "vmlinuz!certificates"),
            ("qemu.efi!.osrel!VERSION", "root.erofs!usr/lib/os-release!VERSION"),
            ("root.erofs!usr/share/ashlar/release.json!/version", "release.json!/version"),
            ("extensions/a.raw!layout", "extensions/a.raw!layout"),
            ("root.erofs", "root.erofs"),
        ] {
            assert_eq!(original(path), file);
        }
        assert_eq!(covering("qemu.efi!.linux!certificates").unwrap().reason, Reason::Certificate);
        assert_eq!(covering("qemu.efi!.linux"), None);
    }

    #[test]
    fn no_file_that_boots_may_differ_as_a_whole() {
        for file in [
            "vmlinuz",
            "root.erofs",
            "initramfs.cpio",
            "qemu.efi",
            "cmdline",
            "extensions/a.raw",
            "owners.json",
        ] {
            assert_eq!(covering(file), None, "{file}");
        }
        for part in [
            "root.erofs!usr/bin/init",
            "root.erofs!usr/lib/x.ko",
            "root.erofs!usr/lib/x.ko!module",
            "root.erofs!tree.json!/usr~1bin~1init/mode",
            "root.erofs!superblock",
            "root.erofs!verity-of-other-data",
            "extensions/a.raw!descriptor.json!/version",
            "vmlinuz!setup",
            "vmlinuz!startup",
            "vmlinuz!code",
            "vmlinuz!kernel",
            "vmlinuz!checksum-of-other-bytes",
        ] {
            assert_eq!(covering(part), None, "{part}");
        }
    }

    #[test]
    fn every_exclusion_covers_something_that_no_other_does() {
        for exclusion in EXCLUSIONS {
            let path = exclusion.pattern.replace('*', "x");
            let covering: Vec<_> =
                EXCLUSIONS.iter().filter(|other| pattern::matches(other.pattern, &path)).collect();
            assert_eq!(covering, [exclusion]);
            // And it is not hidden by a copy.
            assert_eq!(original(&path), path);
        }
    }
}
