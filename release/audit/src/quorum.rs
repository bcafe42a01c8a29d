// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Several rebuilders, one result: statements that others rebuilt a release and got the same bytes, and when there
//! are enough.
//!
//! What counts is keys, not statements: however often and in whichever envelope one rebuilder says it, it is one. A
//! statement counts only if all that it says is about this release: id, manifest by digest as its one subject and
//! in the predicate, and the checkout that was built. Nothing is passed over in silence.

use std::collections::BTreeMap;

use ashlar_attestation::{
    KeyId, RebuildStatement, Statement, Subject, TrustedKey, Verdict, Verified, envelope,
};
use ashlar_causes::chain;
use ashlar_digest::{Sha256, TreeDigest};
use ashlar_module_signature::ReleaseId;
use ashlar_release_bundle::layout::MANIFEST;
use serde::{Deserialize, Serialize};

use crate::{AuditError, AuditReport};

/// A statement that counted, by the key that makes it count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// Position of the statement, from 0.
    pub statement: usize,
    /// Id of the rebuilder's key.
    pub key: String,
    /// What the rebuilder calls itself.
    pub rebuilder: String,
}

/// A statement, or one key of it, that did not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// Position of the statement, from 0.
    pub statement: usize,
    /// Why it does not count.
    pub why: String,
}

/// What came of counting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quorum {
    /// Whether as many different keys as asked for, and at least one, stand for this release.
    pub reached: bool,
    /// How many were asked for.
    pub needed: usize,
    /// One for each key that counts.
    pub accepted: Vec<Accepted>,
    /// Everything else, with the reason.
    pub refused: Vec<Refused>,
}

/// What a statement has to be about, all as the manifest of the release says.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The release.
    pub release: &'a ReleaseId,
    /// SHA-256 of its manifest.
    pub manifest_sha256: Sha256,
    /// The checkout that its manifest names: a rebuild of another one shows nothing of this.
    pub checkout: TreeDigest,
}

/// Counts which of `rebuilders` state in `statements` (DSSE envelopes, JSON) that they rebuilt the release `about`, from
/// its checkout and with its manifest. `needed` different keys make a quorum; none is no quorum.
#[must_use]
pub fn quorum(
    statements: &[impl AsRef<[u8]>],
    needed: usize,
    rebuilders: &[TrustedKey],
    about: &About<'_>,
) -> Quorum {
    let mut accepted: BTreeMap<KeyId, Accepted> = BTreeMap::new();
    let mut refused = Vec::new();
    for (index, text) in statements.iter().enumerate() {
        let mut refuse = |why: String| refused.push(Refused { statement: index, why });
        let verified = envelope::from_json(text.as_ref())
            .and_then(|envelope| envelope::verify::<RebuildStatement>(&envelope, rebuilders));
        let verified: Verified<Statement<RebuildStatement>> = match verified {
            Ok(verified) => verified,
            Err(error) => {
                refuse(chain(&error));
                continue;
            }
        };
        if let Err(why) = is_about(verified.statement(), about) {
            refuse(why);
            continue;
        }
        for key in verified.keys() {
            if accepted.contains_key(key) {
                refuse(format!("the key {key} counts once, and did"));
                continue;
            }
            let rebuilder = verified.statement().predicate.rebuilder.clone();
            accepted.insert(*key, Accepted { statement: index, key: key.to_string(), rebuilder });
        }
    }
    let reached = needed > 0 && accepted.len() >= needed;
    Quorum { reached, needed, accepted: accepted.into_values().collect(), refused }
}

fn is_about(statement: &Statement<RebuildStatement>, about: &About<'_>) -> Result<(), String> {
    let About { release, manifest_sha256: manifest, checkout } = *about;
    let predicate = &statement.predicate;
    if predicate.release != release.as_str() {
        return Err(format!("it is about the release {}", predicate.release));
    }
    if predicate.manifest_sha256 != manifest || statement.subjects != [Subject::new(MANIFEST, manifest)] {
        return Err("it is about another manifest".to_owned());
    }
    if predicate.checkout != checkout.sha256() {
        return Err(format!("it is about the checkout {}", predicate.checkout));
    }
    match predicate.verdict {
        Verdict::Identical => Ok(()),
    }
}

/// What a rebuilder signs after [`compare`](crate::compare) found everything identical: that `checkout`, which was
/// built, gives this release.
///
/// # Errors
/// [`AuditError::Statement`] if anything differed, the manifest could not be read, or `checkout` is another than the
/// manifest's.
pub fn rebuild_statement(
    report: &AuditReport,
    checkout: TreeDigest,
    rebuilder: &str,
) -> Result<Statement<RebuildStatement>, AuditError> {
    let refuse = |reason: &str| AuditError::Statement { reason: reason.to_owned() };
    if !report.reproduced {
        return Err(refuse("the rebuild did not give the same bytes"));
    }
    let identity =
        report.identity.as_ref().ok_or_else(|| refuse("the manifest of the release is unreadable"))?;
    let digest = |text: &str| text.parse::<Sha256>().map_err(|cause| refuse(&cause.to_string()));
    if digest(&identity.checkout)? != checkout.sha256() {
        return Err(refuse("another checkout was built than the one that the manifest names"));
    }
    let manifest_sha256 = digest(&identity.manifest_sha256)?;
    Ok(Statement {
        subjects: vec![Subject::new(MANIFEST, manifest_sha256)],
        predicate: RebuildStatement {
            release: identity.release.clone(),
            manifest_sha256,
            verdict: Verdict::Identical,
            rebuilder: rebuilder.to_owned(),
            checkout: checkout.sha256(),
        },
    })
}

#[cfg(test)]
mod tests;
