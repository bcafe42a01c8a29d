// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What `ashlar release` and the agent say to each other: docs/design/release.md, "Frames".
//!
//! ```text
//! big-endian u32 length, at most 16 MiB | that many bytes of JSON: one object, told apart by its "frame"
//! ```
//! Both sides read strictly: an unknown field, a frame of the other side or a frame cut short ends the ceremony.

use std::io::{ErrorKind, Read, Write};

use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Serialize};

use crate::{Algorithm, Commitment, Envelope, FrameError, ModuleDigest, ReleaseId, Sha256, base64_bytes};

/// The greatest length of a frame's JSON in bytes.
pub const MAX_FRAME: u32 = 16 << 20;

/// From `ashlar release` to the agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "frame", rename_all = "snake_case", deny_unknown_fields)]
pub enum ParentFrame {
    /// Makes a key. Once, first.
    Begin {
        /// The release that the key is for.
        release: ReleaseId,
        /// The kind of key.
        algorithm: Algorithm,
        /// The image's epoch, seconds since 1970.
        epoch: u64,
        /// What the agent has to be.
        agent_sha256: Sha256,
        /// All that the key may sign.
        committed: Commitment,
        /// Milliseconds from this frame to the agent's end.
        deadline_ms: u64,
        /// Whether the agent may run on a machine with swap.
        allow_swap: bool,
    },
    /// Signs one module.
    Sign {
        /// Counts from 0 without gaps.
        index: u32,
        /// A committed digest, not yet signed.
        digest: ModuleDigest,
    },
    /// Ends the ceremony.
    Finish {},
}

/// From the agent to `ashlar release`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "frame", rename_all = "snake_case", deny_unknown_fields)]
pub enum AgentFrame {
    /// Says what the agent is, before anything else.
    Ready {
        /// Digest of its own program.
        agent_sha256: Sha256,
        /// Where the key will be.
        memory: Memory,
        /// What protects the process, by name.
        hardening: Vec<String>,
    },
    /// Answers `begin`: the key exists.
    Certificate {
        /// The certificate.
        #[serde(with = "base64_bytes")]
        der: Vec<u8>,
    },
    /// Answers `sign`.
    Signature {
        /// The index that was asked for.
        index: u32,
        /// The detached signature.
        #[serde(with = "base64_bytes")]
        cms: Vec<u8>,
    },
    /// Answers `finish`: what was signed, signed. The key's last act.
    Statement {
        /// The key statement.
        envelope: Envelope,
    },
    /// The agent refuses and ends.
    Refused {
        /// What kind of refusal it is, for whoever names the remedy.
        code: RefusalCode,
        /// Why, for people.
        reason: String,
    },
}

/// The kind of memory that holds the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Memory {
    /// `memfd_secret(2)`: in no other address space, not even the kernel's.
    MemfdSecret,
    /// `mlock(2)`: never swapped out.
    Mlock,
}

/// What would have to be otherwise for the agent not to refuse: one word, so that nobody has to understand its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The machine swaps, and the request does not allow that.
    Swap,
    /// There is not enough memory that stays where it is.
    LockedMemory,
    /// Another process traces the agent.
    Traced,
    /// The host does not let the agent lock itself in, or does not say what held.
    Host,
    /// The time was over.
    Deadline,
    /// The request is none that a ceremony has at this point.
    Request,
    /// The agent is at fault.
    Fault,
}

/// Writes one frame and flushes.
///
/// # Errors
/// [`FrameError::TooLong`], [`FrameError::Encode`], [`FrameError::Write`].
pub fn write_frame<T: Serialize>(out: &mut impl Write, frame: &T) -> Result<(), FrameError> {
    let json = serde_json::to_vec(frame).map_err(|source| FrameError::Encode { source })?;
    let length = u32::try_from(json.len()).ok().filter(|length| *length <= MAX_FRAME);
    let length = length.ok_or(FrameError::TooLong { length: json.len() as u64 })?;
    out.write_all(&[&length.to_be_bytes()[..], &json].concat())
        .and_then(|()| out.flush())
        .map_err(|source| FrameError::Write { source })
}

/// Reads one frame; nothing where the other end closed between two frames.
///
/// # Errors
/// [`FrameError::Truncated`], [`FrameError::TooLong`], [`FrameError::Malformed`] for an unknown frame or field, [`FrameError::Read`].
pub fn read_frame<T: DeserializeOwned>(input: &mut impl Read) -> Result<Option<T>, FrameError> {
    let Some(header) = read_header(input)? else { return Ok(None) };
    let length = u32::from_be_bytes(header);
    if length > MAX_FRAME {
        return Err(FrameError::TooLong { length: u64::from(length) });
    }
    // The buffer grows with what arrives, not with what was announced.
    let mut json = Vec::new();
    input.take(u64::from(length)).read_to_end(&mut json).map_err(|source| FrameError::Read { source })?;
    if json.len() < length as usize {
        return Err(FrameError::Truncated);
    }
    if json.first() != Some(&b'{') {
        // serde would take an array of the fields as well.
        return Err(FrameError::Malformed { source: de::Error::custom("it is not a JSON object") });
    }
    serde_json::from_slice(&json).map(Some).map_err(|source| FrameError::Malformed { source })
}

fn read_header(input: &mut impl Read) -> Result<Option<[u8; 4]>, FrameError> {
    let mut header = [0; 4];
    let mut filled = 0;
    while filled < header.len() {
        match input.read(&mut header[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(FrameError::Truncated),
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(source) => return Err(FrameError::Read { source }),
        }
    }
    Ok(Some(header))
}

#[cfg(test)]
mod tests;
