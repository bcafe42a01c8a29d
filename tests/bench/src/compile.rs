// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bar: CPU time of about 200 objects of the kernel in our sandbox is at most 1.05 times that in a plain user-namespace
//! chroot.

use std::time::Duration;

use serde_json::json;

use crate::cpu;
use crate::error::BenchError;
use crate::inputs::Tools;
use crate::kernel_tree::KernelTree;
use crate::report::{Finished, percent, seconds};
use crate::say;
use crate::series::{Series, Statistic};
use crate::verdict::Comparison;

const BAR: f64 = 1.05;
const TOLERANCE: f64 = 0.03;
const ROUNDS: usize = 7;
/// No compiler makes an object of the kernel in less: then the time of children was lost on its way.
const LEAST: Duration = Duration::from_millis(10);

pub(crate) fn measure(tools: &Tools<'_>, rounds: usize, jobs: usize) -> Result<Finished, BenchError> {
    let scratch = tools.inputs.store.scratch("bench-compile").map_err(BenchError::store)?;
    say("bench: compile: unpacking and configuring the kernel");
    let tree = KernelTree::prepare(tools, scratch.path(), jobs)?;
    let mut measured: [Vec<Duration>; 3] = Default::default();
    let mut objects = None;
    for round in 0..rounds {
        for turn in 0..measured.len() {
            // Each comes first, second and last in turn, so that what changes with time changes all alike.
            let which = (round + turn) % measured.len();
            tree.reset()?;
            let before = cpu::spent()?;
            if which == 0 { tree.compile_ours() } else { tree.compile_peer() }?;
            let took = cpu::spent()?.saturating_sub(before);
            let made = tree.objects()?;
            let first = *objects.get_or_insert(made);
            if first != made {
                let reason = format!("one run made {first} objects, another {made}");
                return Err(BenchError::Unlikely { reason });
            }
            if took < LEAST * u32::try_from(made).unwrap_or(u32::MAX) {
                let reason = format!("{made} objects took {took:?} of CPU time");
                return Err(BenchError::Unlikely { reason });
            }
            let name = if which == 0 { "ours" } else { "peer" };
            say(&format!(
                "bench: compile: round {} of {rounds}: {name} {:.2} s",
                round + 1,
                took.as_secs_f64()
            ));
            measured[which].push(took);
        }
    }
    scratch.remove().map_err(BenchError::store)?;
    let [ours, peer, peer_again] = measured.map(|series| Series::new(&series));
    let comparison = Comparison { ours, peer, peer_again, statistic: Statistic::Minimum };
    let objects = objects.unwrap_or(0);
    let json = json!({"bar": BAR, "objects": objects, "jobs": jobs, "compared": comparison.json()});
    Ok(Finished {
        name: "compiling",
        found: format!("{:.3} × chroot", comparison.ratio()),
        bar: format!("≤ {BAR}"),
        verdict: comparison.judge(BAR, TOLERANCE, ROUNDS),
        notes: vec![
            format!("compiling: minima of user and system time of {objects} objects, {jobs} at a time"),
            format!(
                "compiling: the chroot differs from itself by {} (tolerance {})",
                percent(comparison.unrest()),
                percent(TOLERANCE)
            ),
        ],
        unit: seconds,
        rows: vec![
            ("our sandbox, compiling".to_owned(), comparison.ours),
            ("user-namespace chroot, compiling".to_owned(), comparison.peer),
            ("user-namespace chroot, compiling, again".to_owned(), comparison.peer_again),
        ],
        json,
    })
}
