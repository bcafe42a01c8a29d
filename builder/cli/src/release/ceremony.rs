// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The parent's side of a ceremony: starts the agent, asks for each signature, believes nothing.
//!
//! The agent gets one end of a socket pair as its standard input and nothing else. Every certificate, signature and statement that comes
//! back is judged at once, by other code than made it; whatever is wrong ends the ceremony, and nothing of it is kept.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ashlar_attestation::{CertificateKey, verify_key_statement};
use ashlar_module_signature::{
    AgentFrame, Algorithm, Commitment, Envelope, KeyStatement, ModuleDigest, ParentFrame, ReleaseId, Sha256,
    Subject, parse_statement, read_frame, write_frame,
};
use ashlar_signature_verifier::{Certificate, Certificates, canonical_certificate, verify};

use super::Agent;
use crate::failure::{Failure, chain};

/// How long the key may exist at least; a slow machine may need a minute for an RSA key.
const LEAST: Duration = Duration::from_secs(30);
const LEAST_RSA: Duration = Duration::from_secs(180);
/// For each module, with its answer judged.
const PER_MODULE: Duration = Duration::from_millis(50);
/// The longest that an agent takes.
const MOST: Duration = Duration::from_secs(600);
/// What the parent waits beyond it, so that the agent is the first to give up.
const MARGIN: Duration = Duration::from_secs(5);

/// What is to be signed, for whom.
#[derive(Debug)]
pub(crate) struct Ceremony<'a> {
    pub(crate) agent: &'a Agent,
    pub(crate) release: ReleaseId,
    pub(crate) algorithm: Algorithm,
    /// The image's epoch, seconds since 1970.
    pub(crate) epoch: u64,
    pub(crate) committed: &'a Commitment,
    /// Hold it although the machine may swap.
    pub(crate) allow_swap: bool,
}

impl Ceremony<'_> {
    fn deadline(&self) -> Duration {
        let least = match self.algorithm {
            Algorithm::P384 => LEAST,
            Algorithm::Rsa4096 => LEAST_RSA,
        };
        let modules = u32::try_from(self.committed.digests().len()).unwrap_or(u32::MAX);
        least.saturating_add(PER_MODULE.saturating_mul(modules)).min(MOST)
    }
}

/// All that is left of a key: nothing secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Results {
    /// DER certificates.
    pub(crate) certificates: Vec<u8>,
    /// Detached signatures.
    pub(crate) signatures: BTreeMap<ModuleDigest, Vec<u8>>,
    /// The key statement, as the file has it.
    pub(crate) statement: Vec<u8>,
}

/// Holds the ceremony.
///
/// # Errors
/// [`Failure::Finding`] with what went wrong. The key is gone then as well.
pub(crate) fn hold(ceremony: &Ceremony<'_>) -> Result<Results, Failure> {
    let mut conversation = Conversation::start(ceremony.agent, ceremony.deadline())?;
    let result = conversation.hold(ceremony);
    // Closing our end ends an agent that still waits.
    let Conversation { stream, mut agent } = conversation;
    drop(stream);
    if result.is_err() {
        agent.kill().ok();
    }
    let status = agent.wait().map_err(|cause| wrong(format!("wait for the agent: {cause}")))?;
    let results = result?;
    if !status.success() {
        return Err(wrong(format!("the agent ended with {status} after its statement")));
    }
    Ok(results)
}

struct Conversation {
    stream: UnixStream,
    agent: Child,
}

impl Conversation {
    fn start(agent: &Agent, deadline: Duration) -> Result<Self, Failure> {
        let failed = |cause: std::io::Error| wrong(format!("start {}: {cause}", agent.program.display()));
        let (ours, theirs) = UnixStream::pair().map_err(failed)?;
        ours.set_read_timeout(Some(deadline + MARGIN)).map_err(failed)?;
        ours.set_write_timeout(Some(deadline + MARGIN)).map_err(failed)?;
        let child = Command::new(&agent.program)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .spawn()
            .map_err(failed)?;
        Ok(Self { stream: ours, agent: child })
    }

    fn hold(&mut self, ceremony: &Ceremony<'_>) -> Result<Results, Failure> {
        match self.receive()? {
            AgentFrame::Ready { agent_sha256, .. } if agent_sha256 == ceremony.agent.sha256 => {}
            AgentFrame::Ready { agent_sha256, .. } => {
                return Err(wrong(format!(
                    "the agent says its program is {agent_sha256}, the recipe gave {}",
                    ceremony.agent.sha256
                )));
            }
            other => return Err(unexpected("ready", &other)),
        }
        self.send(&ParentFrame::Begin {
            release: ceremony.release.clone(),
            algorithm: ceremony.algorithm,
            epoch: ceremony.epoch,
            agent_sha256: ceremony.agent.sha256,
            committed: ceremony.committed.clone(),
            deadline_ms: u64::try_from(ceremony.deadline().as_millis()).unwrap_or(u64::MAX),
            allow_swap: ceremony.allow_swap,
        })?;
        let der = match self.receive()? {
            AgentFrame::Certificate { der } => der,
            other => return Err(unexpected("a certificate", &other)),
        };
        let certificates = Certificates::parse(&der)
            .map_err(|cause| wrong(format!("the certificate: {}", chain(&cause))))?;
        let Some(certificate) = certificates.get(0).filter(|_| certificates.iter().len() == 1) else {
            return Err(wrong("the agent gave more than one certificate".to_owned()));
        };
        canonical_certificate(certificate, &Subject::Release, &ceremony.release, ceremony.epoch)
            .map_err(|cause| wrong(format!("the certificate: {}", chain(&cause))))?;

        let mut signatures = BTreeMap::new();
        for (index, digest) in (0..).zip(ceremony.committed.digests()) {
            self.send(&ParentFrame::Sign { index, digest: *digest })?;
            let cms = match self.receive()? {
                AgentFrame::Signature { index: answered, cms } if answered == index => cms,
                other => return Err(unexpected("the signature that was asked for", &other)),
            };
            verify(&cms, digest, &certificates)
                .map_err(|cause| wrong(format!("the signature of module {digest}: {}", chain(&cause))))?;
            signatures.insert(*digest, cms);
        }
        self.send(&ParentFrame::Finish {})?;
        let envelope = match self.receive()? {
            AgentFrame::Statement { envelope } => envelope,
            other => return Err(unexpected("the statement", &other)),
        };
        let statement = judged(&envelope, ceremony, certificate, &signatures)?;
        match read_frame::<AgentFrame>(&mut self.stream) {
            Ok(None) => {}
            Ok(Some(other)) => return Err(unexpected("its end", &other)),
            Err(cause) => return Err(wrong(chain(&cause))),
        }
        Ok(Results { certificates: der, signatures, statement })
    }

    fn send(&mut self, frame: &ParentFrame) -> Result<(), Failure> {
        match write_frame(&mut self.stream, frame) {
            Ok(()) => Ok(()),
            // The agent closed its end: what it said before explains more than our broken pipe.
            Err(cause) => Err(match read_frame(&mut self.stream) {
                Ok(Some(AgentFrame::Refused { reason })) => wrong(format!("the agent refuses: {reason}")),
                _ => wrong(chain(&cause)),
            }),
        }
    }

    fn receive(&mut self) -> Result<AgentFrame, Failure> {
        match read_frame(&mut self.stream) {
            Ok(Some(frame)) => Ok(frame),
            Ok(None) => Err(wrong("the agent ended without an answer".to_owned())),
            Err(cause) => Err(wrong(chain(&cause))),
        }
    }
}

/// The bytes of the statement, if it says exactly what happened.
fn judged(
    envelope: &Envelope,
    ceremony: &Ceremony<'_>,
    certificate: &Certificate,
    signatures: &BTreeMap<ModuleDigest, Vec<u8>>,
) -> Result<Vec<u8>, Failure> {
    let statement: KeyStatement = parse_statement(&envelope.payload)
        .map_err(|cause| wrong(format!("the statement: {}", chain(&cause))))?;
    let said: BTreeMap<ModuleDigest, Sha256> =
        statement.signed.iter().map(|signed| (signed.module, signed.signature)).collect();
    let happened: BTreeMap<ModuleDigest, Sha256> =
        signatures.iter().map(|(module, cms)| (*module, Sha256::of(cms))).collect();
    let as_agreed = statement.release == ceremony.release
        && statement.algorithm == ceremony.algorithm
        && statement.epoch == ceremony.epoch
        && statement.agent_sha256 == ceremony.agent.sha256
        && statement.certificate_sha256 == Sha256::of(certificate.der())
        && statement.committed_sha256 == ceremony.committed.sha256()
        && statement.signed.len() == signatures.len()
        && said == happened;
    if !as_agreed {
        return Err(wrong("the statement says something else than what happened".to_owned()));
    }
    let key = CertificateKey::from_spki(certificate.spki())
        .map_err(|cause| wrong(format!("the certificate: {}", chain(&cause))))?;
    let verified = verify_key_statement(envelope, &key)
        .map_err(|cause| wrong(format!("the statement: {}", chain(&cause))))?;
    if *verified.statement() != statement {
        return Err(wrong("the statement can be read in two ways".to_owned()));
    }
    let mut text = serde_json::to_vec(envelope).map_err(|cause| wrong(format!("the statement: {cause}")))?;
    text.push(b'\n');
    Ok(text)
}

fn unexpected(wanted: &str, frame: &AgentFrame) -> Failure {
    match frame {
        AgentFrame::Refused { reason } => wrong(format!("the agent refuses: {reason}")),
        AgentFrame::Ready { .. } => wrong(format!("the agent says it is ready instead of {wanted}")),
        AgentFrame::Certificate { .. } => wrong(format!("the agent gives a certificate instead of {wanted}")),
        AgentFrame::Signature { index, .. } => {
            wrong(format!("the agent gives signature {index} instead of {wanted}"))
        }
        AgentFrame::Statement { .. } => wrong(format!("the agent gives a statement instead of {wanted}")),
    }
}

fn wrong(reason: String) -> Failure {
    Failure::Finding {
        message: format!("hold the ceremony: {reason}"),
        help: Some(
            "nothing was published and the key is gone; what was built is kept, so run the command again"
                .to_owned(),
        ),
    }
}
