// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The parent's side of a ceremony: starts the agent, asks for each signature, believes nothing.
//!
//! The agent gets one end of a socket pair as its standard input and nothing else. Every certificate, signature and statement that comes
//! back is judged at once, by other code than made it; whatever is wrong ends the ceremony, and nothing of it is kept.

mod error;
mod process;
mod statement;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::process::Command;
use std::time::Duration;

use ashlar_module_signature::{
    AgentFrame, Algorithm, Commitment, Memory, ModuleDigest, ParentFrame, ReleaseId, Subject, read_frame,
    write_frame,
};
use ashlar_signature_verifier::{Certificates, canonical_certificate, verify};

use super::Agent;
use crate::failure::{Failure, chain};
use error::CeremonyError;
use process::{Ended, Process};

/// How long the key may exist at least; a slow machine may need a minute for an RSA key.
const LEAST: Duration = Duration::from_secs(30);
const LEAST_RSA: Duration = Duration::from_secs(180);
/// For each module, with its answer judged.
const PER_MODULE: Duration = Duration::from_millis(50);
/// The longest that an agent takes.
const MOST: Duration = Duration::from_secs(600);
/// What the parent waits beyond it: for the agent's start, and so that the agent is the first to give up and says why.
const MARGIN: Duration = Duration::from_secs(10);
/// For the agent to wipe its memory and to end, once its socket is closed.
const GRACE: Duration = Duration::from_secs(10);

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
/// [`Failure::Surroundings`] if the machine has to be otherwise for it, else [`Failure::Finding`] with what went wrong. The key is gone
/// then as well, if there was one; where it may not be, the message says which process has it.
pub(crate) fn hold(ceremony: &Ceremony<'_>) -> Result<Results, Failure> {
    let mut command = Command::new(&ceremony.agent.program);
    let time = ceremony.deadline() + MARGIN;
    held(&mut command, ceremony, time, GRACE).map_err(CeremonyError::into_failure)
}

fn held(
    agent: &mut Command,
    ceremony: &Ceremony<'_>,
    time: Duration,
    grace: Duration,
) -> Result<Results, CeremonyError> {
    let mut agent = Process::start(agent, time)?;
    let asked = ask(agent.socket(), ceremony);
    match (asked, agent.end(grace)) {
        (Ok(results), Ok(Ended::Itself(status))) if status.success() => Ok(results),
        (Ok(_), Ok(ended)) => Err(CeremonyError::Exit { ended }),
        (Err(CeremonyError::Silent { .. }), Ok(Ended::Itself(status))) => {
            Err(CeremonyError::Silent { status: Some(status) })
        }
        (Err(error), Ok(_)) => Err(error),
        (asked, Err(survival)) => Err(survival.after(asked.err())),
    }
}

/// What the agent says of itself and of its surroundings before there is a key; its statement has to say the same.
#[derive(Debug, PartialEq, Eq)]
struct Ready {
    memory: Memory,
    hardening: Vec<String>,
}

/// The whole conversation.
fn ask(wire: &mut (impl Read + Write), ceremony: &Ceremony<'_>) -> Result<Results, CeremonyError> {
    let ready = match receive(wire)? {
        AgentFrame::Ready { agent_sha256, memory, hardening } => {
            if agent_sha256 != ceremony.agent.sha256 {
                return Err(CeremonyError::OtherAgent { said: agent_sha256, built: ceremony.agent.sha256 });
            }
            Ready { memory, hardening }
        }
        other => return Err(unexpected("`ready`", &other)),
    };
    send(wire, &begin(ceremony))?;
    let der = match receive(wire)? {
        AgentFrame::Certificate { der } => der,
        other => return Err(unexpected("a certificate", &other)),
    };
    let wrong = |cause: &dyn std::error::Error| judged_wrong("the certificate", cause);
    let certificates = Certificates::parse(&der).map_err(|cause| wrong(&cause))?;
    let Some(certificate) = certificates.get(0).filter(|_| certificates.iter().len() == 1) else {
        return Err(CeremonyError::Wrong { what: "the agent gave more than one certificate".to_owned() });
    };
    canonical_certificate(certificate, &Subject::Release, &ceremony.release, ceremony.epoch)
        .map_err(|cause| wrong(&cause))?;

    let mut signatures = BTreeMap::new();
    for (index, digest) in (0..).zip(ceremony.committed.digests()) {
        send(wire, &ParentFrame::Sign { index, digest: *digest })?;
        let cms = match receive(wire)? {
            AgentFrame::Signature { index: answered, cms } if answered == index => cms,
            other => return Err(unexpected("the signature that was asked for", &other)),
        };
        verify(&cms, digest, &certificates)
            .map_err(|cause| judged_wrong(&format!("the signature of module {digest}"), &cause))?;
        signatures.insert(*digest, cms);
    }
    send(wire, &ParentFrame::Finish {})?;
    let envelope = match receive(wire)? {
        AgentFrame::Statement { envelope } => envelope,
        other => return Err(unexpected("the statement", &other)),
    };
    let statement = statement::judged(&envelope, ceremony, &ready, certificate, &signatures)?;
    match next(wire)? {
        None => Ok(Results { certificates: der, signatures, statement }),
        Some(other) => Err(unexpected("its end", &other)),
    }
}

fn begin(ceremony: &Ceremony<'_>) -> ParentFrame {
    ParentFrame::Begin {
        release: ceremony.release.clone(),
        algorithm: ceremony.algorithm,
        epoch: ceremony.epoch,
        agent_sha256: ceremony.agent.sha256,
        committed: ceremony.committed.clone(),
        deadline_ms: u64::try_from(ceremony.deadline().as_millis()).unwrap_or(u64::MAX),
        allow_swap: ceremony.allow_swap,
    }
}

fn send(wire: &mut (impl Read + Write), frame: &ParentFrame) -> Result<(), CeremonyError> {
    let Err(cause) = write_frame(wire, frame) else { return Ok(()) };
    // The agent closed its end: what it said before explains more than our broken pipe.
    Err(match next(wire) {
        Err(refused @ CeremonyError::Refused { .. }) => refused,
        _ => cause.into(),
    })
}

fn receive(wire: &mut impl Read) -> Result<AgentFrame, CeremonyError> {
    next(wire)?.ok_or(CeremonyError::Silent { status: None })
}

/// The next frame; nothing where the agent has closed the socket. A refusal is an error wherever it comes.
fn next(wire: &mut impl Read) -> Result<Option<AgentFrame>, CeremonyError> {
    match read_frame(wire)? {
        Some(AgentFrame::Refused { code, reason }) => Err(CeremonyError::Refused { code, reason }),
        frame => Ok(frame),
    }
}

fn unexpected(wanted: &str, frame: &AgentFrame) -> CeremonyError {
    let given = match frame {
        AgentFrame::Ready { .. } => "says it is ready".to_owned(),
        AgentFrame::Certificate { .. } => "gives a certificate".to_owned(),
        AgentFrame::Signature { index, .. } => format!("gives signature {index}"),
        AgentFrame::Statement { .. } => "gives a statement".to_owned(),
        AgentFrame::Refused { .. } => "refuses".to_owned(),
    };
    CeremonyError::Wrong { what: format!("the agent {given} instead of {wanted}") }
}

fn judged_wrong(what: &str, cause: &dyn std::error::Error) -> CeremonyError {
    CeremonyError::Wrong { what: format!("{what}: {}", chain(cause)) }
}
