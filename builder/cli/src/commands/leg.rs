// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar leg` (hidden): one build in given surroundings, for `ashlar reproduce`. Prints the digests of every goal as JSON.

use std::path::PathBuf;

use ashlar_engine::{PermutedOrder, ShiftedClock, Surroundings};
use serde_json::json;

use super::build::goal_digests;
use crate::arguments::{Global, LegArguments};
use crate::failure::{Failure, Outcome};
use crate::memory_folder::MemoryFolder;
use crate::session::Session;
use crate::terminal::Terminal;

/// Which permutation; any will do.
const SEED: u64 = 7;

pub(crate) fn run(global: &Global, terminal: &Terminal, leg: &LegArguments) -> Result<Outcome, Failure> {
    let session = Session::open(global, terminal)?;
    let goals = leg.what.iter().map(|name| session.goal(name)).collect::<Result<Vec<_>, _>>()?;
    let planned = session.plan(&goals, &[])?;
    let mut surroundings = Surroundings::usual(session.jobs);
    if let Some(hostname) = &leg.hostname {
        surroundings.hostname.clone_from(hostname);
    }
    if let Some(umask) = &leg.umask {
        surroundings.umask = u32::from_str_radix(umask, 8).map_err(|_| Failure::Usage {
            message: format!("take {umask:?} as a umask: it is not octal"),
            help: None,
        })?;
    }
    if let Some(locale) = &leg.locale {
        surroundings.locale.clone_from(locale);
    }
    if let (Some(setting), Some(library)) = (&leg.clock, &leg.clock_library) {
        surroundings.clock = Some(ShiftedClock { library: library.clone(), setting: setting.clone() });
    }
    surroundings.random_addresses = leg.random_addresses;
    // Also if the run that made it is killed before us.
    let _kept = leg.order.as_deref().map(MemoryFolder::keep).transpose()?;
    surroundings.order = leg.order.clone().map(|folder: PathBuf| PermutedOrder { folder, seed: SEED });
    let built = session.build_in(&planned, surroundings)?;
    terminal.result_json(&json!(goal_digests(&session, &goals, &planned, &built)?))?;
    Ok(Outcome::DONE)
}
