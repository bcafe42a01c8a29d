// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The manifest as JSON, and its strict reading.

use std::collections::BTreeMap;
use std::fmt::Display;

use ashlar_digest::Sha256;
use serde::{Deserialize, Serialize};

use super::{Manifest, ManifestHead};
use crate::layout::{self, MANIFEST, Role};
use crate::{BundleError, BundlePath, ImageName, Measured, PlatformName, Signer, Version, canonical};

/// Version of the format.
const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    schema: u32,
    release: String,
    project: String,
    image: String,
    version: String,
    platform: String,
    epoch: u64,
    signer: Signer,
    agent_sha256: Option<String>,
    checkout: String,
    expected: BTreeMap<String, String>,
    files: BTreeMap<String, WireFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFile {
    role: Role,
    size: u64,
    sha256: String,
}

pub(super) fn encode(manifest: &Manifest) -> Result<String, BundleError> {
    let head = &manifest.head;
    let file = |file: &super::FileEntry| WireFile {
        role: file.role,
        size: file.measured.size,
        sha256: file.measured.sha256.to_string(),
    };
    let wire = Wire {
        schema: SCHEMA,
        release: manifest.release.to_string(),
        project: head.project.to_string(),
        image: head.image.to_string(),
        version: head.version.to_string(),
        platform: head.platform.to_string(),
        epoch: head.epoch,
        signer: head.signer,
        agent_sha256: head.agent.map(|digest| digest.to_string()),
        checkout: head.checkout.to_string(),
        expected: head.expected.iter().map(|(name, digest)| (name.clone(), digest.to_string())).collect(),
        files: manifest.files.iter().map(|(path, entry)| (path.to_string(), file(entry))).collect(),
    };
    canonical::encode(MANIFEST, &wire)
}

fn refuse(reason: String) -> BundleError {
    BundleError::Document { document: MANIFEST, reason }
}

fn digest(of: impl Display, text: &str) -> Result<Sha256, BundleError> {
    text.parse().map_err(|cause| refuse(format!("{of}: {cause}")))
}

pub(super) fn decode(bytes: &[u8]) -> Result<Manifest, BundleError> {
    let wire: Wire = canonical::decode(MANIFEST, bytes)?;
    if wire.schema != SCHEMA {
        return Err(refuse(format!("it has schema {}, this program reads {SCHEMA}", wire.schema)));
    }
    let expected = wire.expected.iter().map(|(name, text)| Ok((name.clone(), digest(name, text)?)));
    let head = ManifestHead {
        project: ImageName::parse(&wire.project)?,
        image: ImageName::parse(&wire.image)?,
        version: Version::parse(&wire.version)?,
        platform: PlatformName::parse(&wire.platform)?,
        epoch: wire.epoch,
        signer: wire.signer,
        agent: wire.agent_sha256.map(|text| digest("agent_sha256", &text)).transpose()?,
        checkout: ashlar_digest::TreeDigest::new(digest("checkout", &wire.checkout)?),
        expected: expected.collect::<Result<_, BundleError>>()?,
    };
    let release = head.release()?;
    if release.as_str() != wire.release {
        return Err(refuse(format!("release is {:?}, but its parts give {release}", wire.release)));
    }
    let layout = layout::Layout::new(&head.image);
    let mut files = BTreeMap::new();
    for (text, file) in &wire.files {
        let path = BundlePath::parse(text)?;
        let expected = layout.role(&path).ok_or_else(|| BundleError::Unplaced { path: path.to_string() })?;
        if file.role != expected {
            return Err(BundleError::Role { path: path.to_string(), stated: file.role, expected });
        }
        files.insert(path, Measured { size: file.size, sha256: digest(text, &file.sha256)? });
    }
    Manifest::new(head, files)
}
