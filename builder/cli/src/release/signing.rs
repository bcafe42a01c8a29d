// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Who signs the modules of a release, and what comes of it: one door for all signers.

use std::time::{Duration, Instant};

use ashlar_attestation::{PublisherKey, StatementSigner as _};
use ashlar_digest::Sha256;
use ashlar_module_signature::{Algorithm, Commitment, ReleaseId};
use ashlar_plan::Signing;
use ashlar_release_bundle::{CeremonyCommitment, CeremonyResults, Claim, Seal, Signer};

use super::ceremony::{Ceremony, hold};
use super::{Agent, store_signatures};
use crate::arguments::SignerKind;
use crate::failure::{Failure, chain};
use crate::session::{Planned, Session};

/// What signing gave.
pub(crate) struct Signed {
    /// For the plan.
    pub(crate) signing: Signing,
    /// For the manifest.
    pub(crate) signer: Signer,
    /// What a ceremony published; keyless has none, its signatures are derived in the build.
    pub(crate) results: Option<CeremonyResults>,
    /// How long a ceremony took, where one was held now.
    pub(crate) ceremony: Option<Duration>,
    /// The agent, and the plan that it was built by.
    pub(crate) agent: Option<(Agent, Planned)>,
}

/// What is asked for.
pub(crate) struct Wanted<'a> {
    pub(crate) release: &'a ReleaseId,
    /// The image's epoch.
    pub(crate) epoch: u64,
    pub(crate) committed: &'a Commitment,
    pub(crate) signer: SignerKind,
    pub(crate) allow_swap: bool,
    /// Who will sign the release, where somebody does.
    pub(crate) publisher: Option<&'a PublisherKey>,
}

/// The publisher's key, as it seals the record of a ceremony.
struct PublisherSeal<'a>(&'a PublisherKey);

impl Seal for PublisherSeal<'_> {
    fn seal(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let signature = self.0.sign(bytes).map_err(|cause| chain(&cause))?;
        Ok(signature.as_der().to_vec())
    }
}

/// Signs what was committed to; an earlier run of the same release that got this far is taken up, so that one version has one certificate.
pub(crate) fn sign_modules(
    session: &Session<'_>,
    claim: &Claim,
    wanted: &Wanted<'_>,
) -> Result<Signed, Failure> {
    let seal = wanted.publisher.map(PublisherSeal);
    let seal = seal.as_ref().map(|seal| seal as &dyn Seal);
    let (algorithm, signer) = match wanted.signer {
        SignerKind::Keyless => {
            // Records nothing, but a version for which a ceremony was held already has its certificate.
            let decides = format!("{}\nkeyless\n", wanted.release);
            claim.resume(CeremonyCommitment::new(Sha256::of(decides.as_bytes())), seal)?;
            return Ok(Signed {
                signing: Signing::Keyless,
                signer: Signer::Keyless,
                results: None,
                ceremony: None,
                agent: None,
            });
        }
        SignerKind::P384 => (Algorithm::P384, Signer::P384),
        SignerKind::Rsa4096 => (Algorithm::Rsa4096, Signer::Rsa4096),
    };
    let (agent, planned) = Agent::build(session)?;
    // All that decides what is signed and by what.
    let decides = format!(
        "{}\n{algorithm}\n{}\n{}\n{}\n",
        wanted.release,
        wanted.epoch,
        agent.sha256,
        wanted.committed.sha256()
    );
    let commitment = CeremonyCommitment::new(Sha256::of(decides.as_bytes()));
    let (results, ceremony) = match claim.resume(commitment, seal)? {
        Some(results) => {
            session.terminal.note("the modules were signed by an earlier run: its signatures are taken up");
            (results, None)
        }
        None => {
            let begun = Instant::now();
            let ceremony = Ceremony {
                agent: &agent,
                release: wanted.release.clone(),
                algorithm,
                epoch: wanted.epoch,
                committed: wanted.committed,
                allow_swap: wanted.allow_swap,
            };
            let held = hold(&ceremony)?;
            let results = CeremonyResults {
                certificates: held.certificates,
                signatures: held.signatures,
                key_statement: Some(held.statement),
            };
            claim.record_ceremony(commitment, &results, seal)?;
            let taken = begun.elapsed();
            session.terminal.note(&format!(
                "ceremony: {} modules signed in {:.2} s; the key is gone",
                results.signatures.len(),
                taken.as_secs_f64()
            ));
            (results, Some(taken))
        }
    };
    let signatures = store_signatures(&session.store, &results.certificates, &results.signatures)?;
    let signing = Signing::Ceremony { algorithm: algorithm.to_string(), signatures };
    Ok(Signed { signing, signer, results: Some(results), ceremony, agent: Some((agent, planned)) })
}
