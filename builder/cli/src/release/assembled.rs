// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An image assembled for a release: the step that `release` and `reassemble` share, so that an audit makes what was released.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ashlar_plan::ImageIdentity;
use ashlar_recipe::ImageDefinition;
use ashlar_store::StoreError;

use super::contents::{Files, image_files};
use super::{Agent, inputs_of, with_signature};
use crate::failure::Failure;
use crate::session::{Planned, Session};

/// Where a file of a release comes from.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// The store.
    File(PathBuf),
    /// Made here.
    Bytes(Vec<u8>),
}

/// What a function of checkout, version and published signatures is.
pub(crate) struct Assembled {
    /// By path in the release.
    pub(crate) parts: BTreeMap<String, Part>,
    /// The image's epoch, seconds since 1970.
    pub(crate) epoch: u64,
    /// What it was built from.
    pub(crate) inputs: ashlar_release_bundle::Inputs,
    /// Name of the unified kernel image.
    uki: String,
}

impl Assembled {
    /// Builds the image that `identity` describes, and collects its files. What was built for the ceremony is an input as well.
    pub(crate) fn build(
        session: &Session<'_>,
        image: &ImageDefinition,
        identity: &ImageIdentity,
        agent: Option<&(Agent, Planned)>,
    ) -> Result<Self, Failure> {
        let (planned, built) = session.build_identified(image, identity)?;
        let files: Files = image_files(session, image, &planned, &built)?;
        let plans: Vec<&Planned> = std::iter::once(&planned).chain(agent.map(|(_, plan)| plan)).collect();
        let inputs = inputs_of(session, &plans)?;
        let mut parts: BTreeMap<String, Part> =
            files.into_iter().map(|(path, file)| (path, Part::File(file))).collect();
        parts.insert("inputs.json".to_owned(), Part::Bytes(inputs.to_json()?.into_bytes()));
        let epoch = image_epoch(image, &planned)?;
        Ok(Self { parts, epoch, inputs, uki: format!("{}.efi", image.name) })
    }

    /// The unified kernel image as it is, unsigned until [`Self::attach`].
    pub(crate) fn uki(&self) -> Result<Vec<u8>, Failure> {
        match self.parts.get(&self.uki) {
            Some(Part::File(path)) => {
                std::fs::read(path).map_err(|source| StoreError::Read { path: path.clone(), source }.into())
            }
            Some(Part::Bytes(bytes)) => Ok(bytes.clone()),
            None => Err(Failure::surroundings(format!("find {}", self.uki))),
        }
    }

    /// Attaches a detached signature for Secure Boot.
    pub(crate) fn attach(&mut self, signature: &[u8]) -> Result<(), Failure> {
        let signed = with_signature(&self.uki()?, signature)?;
        self.parts.insert(self.uki.clone(), Part::Bytes(signed));
        Ok(())
    }
}

/// The image's epoch, as the graph has it.
pub(crate) fn image_epoch(image: &ImageDefinition, planned: &Planned) -> Result<u64, Failure> {
    let key = format!("image {} erofs", image.name);
    planned
        .graph
        .find(&key)
        .and_then(|node| planned.graph.epoch(node))
        .ok_or_else(|| Failure::surroundings(format!("find {key} in the plan")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Kind;

    #[test]
    fn an_image_that_the_store_has_lost_is_no_fault_of_the_command_line() {
        let part = Part::File(PathBuf::from("/nowhere/qemu.efi"));
        let assembled = Assembled {
            parts: BTreeMap::from([("qemu.efi".to_owned(), part)]),
            epoch: 0,
            inputs: ashlar_release_bundle::Inputs::default(),
            uki: "qemu.efi".to_owned(),
        };
        let failure = assembled.uki().unwrap_err();
        assert_eq!(failure.kind(), Kind::Surroundings, "{failure}");
    }
}
