// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The ceremony: what may be asked for, in which order, and what is answered (docs/design/release.md, "Frames").
//!
//! ```text
//! ready → begin → certificate → (sign → signature) for every committed module → finish → statement
//! ```
//! There is one way through it. Anything else is answered with `refused`, and the key is gone.

use std::time::Duration;

use ashlar_module_signature::{
    AgentFrame, Algorithm, Commitment, EcdsaSigner, Envelope, EnvelopeSignature, KeyStatement, Memory,
    ModuleDigest, PAYLOAD_TYPE, ParentFrame, ReleaseId, RsaSigner, Sha256, SignedModule, Signer, Subject,
    certificate, cms, pae, read_frame, statement_payload, write_frame,
};

use crate::channel::Wire;
use crate::entropy::{KeyMaterial, Seed};
use crate::error::AgentError;
use crate::hardening::Hardening;
use crate::secret_memory::public;

/// How long the agent waits for `begin`.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// How long a ceremony may last.
const LONGEST_MS: u64 = 600_000;
/// For saying why, when the time is over.
const GRACE: Duration = Duration::from_secs(1);
/// The key statement of more modules does not fit into a frame: about 480 bytes each, in base64.
const MOST_MODULES: usize = 24_576;

/// What this process is, as far as it can say.
#[derive(Clone, Debug)]
pub(crate) struct Agent {
    /// Digest of its own program.
    pub(crate) sha256: Sha256,
    /// Where the key will be.
    pub(crate) memory: Memory,
    /// What protects it.
    pub(crate) hardening: Hardening,
}

#[cfg(any(feature = "known-key", feature = "attack"))]
impl Agent {
    /// Lets everybody see that this is a build for tests.
    pub(crate) fn marked(mut self, word: &str) -> Self {
        self.hardening.measures.push(word.to_owned());
        self
    }
}

/// Holds the ceremony and gives the exit code of the process. The key has been dropped when it returns.
pub(crate) fn attend(wire: &mut impl Wire, agent: &Agent, seed: Seed) -> i32 {
    match hold(wire, agent, seed) {
        Ok(()) => 0,
        Err(error) => {
            refuse(wire, &error);
            1
        }
    }
}

/// Says why this is the end. If nobody listens there is nobody to tell.
pub(crate) fn refuse(wire: &mut impl Wire, error: &AgentError) {
    wire.limit(GRACE);
    match send(wire, AgentFrame::Refused { code: error.code(), reason: error.reason() }) {
        Ok(()) | Err(_) => {}
    }
}

fn hold(wire: &mut impl Wire, agent: &Agent, seed: Seed) -> Result<(), AgentError> {
    let Agent { sha256: agent_sha256, memory, ref hardening } = *agent;
    wire.limit(PATIENCE);
    send(wire, AgentFrame::Ready { agent_sha256, memory, hardening: hardening.measures.clone() })?;
    let begin = receive(wire, "`begin`")?;
    let (mut session, der) = Session::begin(wire, agent, seed, begin)?;
    send(wire, AgentFrame::Certificate { der })?;
    loop {
        match receive(wire, "`finish`")? {
            ParentFrame::Sign { index, digest } => {
                let cms = session.sign(index, digest)?;
                send(wire, AgentFrame::Signature { index, cms })?;
            }
            ParentFrame::Finish {} => {
                let envelope = session.finish(agent)?;
                return send(wire, AgentFrame::Statement { envelope });
            }
            other @ ParentFrame::Begin { .. } => return Err(unexpected(&other, "`sign` or `finish`")),
        }
    }
}

fn send(wire: &mut impl Wire, frame: AgentFrame) -> Result<(), AgentError> {
    // The frame is dropped in here: nothing of it stays behind.
    public(move || write_frame(wire, &frame)).map_err(AgentError::from)
}

fn receive(wire: &mut impl Wire, expected: &'static str) -> Result<ParentFrame, AgentError> {
    public(|| read_frame(wire))?.ok_or(AgentError::Closed { expected })
}

fn unexpected(found: &ParentFrame, expected: &'static str) -> AgentError {
    let found = match found {
        ParentFrame::Begin { .. } => "begin",
        ParentFrame::Sign { .. } => "sign",
        ParentFrame::Finish {} => "finish",
    };
    AgentError::Unexpected { found, expected }
}

/// A key and what it has done.
struct Session {
    key: Box<dyn Signer>,
    release: ReleaseId,
    epoch: u64,
    certificate_sha256: Sha256,
    committed: Commitment,
    /// Of each committed digest, whether it has been signed.
    done: Vec<bool>,
    signed: Vec<SignedModule>,
}

impl Session {
    /// Checks the request, then makes the key and its certificate.
    fn begin(
        wire: &mut impl Wire,
        agent: &Agent,
        seed: Seed,
        begin: ParentFrame,
    ) -> Result<(Self, Vec<u8>), AgentError> {
        let ParentFrame::Begin {
            release,
            algorithm,
            epoch,
            agent_sha256,
            committed,
            deadline_ms,
            allow_swap,
        } = begin
        else {
            return Err(unexpected(&begin, "`begin`"));
        };
        if deadline_ms == 0 || deadline_ms > LONGEST_MS {
            return Err(AgentError::DeadlineRange { asked: deadline_ms, most: LONGEST_MS });
        }
        wire.limit(Duration::from_millis(deadline_ms));
        if agent_sha256 != agent.sha256 {
            return Err(AgentError::OtherAgent { asked: agent_sha256, own: agent.sha256 });
        }
        if agent.hardening.swap && !allow_swap {
            return Err(AgentError::Swap);
        }
        let count = committed.digests().len();
        if count > MOST_MODULES {
            return Err(AgentError::TooMany { asked: count, most: MOST_MODULES });
        }
        let (done, signed) = public(|| (vec![false; count], Vec::with_capacity(count)));
        let key = generate(algorithm, seed.bind(committed.sha256()))?;
        let der = certificate(&Subject::Release, &release, epoch, key.public_key())?;
        let certificate_sha256 = Sha256::of(&der);
        Ok((Self { key, release, epoch, certificate_sha256, committed, done, signed }, der))
    }

    /// Signs the next module.
    fn sign(&mut self, index: u32, digest: ModuleDigest) -> Result<Vec<u8>, AgentError> {
        if index as usize != self.signed.len() {
            return Err(AgentError::Index { found: index, expected: self.signed.len() });
        }
        let place = self.committed.digests().binary_search(&digest);
        let done = place.ok().and_then(|place| self.done.get_mut(place));
        let done = done.ok_or(AgentError::Foreign { digest })?;
        if std::mem::replace(done, true) {
            return Err(AgentError::Repeated { digest });
        }
        let signature = self.key.sign(&digest)?;
        let cms = cms(&self.release, self.key.public_key(), &signature)?;
        self.signed.push(SignedModule { module: digest, signature: Sha256::of(&cms) });
        Ok(cms)
    }

    /// Signs what has been signed, and drops the key.
    fn finish(self, agent: &Agent) -> Result<Envelope, AgentError> {
        let Self { key, release, epoch, certificate_sha256, committed, signed, .. } = self;
        if signed.len() != committed.digests().len() {
            return Err(AgentError::Unfinished {
                signed: signed.len(),
                committed: committed.digests().len(),
            });
        }
        let spki_sha256 = key.public_key().key_id();
        let algorithm = key.public_key().algorithm();
        let (payload, message) = public(|| {
            let statement = KeyStatement {
                agent_sha256: agent.sha256,
                algorithm,
                certificate_sha256,
                committed: committed.digests().len() as u64,
                committed_sha256: committed.sha256(),
                epoch,
                hardening: agent.hardening.measures.clone(),
                last: true,
                memory: agent.memory,
                release,
                signed,
                spki_sha256,
            };
            let payload = statement_payload(&statement)?;
            let message = pae(PAYLOAD_TYPE, &payload);
            Ok::<_, AgentError>((payload, message))
        })?;
        // Not Envelope::seal: it would copy the whole statement to where the key is.
        let signature = key.sign_message(&message)?;
        // The build that searches for its key leaves it to the wiping of the memory, which is what it tests.
        if cfg!(feature = "known-key") {
            std::mem::forget(key);
        } else {
            drop(key);
        }
        let signatures = vec![EnvelopeSignature { keyid: spki_sha256, sig: signature.to_bytes() }];
        Ok(Envelope { payload, payload_type: PAYLOAD_TYPE.to_owned(), signatures })
    }
}

fn generate(algorithm: Algorithm, mut material: KeyMaterial) -> Result<Box<dyn Signer>, AgentError> {
    let mut fill = |bytes: &mut [u8]| material.fill(bytes);
    Ok(match algorithm {
        Algorithm::P384 => Box::new(EcdsaSigner::generate(&mut fill)?),
        Algorithm::Rsa4096 => Box::new(RsaSigner::generate(&mut fill)?),
    })
}

#[cfg(test)]
mod tests;
