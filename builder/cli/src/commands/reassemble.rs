// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar reassemble` (hidden): a release made again from its checkout and its published signatures, for `ashlar audit`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ashlar_plan::{ImageIdentity, Signing};
use ashlar_release_bundle::Content;
use serde_json::json;

use crate::arguments::Global;
use crate::failure::{Failure, Outcome};
use crate::release::{Agent, Assembled, Part, Published, Stated, derived, signature_parts};
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
    let mut made = BTreeMap::new();
    for (path, part) in assembled.parts {
        let target = into.join(&path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)
                .map_err(|cause| Failure::surroundings(format!("make {}: {cause}", folder.display())))?;
        }
        let content = match part {
            Part::File(file) => Content::CopyOf(file),
            Part::Bytes(bytes) => Content::Bytes(bytes),
        };
        // Of the bytes that were made: who audits holds to it what lies there when it is compared.
        made.insert(path, content.write_new(&target)?.sha256.to_string());
    }
    terminal.result_json(&json!({
        "stated": Stated::of(&session, head)?,
        "agent_sha256": agent.map(|(agent, _)| agent.sha256.to_string()),
        "epoch": assembled.epoch,
        "made": made,
    }))?;
    Ok(Outcome::DONE)
}
