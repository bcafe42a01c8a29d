// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What an image is called, and where its signatures come from: the two things that tell a release from a development image.
//!
//! Formats: docs/design/release.md.

use ashlar_digest::TreeDigest;
use ashlar_recipe::{ImageDefinition, Project};

/// Who signed the modules of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signing {
    /// Derived keys whose private half nobody ever held: a pure function of the modules.
    Keyless,
    /// A ceremony.
    Ceremony {
        /// Name of the algorithm, as `release.json` states it.
        algorithm: String,
        /// Certificates and signatures.
        signatures: TreeDigest,
    },
}

impl Signing {
    /// What `release.json` states as `signer`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Keyless => "keyless",
            Self::Ceremony { algorithm, .. } => algorithm,
        }
    }
}

/// What an image says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageIdentity {
    /// The release id.
    pub release: String,
    /// The version that os-release shows.
    pub version: String,
    /// `development` or `release`.
    pub kind: &'static str,
    /// Who signed its modules.
    pub signing: Signing,
}

impl ImageIdentity {
    /// A development image: a pure function of the checkout. Its id can be that of no release.
    #[must_use]
    pub fn development(project: &Project, image: &ImageDefinition) -> Self {
        let version = image.version.clone();
        // No version of a release holds an underscore.
        let release = release_id(project, image, &format!("{version}_development"));
        Self { release, version, kind: "development", signing: Signing::Keyless }
    }

    /// A release.
    #[must_use]
    pub fn release(project: &Project, image: &ImageDefinition, version: &str, signing: Signing) -> Self {
        let release = release_id(project, image, version);
        Self { release, version: version.to_owned(), kind: "release", signing }
    }
}

/// `<project>-<image>-<version>-<arch>`.
#[must_use]
pub fn release_id(project: &Project, image: &ImageDefinition, version: &str) -> String {
    let platform = image.platform.as_str();
    let arch = platform.split('-').next().unwrap_or(platform);
    format!("{}-{}-{version}-{arch}", project.name, image.name)
}
