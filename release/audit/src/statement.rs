// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files of statements, one DSSE envelope a line: opened, judged, and noted with who stands for them.
//!
//! Unsigned, a statement is a claim that fits; signed by a trusted publisher it is theirs.

use ashlar_attestation::{AttestationError, Envelope, Predicate, Statement, envelope};
use ashlar_causes::chain;
use ashlar_release_bundle::limits::DOCUMENT_LIMIT;

use crate::Trust;
use crate::folder::Folder;
use crate::report::Notes;

/// What is judged of each line of one file.
pub(crate) struct Judge<'a, P> {
    /// The file.
    pub(crate) path: &'a str,
    /// What is wrong with a line, counted from 1.
    pub(crate) faults: &'a dyn Fn(usize, &Statement<P>) -> Vec<String>,
    /// What a line without fault says; nothing where it could not be judged, which was noted then.
    pub(crate) claim: &'a dyn Fn(usize) -> Option<String>,
}

/// The envelopes in the file at `path`; what prevents reading them is noted.
pub(crate) fn lines(folder: &Folder, path: &str, notes: &mut Notes) -> Option<Vec<Envelope>> {
    let bytes = folder.read(path, DOCUMENT_LIMIT, notes)?;
    envelope::from_lines(&bytes).map_err(|error| notes.fail(path, &error, error.help())).ok()
}

/// Judges each line.
pub(crate) fn judge<P: Predicate + Clone>(
    envelopes: &[Envelope],
    judge: &Judge<'_, P>,
    trust: &Trust,
    notes: &mut Notes,
) {
    let Judge { path, faults, claim } = judge;
    for (line, envelope) in (1..).zip(envelopes) {
        let (statement, keys) = match opened(envelope, trust) {
            Ok(opened) => opened,
            Err(error) => {
                let what = format!("line {line}: {}", chain(&error));
                match error.help() {
                    Some(help) => notes.find_with_help(path, what, help),
                    None => notes.find(path, what),
                }
                continue;
            }
        };
        let found = faults(line, &statement);
        let is_good = found.is_empty();
        found.into_iter().for_each(|fault| notes.find(path, format!("line {line}: {fault}")));
        let Some(claim) = claim(line).filter(|_| is_good) else { continue };
        for key in &keys {
            notes.prove_by(path, claim.clone(), key.clone());
        }
        if keys.is_empty() {
            let signed: Vec<String> =
                envelope.signatures.iter().map(|signature| signature.keyid.to_string()).collect();
            let by = if signed.is_empty() {
                "unsigned".to_owned()
            } else {
                format!("signed by {}, untrusted", signed.join(", "))
            };
            notes.prove(path, format!("{claim}; {by}"));
        }
    }
}

/// The statement, and the trusted keys that signed it; with nobody to trust it is only read.
fn opened<P: Predicate + Clone>(
    envelope: &Envelope,
    trust: &Trust,
) -> Result<(Statement<P>, Vec<String>), AttestationError> {
    if trust.publishers.is_empty() {
        return envelope::read(envelope).map(|read| (read.claim().clone(), Vec::new()));
    }
    let verified = envelope::verify::<P>(envelope, &trust.publishers)?;
    let keys = verified.keys().iter().map(ToString::to_string).collect();
    Ok((verified.into_statement(), keys))
}
