// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar reassemble` (hidden): a release made again from its checkout and its published signatures, for `ashlar audit`.

use std::fs;
use std::path::Path;

use ashlar_plan::{ImageIdentity, Signing};
use serde_json::json;

use crate::arguments::Global;
use crate::expected;
use crate::failure::{Failure, Outcome};
use crate::release::{Agent, Assembled, Part, Published, checkout_digest, derived, signature_parts};
use crate::session::Session;
use crate::terminal::Terminal;

pub(crate) fn run(
    global: &Global,
    terminal: &Terminal,
    directory: &Path,
    into: &Path,
) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let published = Published::open(directory)?;
    let head = published.manifest.head();
    let image = session.image(head.image.as_str())?;
    let signing = published.signing(&session)?;
    // The agent is rebuilt as well: its digest stands in the key statement.
    let agent = match head.agent {
        Some(_) => Some(Agent::build(&session)?),
        None => None,
    };
    let identity = ImageIdentity::release(session.recipes.project(), image, head.version.as_str(), signing);
    let mut assembled = Assembled::build(&session, image, &identity, agent.as_ref())?;
    if identity.signing == Signing::Keyless {
        let derived = derived(&session, image, &identity)?;
        assembled.parts.extend(signature_parts(&derived)?);
    }
    if let Some(signature) = published.optional("secure-boot.p7s")? {
        assembled.attach(&signature)?;
    }
    for (path, part) in &assembled.parts {
        let target = into.join(path);
        let wrong =
            |cause: std::io::Error| Failure::surroundings(format!("write {}: {cause}", target.display()));
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(wrong)?;
        }
        match part {
            Part::File(file) => fs::copy(file, &target).map(drop).map_err(wrong)?,
            Part::Bytes(bytes) => fs::write(&target, bytes).map_err(wrong)?,
        }
    }
    terminal.result_json(&json!({
        "release": identity.release,
        "checkout": checkout_digest(&session)?.to_string(),
        "agent_sha256": agent.map(|(agent, _)| agent.sha256.to_string()),
        "epoch": assembled.epoch,
        "expected": expected::stated(&session.root, image.name.as_str(), image.platform.as_str())?,
    }))?;
    Ok(Outcome::DONE)
}
