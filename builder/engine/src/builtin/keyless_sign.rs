// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `keyless-sign@1`: unsigned modules to certificates and signatures by keys that are derived from the modules' own digests, so that
//! a valid signature exists and nobody ever held a private key (DESIGN §9.6).
//!
//! Inputs: trees with modules, by name. Arguments: `release` (its id) and `epoch` (the certificates' beginning).

use std::collections::{BTreeMap, BTreeSet};

use ashlar_causes::chain;
use ashlar_module_signature::{
    FormatError, ModuleDigest, ReleaseId, Subject, UnsignedModule, certificate, cms, keyless,
};
use ashlar_tree::Tree;

use super::Inputs;
use super::module_files::contents;
use super::signatures::Signatures;
use crate::EngineError;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let release = ReleaseId::parse(inputs.string("release")?).map_err(|cause| inputs.failed(&cause))?;
    let epoch = inputs.number("epoch")?;
    let trees = inputs.trees()?;
    let mut digests = BTreeSet::new();
    for (path, module) in contents(inputs, trees.values())? {
        UnsignedModule::check(&module).map_err(|cause| inputs.wrong(format!("{path}: {}", chain(&cause))))?;
        digests.insert(ModuleDigest::of(&module));
    }
    let wrong = |cause: FormatError| inputs.failed(&cause);
    let mut certificates = Vec::new();
    let mut by_digest = BTreeMap::new();
    for digest in digests {
        let derived = keyless(&digest).map_err(wrong)?;
        let subject = Subject::Module(digest);
        certificates.extend(certificate(&subject, &release, epoch, &derived.public_key).map_err(wrong)?);
        by_digest.insert(digest, cms(&release, &derived.public_key, &derived.signature).map_err(wrong)?);
    }
    Signatures { certificates, by_digest }.store(inputs)
}
