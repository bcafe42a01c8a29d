// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `release.json`: what the OS says that it is, by digest. The same file lies inside the root.
//!
//! Format: docs/design/release.md, "Inside the image":
//! ```text
//! {schema: 1, release, project, image, version, platform, kind: "development"|"release", signer: "keyless"|"p384"|"rsa-4096",
//!  certificates: [sha256], modules: {path: sha512 of the unsigned module}, extensions: {name: root hash}}
//! ```
//! Two builds of one version must be told apart here, so every name and digest is compared with what the release
//! shows.

use std::collections::BTreeMap;

use ashlar_digest::Sha256;
use ashlar_module_signature::ModuleDigest;
use ashlar_release_bundle::limits::DOCUMENT_LIMIT;
use serde::{Deserialize, Serialize};

use crate::folder::Folder;
use crate::report::Notes;
use crate::{AuditError, document};

pub(crate) const FILE: &str = "release.json";
const SCHEMA: u32 = 1;

/// How the modules of a release were signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SignedBy {
    /// A derived key for each module; nobody ever held one.
    #[serde(rename = "keyless")]
    Keyless,
    /// One P-384 key of a ceremony.
    #[serde(rename = "p384")]
    P384,
    /// One RSA key of a ceremony.
    #[serde(rename = "rsa-4096")]
    Rsa4096,
}

impl SignedBy {
    /// The word in JSON.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Keyless => "keyless",
            Self::P384 => "p384",
            Self::Rsa4096 => "rsa-4096",
        }
    }
}

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseJson {
    schema: u32,
    release: String,
    project: String,
    image: String,
    version: String,
    platform: String,
    kind: String,
    pub(crate) signer: SignedBy,
    pub(crate) certificates: Vec<String>,
    pub(crate) modules: BTreeMap<String, ModuleDigest>,
    pub(crate) extensions: BTreeMap<String, String>,
}

impl ReleaseJson {
    /// Reads the file; a second spelling of the same content is refused.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, AuditError> {
        let wrong = |reason: String| AuditError::Document { reason };
        let read: Self = document::decode(bytes)?;
        if read.schema != SCHEMA {
            return Err(wrong(format!("its schema is {}, not {SCHEMA}", read.schema)));
        }
        let digests = read.certificates.iter().chain(read.extensions.values());
        match digests.filter_map(|digest| digest.parse::<Sha256>().err()).next() {
            Some(cause) => Err(wrong(cause.to_string())),
            None => Ok(read),
        }
    }
}

/// Reads `release.json` and compares its names with the manifest's.
pub(crate) fn check(folder: &Folder, notes: &mut Notes) -> Option<ReleaseJson> {
    let bytes = folder.read(FILE, DOCUMENT_LIMIT, notes)?;
    let described = match ReleaseJson::parse(&bytes) {
        Ok(described) => described,
        Err(error) => {
            notes.fail(FILE, &error, error.help());
            return None;
        }
    };
    let before = notes.count();
    let manifest = folder.manifest();
    for (what, said, is) in [
        ("release", &described.release, manifest.release.to_string()),
        ("project", &described.project, manifest.project.to_string()),
        ("image", &described.image, manifest.image.to_string()),
        ("version", &described.version, manifest.version.to_string()),
        ("platform", &described.platform, manifest.platform.to_string()),
        ("kind", &described.kind, "release".to_owned()),
    ] {
        if *said != is {
            notes.find(FILE, format!("it states the {what} {said:?}, not {is:?}"));
        }
    }
    if notes.count() == before {
        notes.prove(FILE, "it names this release as the manifest does");
    }
    Some(described)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = concat!(
        r#"{"certificates":[],"extensions":{},"image":"q","kind":"release","modules":{},"platform":"x","#,
        r#""project":"a","release":"r","schema":1,"signer":"p384","version":"1"}"#,
        "\n"
    );

    #[test]
    fn the_canonical_text_is_read_and_no_other() {
        assert!(ReleaseJson::parse(TEXT.as_bytes()).is_ok());
        for (from, to) in [
            ("{\"certificates\":[]", "{ \"certificates\":[]"),
            ("\"schema\":1", "\"schema\":2"),
            ("p384", "p256"),
            ("\"version\":\"1\"", "\"version\":\"1\",\"more\":1"),
            ("\"certificates\":[]", "\"certificates\":[\"ab\"]"),
            ("\"extensions\":{}", "\"extensions\":{\"a\":\"AB\"}"),
            ("\"modules\":{}", "\"modules\":{\"a\":\"00\"}"),
        ] {
            let changed = TEXT.replacen(from, to, 1);
            assert_ne!(changed, TEXT);
            assert!(ReleaseJson::parse(changed.as_bytes()).is_err(), "{changed}");
        }
    }

    proptest::proptest! {
        #[test]
        fn hostile_texts_never_panic(noise: Vec<u8>, changes: Vec<(u8, u8)>) {
            drop(ReleaseJson::parse(&noise));
            let mut bytes = TEXT.as_bytes().to_vec();
            for (at, value) in changes {
                let at = usize::from(at) % bytes.len();
                bytes[at] = value;
            }
            drop(ReleaseJson::parse(&bytes));
        }
    }
}
