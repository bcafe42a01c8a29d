// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the provenance of a release says besides digests. Who writes it and who judges it take it from here, so that
//! what is judged is what is written.
//!
//! Format: docs/design/release.md, "Release directory". A parameter that an auditor did not know could say anything, so
//! these are all of them, and each follows from the manifest.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// `buildType` of a release: how the build runs, and what its parameters mean.
pub const RELEASE_BUILD_TYPE: &str = "https://ashlar.invalid/build/release/v1";
/// `builder.id` of a release.
pub const RELEASE_BUILDER: &str = "https://ashlar.invalid/builder/ashlar/v1";

/// What the person who asked for a release chose, in the manifest's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseParameters<'a> {
    /// The image.
    pub image: &'a str,
    /// The version of the release.
    pub version: &'a str,
    /// What it runs on, such as `x86_64-linux`.
    pub platform: &'a str,
    /// What signs the modules: `keyless`, `p384` or `rsa-4096`.
    pub signer: &'a str,
}

impl ReleaseParameters<'_> {
    /// `externalParameters`, whole.
    #[must_use]
    pub fn external(&self) -> BTreeMap<String, Value> {
        let parameters = [
            ("image", json!(self.image)),
            ("version", json!(self.version)),
            ("platform", json!(self.platform)),
            ("signer", json!(self.signer)),
            // Images name the feeds that judge their releases; none can be named yet.
            ("feeds", json!([])),
        ];
        parameters.map(|(name, value)| (name.to_owned(), value)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_of_published_releases_stay_as_they_are() {
        let parameters =
            ReleaseParameters { image: "qemu", version: "1.0.0", platform: "x86_64-linux", signer: "p384" };
        assert_eq!(
            json!(parameters.external()).to_string(),
            r#"{"feeds":[],"image":"qemu","platform":"x86_64-linux","signer":"p384","version":"1.0.0"}"#
        );
        assert_eq!(RELEASE_BUILD_TYPE, "https://ashlar.invalid/build/release/v1");
        assert_eq!(RELEASE_BUILDER, "https://ashlar.invalid/builder/ashlar/v1");
    }
}
