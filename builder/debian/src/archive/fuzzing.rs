// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The reader of the `ar` frame, as a target in fuzz/ reaches it: everybody else reads whole packages.

use std::io::Read as _;

use super::ar::{next_member, read_magic, skip_padding};
use super::input::{Exactly, Ledger};
use crate::ArchiveProblem;

/// Name and content of each member.
///
/// # Errors
/// What is wrong with the frame.
pub fn members(mut bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, ArchiveProblem> {
    let ledger = Ledger::default();
    let mut members = Vec::new();
    read_magic(&mut bytes, &ledger)?;
    while let Some(member) = next_member(&mut bytes, &ledger)? {
        let mut content = Vec::new();
        Exactly { reader: &mut bytes, left: member.size, ledger: &ledger }
            .read_to_end(&mut content)
            .map_err(|error| ledger.problem(&error, ArchiveProblem::Input))?;
        skip_padding(&mut bytes, &member, &ledger)?;
        members.push((member.name, content));
    }
    Ok(members)
}
