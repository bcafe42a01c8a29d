// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a checkout says, without being built, of a release that is made from it; the release's manifest has to say the same.

use std::collections::BTreeMap;

use ashlar_plan::release_id;
use ashlar_release_bundle::{Manifest, ManifestHead};
use serde::{Deserialize, Serialize};

use super::checkout_digest;
use crate::expected;
use crate::failure::Failure;
use crate::session::Session;

/// What a checkout says; digests as texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stated {
    /// The release id that its project gives the image and version of the manifest.
    release: String,
    /// Its own digest.
    pub(crate) checkout: String,
    /// What its `ashlar.expected` says of the image.
    expected: BTreeMap<String, String>,
}

impl Stated {
    /// What the session's checkout says of the image and version of `head`.
    pub(crate) fn of(session: &Session<'_>, head: &ManifestHead) -> Result<Self, Failure> {
        let image = session.image(head.image.as_str())?;
        Ok(Self {
            release: release_id(session.recipes.project(), image, head.version.as_str()),
            checkout: checkout_digest(session)?.to_string(),
            expected: expected::stated(&session.root, image.name.as_str(), image.platform.as_str())?,
        })
    }

    /// Where the manifest says something else, and what to do then.
    pub(crate) fn differences(&self, manifest: &Manifest) -> Vec<String> {
        let (head, mut differences) = (manifest.head(), Vec::new());
        if self.release != manifest.release().as_str() {
            differences.push(format!(
                "this project calls the release {}: audit it from a clone of the project that it names",
                self.release
            ));
        }
        if self.checkout != head.checkout.to_string() {
            differences.push(format!(
                "the release is of the checkout {}, this one is {}: audit it from a clone of that state",
                head.checkout, self.checkout
            ));
        }
        let expected: BTreeMap<String, String> =
            head.expected.iter().map(|(name, digest)| (name.clone(), digest.to_string())).collect();
        if self.expected != expected {
            differences.push(
                "the manifest states other expected digests than the checkout's ashlar.expected: audit it from a clone of its own state"
                    .to_owned(),
            );
        }
        differences
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::published::tests::manifest;

    fn stated(manifest: &Manifest) -> Stated {
        let head = manifest.head();
        Stated {
            release: manifest.release().to_string(),
            checkout: head.checkout.to_string(),
            expected: head.expected.iter().map(|(name, digest)| (name.clone(), digest.to_string())).collect(),
        }
    }

    #[test]
    fn a_checkout_that_says_anything_else_than_the_manifest_is_told_what_to_do() {
        let manifest = manifest();
        let good = stated(&manifest);
        assert_eq!(good.differences(&manifest), Vec::<String>::new());
        let (mut other_project, mut changed, mut unexpected) = (good.clone(), good.clone(), good);
        other_project.release = "mallory-qemu-1.0.0-x86_64".to_owned();
        changed.checkout = "0".repeat(64);
        unexpected.expected.insert("root hash".to_owned(), "0".repeat(64));
        for (stated, what) in [
            (other_project, "this project calls the release mallory-qemu-1.0.0-x86_64: audit it"),
            (changed, "this one is 0000"),
            (unexpected, "other expected digests"),
        ] {
            let differences = stated.differences(&manifest);
            assert_eq!(differences.len(), 1, "{differences:?}");
            assert!(differences[0].contains(what), "{differences:?}");
        }
    }
}
