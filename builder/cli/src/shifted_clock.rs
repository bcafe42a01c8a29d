// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The library that shifts the clock of a build: libfaketime, of the lock.

use std::path::PathBuf;

use crate::failure::Failure;
use crate::session::Session;

/// The seed set that holds libfaketime, and where in it.
const CLOCK_TOOLS: &str = "test-tools";
const CLOCK_LIBRARY: &str = "usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/// Where it is, after it was unpacked.
pub(crate) fn library(session: &Session<'_>) -> Result<PathBuf, Failure> {
    let planned = session.plan(&[], &[CLOCK_TOOLS])?;
    let built = session.build(&planned)?;
    let tree = planned.goals.last().and_then(|tools| built.tree(*tools, "out"));
    let tree = tree.ok_or_else(|| Failure::surroundings("unpack the test tools"))?;
    Ok(session.store.checkout(tree)?.join(CLOCK_LIBRARY))
}
