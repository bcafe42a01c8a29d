// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The modules' signatures: each holds over the module that its name says, in its one encoding, and they are exactly
//! those of the OS's modules.
//!
//! `signatures/<SHA-512 of the unsigned module>.p7s`. Which modules the OS has, `release.json` says. A signature
//! that no module needs would still load one that nobody sees here; a certificate that signed nothing is a key that
//! the kernel trusts for no reason.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_module_signature::{ModuleDigest, Sha256};
use ashlar_release_bundle::layout::{CERTIFICATE, RELEASE, SIGNATURES};
use ashlar_release_bundle::limits::SIGNATURE_LIMIT;
use ashlar_signature_verifier::verify;

use crate::certificate::{CertificateSet, key_id};
use crate::folder::Folder;
use crate::next_step::look_first_at;
use crate::release_json::{ReleaseJson, SignedBy};
use crate::report::Notes;

/// One published signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    /// Its digest.
    pub(crate) sha256: Sha256,
    /// Position of the certificate by which it holds; none if it does not hold.
    pub(crate) certificate: Option<usize>,
}

/// The published signatures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SignatureSet {
    /// By module.
    pub(crate) published: BTreeMap<ModuleDigest, Published>,
}

/// Judges every signature.
pub(crate) fn check(
    folder: &Folder,
    described: Option<&ReleaseJson>,
    certificates: Option<&CertificateSet>,
    notes: &mut Notes,
) -> SignatureSet {
    let mut set = SignatureSet::default();
    let mut used = BTreeSet::new();
    let modules: Option<BTreeSet<ModuleDigest>> =
        described.map(|described| described.modules.values().copied().collect());
    for path in folder.paths() {
        let Some(name) = path.strip_prefix(SIGNATURES).and_then(|name| name.strip_prefix('/')) else {
            continue;
        };
        let Some(module) = name.strip_suffix(".p7s").and_then(|digest| ModuleDigest::parse(digest).ok())
        else {
            notes.find(path, "its name is not <SHA-512 of a module>.p7s");
            continue;
        };
        let Some(bytes) = folder.read(path, SIGNATURE_LIMIT, notes) else {
            continue;
        };
        if modules.as_ref().is_some_and(|modules| !modules.contains(&module)) {
            notes.find(path, "no module of the OS needs it");
        }
        let certificate = judge(folder, path, &module, &bytes, certificates, modules.as_ref(), notes);
        used.extend(certificate);
        set.published.insert(module, Published { sha256: Sha256::of(&bytes), certificate });
    }
    match &modules {
        None => {
            let what = "they could not be compared with the modules: release.json is unreadable";
            notes.find_with_help(SIGNATURES, what, look_first_at(RELEASE));
        }
        Some(modules) => {
            for module in modules.iter().filter(|module| !set.published.contains_key(module)) {
                notes.find(
                    &format!("{SIGNATURES}/{module}.p7s"),
                    "a module of the OS has no signature in the release",
                );
            }
        }
    }
    for (index, certificate) in certificates.iter().flat_map(|set| set.parsed().iter()).enumerate() {
        if !used.contains(&index) {
            notes.find(CERTIFICATE, format!("{} signed no module of the OS", certificate.subject()));
        }
    }
    set
}

/// Judges one signature; the position of the certificate by which it holds.
fn judge(
    folder: &Folder,
    path: &str,
    module: &ModuleDigest,
    cms: &[u8],
    certificates: Option<&CertificateSet>,
    modules: Option<&BTreeSet<ModuleDigest>>,
    notes: &mut Notes,
) -> Option<usize> {
    let Some(certificates) = certificates else {
        let what = "it could not be checked: certificate.pem is unreadable";
        notes.find_with_help(path, what, look_first_at(CERTIFICATE));
        return None;
    };
    let index = match verify(cms, module, certificates.parsed()) {
        Ok(verified) => verified.certificate,
        Err(refusal) => {
            notes.find(path, refusal.to_string());
            return None;
        }
    };
    // Keyless certificates stand in the order of the modules, so the one of another module has another place.
    let place = modules.and_then(|modules| modules.iter().position(|other| other == module));
    if folder.manifest().signer == SignedBy::Keyless && place.is_some_and(|place| place != index) {
        notes.find(path, "it is by the key of another module");
        return None;
    }
    let key = certificates.parsed().get(index).map(key_id).unwrap_or_default();
    notes.prove_by(path, "it holds over the module of its name, in its one encoding", key);
    Some(index)
}
